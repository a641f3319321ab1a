//! Models: one driver trait, the dialects in which providers are spoken to, the simulated model, and what is known about
//! those of others.
//!
//! A model is named `type/model`. [`Models`] finds the [`Driver`] of the provider's type, and the driver streams an answer
//! to a [`Request`] as [`Part`]s. Vendors are rows of data ([`vendor`]) over a few dialects; a dialect is a pure encoder of
//! the request and a pure decoder of the answer, and `http.rs` is the one place where bytes move.

mod access;
mod arguments;
mod conversation;
pub mod dialect;
mod driver;
mod failure;
mod http;
mod images;
mod list;
mod llmsim;
mod models;
mod name;
mod profiles;
mod sse;
mod vendor;

pub use access::Access;
pub use dialect::{lawful, origin};
pub use driver::{Done, Driver, ModelError, Part, Parts, Request};
pub use failure::cut_off;
pub use http::{Clock, Http};
pub use images::{Image, Images};
pub use llmsim::Llmsim;
pub use models::{Clocks, Models};
pub use profiles::{Changes, Profiles, ProfilesError};
