//! The SDK against a scripted server: what it sends, what it reads, and how it comes back after a loss.

mod calls;
mod manners;
mod streams;
mod stub;
