//! `GET /models/config`.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::policy::allowed;

/// What the caller may do with models.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelsConfig {
    /// By what they want to do.
    policies: BTreeMap<&'static str, bool>,
}

/// What the caller may do with models.
#[utoipa::path(get, path = "/models/config", operation_id = "models_config", tag = "models",
    responses((status = 200, body = ModelsConfig)))]
pub(crate) async fn config(caller: Caller) -> Json<ModelsConfig> {
    Json(ModelsConfig { policies: allowed(caller.role, "models", &["create", "update", "delete"]) })
}
