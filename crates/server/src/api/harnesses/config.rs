//! `GET /harnesses/config`.

use axum::Json;

use crate::auth::Caller;
use crate::policy::{Policies, policies};

/// What the caller may do with harnesses.
#[utoipa::path(get, path = "/harnesses/config", operation_id = "harnesses_config", tag = "harnesses",
    responses((status = 200, body = Policies)))]
pub(crate) async fn config(caller: Caller) -> Json<Policies> {
    Json(policies("harnesses_", caller.role))
}
