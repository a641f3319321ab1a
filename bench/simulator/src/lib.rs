//! Model providers that play: five wire formats over plain HTTP, scripted answers, delays and faults.
//!
//! [`Simulator`] serves them on a socket. What it answers is what a test has pushed ([`Reply`]), else what the model's
//! name says behind a `?` ([`parameters`]), else a plain text. Each format has a module with pure functions from an
//! [`Answer`] to bytes, which need no socket. It keeps what was asked and how each answer ended ([`Request`]).

mod answer;
pub mod anthropic;
pub mod bedrock;
mod call;
pub mod chat;
mod chunk;
mod dialect;
pub mod eventstream;
mod failure;
mod fields;
pub mod gemini;
mod headers;
pub mod models;
pub mod openai;
pub mod parameters;
mod play;
mod record;
mod reply;
pub mod responses;
mod schedule;
mod serve;
mod signature;
mod simulator;
mod sse;
mod transcript;

pub use answer::{Answer, Part, Stop, Usage};
pub use call::Call;
pub use chunk::Chunk;
pub use dialect::Dialect;
pub use failure::{Failure, Kind, Refusal};
pub use record::{Ending, Request};
pub use reply::{Cut, Reply};
pub use simulator::{Settings, Simulator};
pub use transcript::Transcript;
