//! `GET /durable/circuit-breakers/{key}`.

use axum::Json;
use axum::extract::{Path, State};

use super::{CircuitBreaker, find};
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A circuit breaker.
#[utoipa::path(get, path = "/durable/circuit-breakers/{key}", operation_id = "circuit_breakers_get",
    tag = "circuit-breakers", params(("key" = String, Path)),
    responses((status = 200, body = CircuitBreaker), (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Json<CircuitBreaker>, Problem> {
    Ok(Json(find(&app, caller, &key)?))
}
