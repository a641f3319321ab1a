//! `GET /durable/circuit-breakers`.

use axum::Json;
use axum::extract::State;

use super::{CircuitBreaker, show};
use crate::auth::Caller;
use crate::page::Page;
use crate::state::App;

/// Circuit breakers of models whose calls failed, by key. Those of other nodes are not among them.
#[utoipa::path(get, path = "/durable/circuit-breakers", operation_id = "circuit_breakers_list", tag = "circuit-breakers",
    responses((status = 200, body = Page<CircuitBreaker>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Json<Page<CircuitBreaker>> {
    let breakers = app.engine.breakers(caller.org).into_iter();
    Json(Page::whole(breakers.map(|(key, breaker)| show(key, &breaker)).collect()))
}
