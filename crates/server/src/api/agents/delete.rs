//! `DELETE /agents/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentId;

use super::Agents;
use crate::api::Id;
use crate::auth::Caller;
use crate::change::Changing;
use crate::fields::Ignored;
use crate::named::{Wanted, delete as delete_named};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes an agent: it is gone for every later request and frees its name. Its sessions stay, but no new turn
/// starts in them. `PATCH` with the status `archived` only hides it.
#[utoipa::path(delete, path = "/agents/{agent_id}", operation_id = "agents_delete", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name"),
        ("If-Match" = Option<String>, Header, description = "The version that was read, as `ETag` has it")),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
    changing: Changing,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    delete_named::<Agents>(&app, caller, &wanted, &changing).await
}
