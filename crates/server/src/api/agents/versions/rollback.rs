//! `POST /agents/{id}/versions/{version}/rollback`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::AgentVersionId;
use utoipa::ToSchema;

use super::keep::{Note, keep};
use super::{ChangeKind, agent_id, version_of};
use crate::api::Words;
use crate::api::agents::{AgentRow, Agents};
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{Wanted, change, find, resource, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is kept on the way back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct Rollback {
    /// Whether the agent is kept as a version first, as it was until now; absent: no.
    save_version: Option<bool>,
    /// What that version says of itself.
    summary: Option<String>,
}

/// Makes an agent what a version kept. `save_version` keeps what it was until now first.
#[utoipa::path(post, path = "/agents/{agent_id}/versions/{version_id}/rollback",
    operation_id = "agents_versions_rollback", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name"), ("version_id" = AgentVersionId, Path)),
    request_body = Rollback,
    responses((status = 200, body = WithUrls<AgentRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn rollback(
    State(app): State<App>,
    caller: Caller,
    words: Words,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let agent = agent_id(&app, caller, &words).await?;
    let version: AgentVersionId = words.parsed("version_id")?;
    let save: bool = fields.optional("save_version")?.unwrap_or(false);
    let summary: Option<String> = fields.optional("summary")?;
    validate::description("summary", summary.as_deref())?;
    let stored = version_of(&app, caller, agent, version).await?;
    let wanted = Wanted::Id(agent);
    if save {
        let stands = find::<Agents>(&app, caller.org, &wanted).await?;
        changing.check(stands.version)?;
        keep(&app, caller, &stands, Note { kind: ChangeKind::Rollback, summary, source: Some(version) }).await?;
    }
    let old = resource::<Agents>(agent, stored.document)?;
    let written = change::<Agents>(&app, caller, &wanted, &changing, |_| Ok(old.clone())).await?;
    versioned::<Agents>(&app, caller.org, StatusCode::OK, &written).await
}
