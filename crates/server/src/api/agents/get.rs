//! `GET /agents/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentId;

use super::{AgentRow, Agents};
use crate::api::Id;
use crate::auth::Caller;
use crate::change::Versioned;
use crate::named::{Wanted, find, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// An agent by id, live or archived, or a live one by name.
#[utoipa::path(get, path = "/agents/{agent_id}", operation_id = "agents_get", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name")),
    responses((status = 200, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let found = find::<Agents>(&app, caller.org, &wanted).await?;
    versioned::<Agents>(&app, caller.org, StatusCode::OK, &found).await
}
