//! `POST /agents/{id}/versions`.

use axum::Json;
use axum::extract::State;
use everruns_core::{AgentId, AgentVersionId};
use utoipa::ToSchema;

use super::keep::{Note, keep};
use super::{AgentVersion, ChangeKind, show, version_of};
use crate::api::Words;
use crate::api::agents::Agents;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::named::{Wanted, corrupt, find};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is said of a version.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct VersionSpec {
    /// Why it is kept; absent: `manual`.
    change_kind: Option<ChangeKind>,
    /// What is new, in words.
    summary: Option<String>,
}

/// Keeps an agent as it is, as a version with `change_kind` and `summary`. If nothing changed since the newest version,
/// that one is the answer.
#[utoipa::path(post, path = "/agents/{agent_id}/versions", operation_id = "agents_versions_create", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name")),
    request_body = VersionSpec,
    responses((status = 200, body = AgentVersion), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    words: Words,
    mut fields: Fields,
) -> Result<Json<AgentVersion>, Problem> {
    let wanted: Wanted<AgentId> = words.parsed("agent_id")?;
    let kind = fields.optional("change_kind")?.unwrap_or(ChangeKind::Manual);
    let summary: Option<String> = fields.optional("summary")?;
    validate::description("summary", summary.as_deref())?;
    let agent = find::<Agents>(&app, caller.org, &wanted).await?;
    let kept = keep(&app, caller, &agent, Note { kind, summary, source: None }).await?;
    show(agent.id.parse().map_err(corrupt)?, &kept).map(Json)
}

/// The answer that told of a version, anew; `path` is that of the request.
pub(crate) async fn stored(app: &App, caller: Caller, path: &str, id: AgentVersionId) -> Result<String, Problem> {
    let wanted =
        path.split('/').nth(3).and_then(|agent| agent.parse().ok()).ok_or_else(|| Problem::missing("agent"))?;
    let agent = find::<Agents>(app, caller.org, &wanted).await?.id.parse().map_err(corrupt)?;
    let version = show(agent, &version_of(app, caller, agent, id).await?)?;
    serde_json::to_string(&version).map_err(corrupt)
}
