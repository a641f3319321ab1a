//! `POST /agents/{id}/versions/default`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentVersionId;
use everruns_core::agent::Lineage;
use everruns_store::Resource;
use utoipa::ToSchema;

use super::{agent_id, version_of};
use crate::api::Words;
use crate::api::agents::{AgentRow, Agents, lineage};
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{Wanted, change, corrupt, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The version that sessions shall run on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct DefaultVersion {
    /// Null: the agent as it is.
    #[schema(required = true)]
    version_id: Option<AgentVersionId>,
}

/// Lets an agent's sessions run on a version, whatever is changed in the agent meanwhile; a null `version_id` lets them
/// run on the agent as it is again.
#[utoipa::path(post, path = "/agents/{agent_id}/versions/default", operation_id = "agents_versions_set_default",
    tag = "agents", params(("agent_id" = String, Path, description = "Id or name")),
    request_body = DefaultVersion,
    responses((status = 200, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn set_default(
    State(app): State<App>,
    caller: Caller,
    words: Words,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let agent = agent_id(&app, caller, &words).await?;
    let is_cleared = fields.is_null("version_id");
    let version: Option<AgentVersionId> = fields.optional("version_id")?;
    match version {
        Some(version) => version_of(&app, caller, agent, version).await.map(drop)?,
        None if is_cleared => {}
        None => return Err(Problem::invalid("version_id", "is required")),
    }
    let edit = |stands: &Resource| {
        let lineage = Lineage { default_version_id: version, ..lineage(stands)? };
        Ok(Resource { lineage: Some(serde_json::to_string(&lineage).map_err(corrupt)?), ..stands.clone() })
    };
    let written = change::<Agents>(&app, caller, &Wanted::Id(agent), &changing, edit).await?;
    versioned::<Agents>(&app, caller.org, StatusCode::OK, &written).await
}
