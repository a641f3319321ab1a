//! Tools and the capability catalogue.
//!
//! A capability is a file of its own that gives a `Bundle`: its description and its code. [`Catalogue`] lists
//! them and runs their tools.

mod bundle;
mod catalogue;
mod current_time;
mod request;
mod test_tools;
mod trim;

pub use bundle::{Answer, Running};
pub use catalogue::Catalogue;
pub use request::Request;
