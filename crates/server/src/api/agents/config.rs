//! `GET /agents/config`.

use axum::Json;

use crate::auth::Caller;
use crate::policy::{Policies, policies};

/// What the caller may do with agents.
#[utoipa::path(get, path = "/agents/config", operation_id = "agents_config", tag = "agents",
    responses((status = 200, body = Policies)))]
pub(crate) async fn config(caller: Caller) -> Json<Policies> {
    Json(policies("agents_", caller.role))
}
