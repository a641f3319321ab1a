//! `POST /agents/{id}/versions/{version}/fork`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::agent::{AgentDocument, Lineage};
use everruns_core::{AgentId, AgentVersionId};
use utoipa::ToSchema;

use super::{agent_id, version_of};
use crate::api::Words;
use crate::api::agents::{AgentRow, Agents, lineage as lineage_of};
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{Wanted, corrupt, find, read, resource, upsert, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What the new agent is called.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct VersionFork {
    /// Slug, unique among the organization's live agents.
    name: String,
    /// For people; absent: as in the version.
    display_name: Option<String>,
    /// For people; absent: as in the version.
    description: Option<String>,
}

/// Makes a new agent of a version.
#[utoipa::path(post, path = "/agents/{agent_id}/versions/{version_id}/fork", operation_id = "agents_versions_fork",
    tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name"), ("version_id" = AgentVersionId, Path)),
    request_body = VersionFork,
    responses((status = 200, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn fork(
    State(app): State<App>,
    caller: Caller,
    words: Words,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let agent = agent_id(&app, caller, &words).await?;
    let version: AgentVersionId = words.parsed("version_id")?;
    let (name, said) = validate::name_or_text("name", &fields.required::<String>("name")?)?;
    let display_name = fields.optional::<String>("display_name")?.or_else(|| said.clone());
    let description: Option<String> = fields.optional("description")?;
    validate::title("display_name", display_name.as_deref())?;
    validate::description("description", description.as_deref())?;
    let original = find::<Agents>(&app, caller.org, &Wanted::Id(agent)).await?;
    let stored = version_of(&app, caller, agent, version).await?;
    let mut document: AgentDocument = read(&stored.document)?;
    document.spec.name = name;
    document.spec.display_name = display_name.or(document.spec.display_name);
    document.spec.description = description.or(document.spec.description);
    let lineage = Lineage {
        default_version_id: None,
        forked_from_agent_id: Some(agent),
        forked_from_version_id: Some(version),
        root_agent_id: lineage_of(&original)?.root_agent_id.or(Some(agent)),
    };
    let id = AgentId(app.engine.source().uuid());
    let mut new = resource::<Agents>(id, serde_json::to_string(&document).map_err(corrupt)?)?;
    new.name_text = said;
    new.lineage = Some(serde_json::to_string(&lineage).map_err(corrupt)?);
    let (forked, _) = upsert::<Agents>(&app, caller, new, false, &changing).await?;
    versioned::<Agents>(&app, caller.org, StatusCode::OK, &forked).await
}
