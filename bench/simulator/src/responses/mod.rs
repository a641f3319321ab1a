//! OpenAI Responses.

mod check;
mod item;
mod stream;
mod whole;

pub use check::check;
pub use stream::{broken, stream};
pub use whole::whole;

/// A sign of life: a comment, as gateways send them.
pub const HEARTBEAT: &[u8] = b": keep-alive\n\n";
