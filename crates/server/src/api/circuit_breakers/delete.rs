//! `DELETE /durable/circuit-breakers/{key}`.

use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::missing;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Forgets a circuit breaker: its model is asked again at once.
#[utoipa::path(delete, path = "/durable/circuit-breakers/{key}", operation_id = "circuit_breakers_delete", tag = "circuit-breakers",
    params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    if app.engine.forget_breaker(caller.org, &key) { Ok(StatusCode::NO_CONTENT) } else { Err(missing()) }
}
