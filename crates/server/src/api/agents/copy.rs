//! `POST /agents/{id}/copy`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentId;

use super::{AgentRow, Agents};
use crate::api::Id;
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Ignored;
use crate::named::{Wanted, copied, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Makes an agent with the same settings, named `<name>-copy`, `<name>-copy-2` and so on.
#[utoipa::path(post, path = "/agents/{agent_id}/copy", operation_id = "agents_copy", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name")),
    responses((status = 201, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn copy(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
    changing: Changing,
    _: Ignored,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let id = AgentId(app.engine.source().uuid());
    let copy = copied::<Agents>(&app, caller, &wanted, id, &changing).await?;
    versioned::<Agents>(&app, caller.org, StatusCode::CREATED, &copy).await
}
