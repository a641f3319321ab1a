//! Models: one driver trait and the simulated model.
//!
//! A model is named `provider/model`. [`Models`] finds the [`Driver`] of the provider, and the driver streams an
//! answer to a prompt as [`Part`]s.

mod driver;
mod llmsim;
mod models;

pub use driver::{Driver, ModelError, Part, Parts};
pub use llmsim::Llmsim;
pub use models::Models;
