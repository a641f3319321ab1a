//! `POST /durable/circuit-breakers/{key}/open`.

use axum::Json;
use axum::extract::{Path, State};

use super::{CircuitBreaker, find, with_provider};
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Opens the circuit breaker of a model, also one that has none yet: it is not asked until somebody closes it.
#[utoipa::path(post, path = "/durable/circuit-breakers/{key}/open", operation_id = "circuit_breakers_open",
    tag = "circuit-breakers", params(("key" = String, Path)),
    responses((status = 200, body = CircuitBreaker), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: Ignored,
) -> Result<Json<CircuitBreaker>, Problem> {
    with_provider(&*app.engine.book(caller.org).await?, &key)?;
    if !app.engine.open_breaker(caller.org, &key) {
        return Err(Problem::conflict("Too many circuit breakers are remembered; delete one first."));
    }
    Ok(Json(find(&app, caller, &key)?))
}
