//! `PATCH /agents/{id}`.

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
use crate::named::{Wanted, WantedStatus, change, status_after, versioned};
use crate::page::WithUrls;
use crate::partial::Partial;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

type Settings = Partial<AgentSpec>;

/// What is different from now on: what is absent stays, null clears.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct AgentChange {
    /// `archived` hides it from lists, `active` takes it up again.
    status: Option<WantedStatus>,
    /// The harness to start from.
    #[serde(flatten)]
    harness: NamedHarness,
    #[serde(flatten)]
    #[schema(inline)]
    settings: Settings,
}

/// Changes some settings of an agent: what is absent stays, null clears. `status` archives it or takes it up again.
#[utoipa::path(patch, path = "/agents/{agent_id}", operation_id = "agents_update", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name"),
        ("If-Match" = Option<String>, Header, description = "The version that was read, as `ETag` has it")),
    request_body = AgentChange,
    responses((status = 200, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let status = fields.optional("status")?;
    spec::rename(&app, caller.org, &mut fields).await?;
    let edit = |stands: &_| {
        let new = spec::changed(&app, stands, &fields)?;
        status_after::<Agents>(stands, status, new)
    };
    let written = change::<Agents>(&app, caller, &wanted, &changing, edit).await?;
    versioned::<Agents>(&app, caller.org, StatusCode::OK, &written).await
}
