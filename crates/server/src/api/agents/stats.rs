//! `GET /agents/{id}/stats`.

use axum::Json;
use axum::extract::State;
use everruns_core::AgentId;

use super::Agents;
use crate::api::Id;
use crate::auth::Caller;
use crate::named::{ResourceStats, Wanted, stats as stats_of};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What the sessions of an agent add up to.
#[utoipa::path(get, path = "/agents/{agent_id}/stats", operation_id = "agents_stats", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name")),
    responses((status = 200, body = ResourceStats), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn stats(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
) -> Result<Json<ResourceStats>, Problem> {
    stats_of::<Agents>(&app, caller, &wanted).await.map(Json)
}
