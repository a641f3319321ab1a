//! `GET /agents/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::AgentId;

use super::{AgentRow, KIND, show};
use crate::api::Id;
use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// An agent, live or archived.
#[utoipa::path(get, path = "/agents/{agent_id}", operation_id = "agents_get", tag = "agents",
    params(("agent_id" = AgentId, Path)),
    responses((status = 200, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<WithUrls<AgentRow>>, Problem> {
    let found = app.engine.store().resource_by_id(caller.org, KIND, &id.to_string()).await?;
    let resource = found.filter(|agent| agent.status != "deleted").ok_or_else(|| Problem::missing("agent"))?;
    Ok(Json(show(&app, caller.org, &resource).await?))
}
