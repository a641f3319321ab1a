//! Versions of an agent: states that its owner keeps, compares, runs, forks and goes back to.

pub(crate) mod create;
pub(crate) mod diff;
pub(crate) mod fork;
pub(crate) mod keep;
pub(crate) mod list;
pub(crate) mod rollback;
pub(crate) mod set_default;

use everruns_core::{AgentId, AgentVersionId, PrincipalId, Timestamp};
use everruns_store::AgentVersion as Stored;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Agents;
use crate::api::Words;
use crate::auth::Caller;
use crate::named::{Wanted, corrupt, document, find, read};
use crate::problem::Problem;
use crate::state::App;

/// Why a version was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    /// By itself.
    Auto,
    /// Somebody wanted it.
    Manual,
    /// A small change.
    Patch,
    /// A change that adds.
    Minor,
    /// A change that breaks.
    Major,
    /// From a file.
    Import,
    /// A way back.
    Rollback,
    /// Of another agent.
    Fork,
}

/// What is kept of a version.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct VersionBody {
    /// First number of `version`.
    semver_major: i32,
    /// Second number.
    semver_minor: i32,
    /// Third number.
    semver_patch: i32,
    /// Why it was kept.
    change_kind: ChangeKind,
    /// What is new, in words.
    summary: Option<String>,
    /// The version before it.
    parent_version_id: Option<AgentVersionId>,
    /// The version that it brings back.
    source_version_id: Option<AgentVersionId>,
    /// Who kept it.
    created_by_principal_id: Option<PrincipalId>,
    /// What turns were made of it and its harness.
    #[schema(value_type = Object)]
    resolved_config: Map<String, Value>,
}

/// A version as the API shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentVersion {
    /// Its id.
    id: AgentVersionId,
    /// The agent.
    agent_id: AgentId,
    /// Counts the agent's versions, from 1.
    version_number: i64,
    /// `major.minor.patch`.
    version: String,
    /// The hash of what the owner decided.
    config_hash: String,
    /// Whether somebody asked for it.
    is_published: bool,
    /// When it was kept.
    created_at: Timestamp,
    /// What the owner decided.
    #[schema(value_type = Object)]
    authored_config: Map<String, Value>,
    /// The rest.
    #[serde(flatten)]
    body: VersionBody,
}

/// A version as the API shows it.
fn show(agent: AgentId, stored: &Stored) -> Result<AgentVersion, Problem> {
    let body: VersionBody = read(&stored.body)?;
    Ok(AgentVersion {
        id: stored.id.parse().map_err(corrupt)?,
        agent_id: agent,
        version_number: stored.number,
        version: format!("{}.{}.{}", body.semver_major, body.semver_minor, body.semver_patch),
        config_hash: stored.hash.clone(),
        is_published: body.change_kind != ChangeKind::Auto,
        created_at: stored.created_at,
        authored_config: document(&stored.document)?,
        body,
    })
}

/// The id of the agent that a path names.
async fn agent_id(app: &App, caller: Caller, words: &Words) -> Result<AgentId, Problem> {
    let wanted: Wanted<AgentId> = words.parsed("agent_id")?;
    find::<Agents>(app, caller.org, &wanted).await?.id.parse().map_err(corrupt)
}

/// A version of an agent.
async fn version_of(app: &App, caller: Caller, agent: AgentId, id: AgentVersionId) -> Result<Stored, Problem> {
    let store = app.engine.store();
    let found = store.agent_version_by_id(caller.org, &agent.to_string(), &id.to_string()).await?;
    found.ok_or_else(|| Problem::missing("version"))
}
