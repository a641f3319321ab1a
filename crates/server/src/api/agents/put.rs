//! `PUT /agents/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentId;
use everruns_core::agent::AgentSpec;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{AgentRow, Agents, spec};
use crate::api::Id;
use crate::api::harnesses::resolve::NamedHarness;
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{Wanted, change, corrupt, look_up, upsert, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// All that is said of an agent; without a harness it is on `generic`.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct AgentSettings {
    /// The harness to start from.
    #[serde(flatten)]
    harness: NamedHarness,
    /// The rest.
    #[serde(flatten)]
    spec: AgentSpec,
}

/// Replaces the settings of the agent with this id or name, or makes it.
#[utoipa::path(put, path = "/agents/{agent_id}", operation_id = "agents_put", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name"),
        ("If-Match" = Option<String>, Header, description = "The version that was read, as `ETag` has it")),
    request_body = AgentSettings,
    responses((status = 200, body = WithUrls<AgentRow>), (status = 201, body = WithUrls<AgentRow>),
        (status = 400, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    if let Wanted::Name(name) = &wanted {
        fields.or_insert("name", name);
    }
    let stands = look_up::<Agents>(&app, caller.org, &wanted).await?;
    let id = match (&wanted, &stands) {
        (Wanted::Id(id), _) => *id,
        (Wanted::Name(_), Some(agent)) => agent.id.parse().map_err(corrupt)?,
        (Wanted::Name(_), None) => AgentId(app.engine.source().uuid()),
    };
    let new = spec::whole(&app, caller.org, id, fields).await?;
    let (agent, status) = if stands.is_some() {
        let written = change::<Agents>(&app, caller, &Wanted::Id(id), &changing, |_| Ok(new.clone())).await?;
        (written, StatusCode::OK)
    } else {
        changing.check_absent()?;
        let by_name = match &wanted {
            Wanted::Id(_) => false,
            Wanted::Name(name) if *name == new.name => true,
            Wanted::Name(name) => {
                let remedy = format!("must be {name:?} as in the path, since there is no such agent to rename");
                return Err(Problem::invalid("name", remedy));
            }
        };
        let (written, created) = upsert::<Agents>(&app, caller, new, by_name, &changing).await?;
        (written, if created { StatusCode::CREATED } else { StatusCode::OK })
    };
    versioned::<Agents>(&app, caller.org, status, &agent).await
}
