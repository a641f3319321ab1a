//! `GET /agents/{id}/versions`.

use axum::Json;
use axum::extract::State;

use super::{AgentVersion, agent_id, show};
use crate::api::Words;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The kept versions of an agent, newest first.
#[utoipa::path(get, path = "/agents/{agent_id}/versions", operation_id = "agents_versions_list", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name")),
    responses((status = 200, body = Vec<AgentVersion>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    words: Words,
) -> Result<Json<Vec<AgentVersion>>, Problem> {
    let agent = agent_id(&app, caller, &words).await?;
    let versions = app.engine.store().list_agent_versions(caller.org, &agent.to_string()).await?;
    versions.iter().map(|version| show(agent, version)).collect::<Result<_, _>>().map(Json)
}
