//! `GET /agents/{id}/versions/{from}/diff/{to}`.

use axum::Json;
use axum::extract::State;
use everruns_core::AgentVersionId;
use everruns_core::diff::{Difference, differences};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{agent_id, show, version_of};
use crate::api::Words;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionDiff {
    /// The one that counts as the old one.
    from_version_id: AgentVersionId,
    /// The one that counts as the new one.
    to_version_id: AgentVersionId,
    /// In what the owner decided.
    authored_diff: Vec<Difference>,
    /// In what turns were made of it.
    resolved_diff: Vec<Difference>,
}

/// What differs between two versions of an agent.
#[utoipa::path(get, path = "/agents/{agent_id}/versions/{from_version_id}/diff/{to_version_id}",
    operation_id = "agents_versions_diff", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name"), ("from_version_id" = AgentVersionId, Path),
        ("to_version_id" = AgentVersionId, Path)),
    responses((status = 200, body = VersionDiff), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn diff(State(app): State<App>, caller: Caller, words: Words) -> Result<Json<VersionDiff>, Problem> {
    let agent = agent_id(&app, caller, &words).await?;
    let (from_version_id, to_version_id) = (words.parsed("from_version_id")?, words.parsed("to_version_id")?);
    let from = show(agent, &version_of(&app, caller, agent, from_version_id).await?)?;
    let to = show(agent, &version_of(&app, caller, agent, to_version_id).await?)?;
    let between = |from, to| differences(&Value::Object(from), &Value::Object(to));
    Ok(Json(VersionDiff {
        from_version_id,
        to_version_id,
        authored_diff: between(from.authored_config, to.authored_config),
        resolved_diff: between(from.body.resolved_config, to.body.resolved_config),
    }))
}
