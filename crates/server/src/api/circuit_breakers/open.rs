//! `POST /durable/circuit-breakers/{key}/open`.

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Opens a circuit breaker, also one that is not there yet: its model is not asked until somebody closes it.
#[utoipa::path(post, path = "/durable/circuit-breakers/{key}/open", operation_id = "circuit_breakers_open", tag = "circuit-breakers",
    params(("key" = String, Path)),
    responses((status = 200), (status = 400, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    if app.engine.open_breaker(caller.org, super::key(&key)?) {
        return Ok(StatusCode::OK);
    }
    Err(Problem::conflict("Too many circuit breakers are remembered; delete one first."))
}
