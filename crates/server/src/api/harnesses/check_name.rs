//! `GET /harnesses/check-name`.

use axum::Json;
use axum::extract::State;
use everruns_core::HarnessId;

use super::Harnesses;
use crate::api::NameCheck;
use crate::auth::Caller;
use crate::named::is_available;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Whether a harness could have this name. The one that `exclude_id` names may keep its own.
#[utoipa::path(get, path = "/harnesses/check-name", operation_id = "harnesses_check_name", tag = "harnesses",
    params(("name" = String, Query), ("exclude_id" = Option<String>, Query)),
    responses((status = 200, body = NameCheck), (status = 400, body = ProblemBody)))]
pub(crate) async fn check_name(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<NameCheck>, Problem> {
    let name = query.one("name").ok_or_else(|| Problem::invalid("name", "is required"))?;
    let but: Option<HarnessId> = query.parsed("exclude_id")?;
    let available = is_available::<Harnesses>(&app, caller.org, name, but).await?;
    Ok(Json(NameCheck { available }))
}
