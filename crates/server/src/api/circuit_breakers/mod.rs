//! Circuit breakers of models: list, get, open, close, delete. What this process knows; the path says `durable` because
//! clients know it there.

pub(crate) mod close;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod open;

use everruns_core::model::book::{Book, Entry};
use everruns_core::{ProviderId, Timestamp};
use everruns_engine::{Breaker, CircuitState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// A model whose calls failed, and whether it is asked now.
#[derive(Serialize, ToSchema)]
pub(crate) struct CircuitBreaker {
    /// The provider's id, a colon, and the provider's name for the model.
    key: String,
    /// `closed`: it is asked; `open`: it is not; `half_open`: one call looks whether it is back.
    #[schema(schema_with = state)]
    state: &'static str,
    /// Failures in a row.
    failure_count: u32,
    /// Good calls since it was half open.
    success_count: u32,
    /// When a call last failed.
    last_failure_at: Option<Timestamp>,
    /// When it was last opened.
    opened_at: Option<Timestamp>,
    /// When a call is let through again; null while it is open: when somebody closes it.
    half_open_at: Option<Timestamp>,
    /// When any of this last changed.
    updated_at: Timestamp,
}

fn state() -> utoipa::openapi::Object {
    let words = ["closed", "open", "half_open"];
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(words))
        .description(Some("`closed`: it is asked; `open`: it is not; `half_open`: one call looks whether it is back."))
        .build()
}

fn show(key: String, breaker: &Breaker) -> CircuitBreaker {
    CircuitBreaker {
        key,
        state: match breaker.state {
            CircuitState::Closed => "closed",
            CircuitState::Open => "open",
            CircuitState::HalfOpen => "half_open",
        },
        failure_count: breaker.failures,
        success_count: breaker.successes,
        last_failure_at: breaker.last_failure_at,
        opened_at: breaker.opened_at,
        half_open_at: breaker.half_open_at,
        updated_at: breaker.updated_at,
    }
}

fn missing() -> Problem {
    Problem::missing("circuit breaker")
}

/// The circuit breaker with this key.
fn find(app: &App, caller: Caller, key: &str) -> Result<CircuitBreaker, Problem> {
    let breakers = app.engine.breakers(caller.org).into_iter();
    let found = breakers.into_iter().find(|(known, _)| known == key).ok_or_else(missing)?;
    Ok(show(found.0, &found.1))
}

/// A key names a provider of the organization and one of its models.
fn with_provider(book: &Book, key: &str) -> Result<(), Problem> {
    let (provider, model) = key.split_once(':').ok_or_else(missing)?;
    let id: ProviderId = provider.parse().map_err(|_| missing())?;
    let is_known = |entry: &Entry| entry.model.provider_id == id && entry.model.model_id == model;
    if book.entries.iter().any(is_known) { Ok(()) } else { Err(missing()) }
}
