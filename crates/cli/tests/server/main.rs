//! The binary as an operator uses it: keys first, then a server that asks for them.

mod keys;
mod process;
