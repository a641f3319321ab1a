//! `DELETE /agents/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentId;
use everruns_core::agent::Status;

use super::KIND;
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes an agent: it is gone for every later request and frees its name; its sessions stay and go on.
#[utoipa::path(delete, path = "/agents/{agent_id}", operation_id = "agents_delete", tag = "agents",
    params(("agent_id" = AgentId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<AgentId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    let at = app.engine.source().now();
    let deleted = app.engine.store().retire_resource(caller.org, KIND, &id.to_string(), Status::Deleted, at).await?;
    app.engine.definitions_changed();
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::missing("agent")) }
}
