//! `POST /durable/circuit-breakers/{key}/close`.

use axum::Json;
use axum::extract::{Path, State};

use super::{CircuitBreaker, find};
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Closes a circuit breaker: its model is asked again at once.
#[utoipa::path(post, path = "/durable/circuit-breakers/{key}/close", operation_id = "circuit_breakers_close",
    tag = "circuit-breakers", params(("key" = String, Path)),
    responses((status = 200, body = CircuitBreaker), (status = 404, body = ProblemBody)))]
pub(crate) async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: Ignored,
) -> Result<Json<CircuitBreaker>, Problem> {
    app.engine.close_breaker(caller.org, &key);
    Ok(Json(find(&app, caller, &key)?))
}
