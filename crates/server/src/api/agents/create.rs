//! `POST /agents`: a new agent, or the new settings of the one with this id or name.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::put::AgentSettings;
use super::{AgentRow, Agents, spec};
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{upsert, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What is said of a new agent.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct NewAgent {
    /// Its id, if the caller has one for it.
    id: Option<AgentId>,
    /// The rest.
    #[serde(flatten)]
    settings: AgentSettings,
}

/// Makes an agent. One with the same `id`, or without an `id` the live one with the same `name`, gets the new settings.
#[utoipa::path(post, path = "/agents", operation_id = "agents_create", tag = "agents", request_body = NewAgent,
    responses((status = 201, body = WithUrls<AgentRow>), (status = 200, body = WithUrls<AgentRow>),
        (status = 400, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    changing: Changing,
    fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    write(&app, caller, &changing, fields).await
}

/// Writes the agent that `fields` describe, whatever file or form they came in.
pub(super) async fn write(
    app: &App,
    caller: Caller,
    changing: &Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let id: Option<AgentId> = fields.optional("id")?;
    let new_id = id.unwrap_or_else(|| AgentId(app.engine.source().uuid()));
    let new = spec::whole(app, caller.org, new_id, fields).await?;
    let (agent, created) = upsert::<Agents>(app, caller, new, id.is_none(), changing).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    versioned::<Agents>(app, caller.org, status, &agent).await
}
