//! `GET /agents/check-name`.

use axum::Json;
use axum::extract::State;
use everruns_core::AgentId;

use super::Agents;
use crate::api::NameCheck;
use crate::auth::Caller;
use crate::named::is_available;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Whether an agent could have this name. The one that `exclude_id` names may keep its own.
#[utoipa::path(get, path = "/agents/check-name", operation_id = "agents_check_name", tag = "agents",
    params(("name" = String, Query), ("exclude_id" = Option<String>, Query)),
    responses((status = 200, body = NameCheck), (status = 400, body = ProblemBody)))]
pub(crate) async fn check_name(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<NameCheck>, Problem> {
    let name = query.one("name").ok_or_else(|| Problem::invalid("name", "is required"))?;
    let but: Option<AgentId> = query.parsed("exclude_id")?;
    let available = is_available::<Agents>(&app, caller.org, name, but).await?;
    Ok(Json(NameCheck { available }))
}
