//! The pure heart of Everruns: ids, nouns, events, the turn, prompt assembly and limits.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time and ids come in as values. The manifest
//! proves it (no tokio, no SQL, no HTTP), and `clippy.toml` bans the rest.

pub mod agent;
pub mod capability;
pub mod change_reason;
pub mod config;
pub mod credential;
pub mod delivery;
pub mod diff;
pub mod error_code;
pub mod event;
pub mod file_path;
pub mod harness;
pub mod hex;
pub mod ids;
pub mod limits;
pub mod lint;
pub mod message;
pub mod model;
pub mod name;
pub mod price;
pub mod prompt;
pub mod provider_items;
pub mod role;
pub mod schema;
pub mod session;
pub mod spent;
pub mod time;
pub mod tool;
pub mod turn;
pub mod usage;

pub use delivery::{Delivery, DropReason};
pub use error_code::ErrorCode;
pub use file_path::FilePath;
pub use hex::Hex;
pub use ids::*;
pub use role::Role;
pub use spent::{Nanos, Spent};
pub use time::Timestamp;
pub use usage::Usage;
