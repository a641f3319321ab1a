//! Keeping what an agent is now as a version.

use everruns_core::agent::AgentDocument;
use everruns_core::limits::{AGENT_VERSIONS_BYTES_MAX, AGENT_VERSIONS_MAX};
use everruns_core::{AgentId, AgentVersionId, Hex};
use everruns_store::{AgentVersion as Stored, Resource};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{ChangeKind, VersionBody};
use crate::api::agents::preview::of_chain;
use crate::auth::Caller;
use crate::named::{corrupt, read};
use crate::problem::Problem;
use crate::state::App;

/// What a caller says about a version.
pub(super) struct Note {
    pub(super) kind: ChangeKind,
    pub(super) summary: Option<String>,
    /// The version that the agent is about to go back to, if that is why it is kept.
    pub(super) source: Option<AgentVersionId>,
}

/// Keeps the agent as it is. If that is what its newest version holds already, there is no new one.
pub(super) async fn keep(app: &App, caller: Caller, agent: &Resource, note: Note) -> Result<Stored, Problem> {
    let store = app.engine.store();
    let hash = format!("sha256:{}", Hex(Sha256::digest(agent.body.as_bytes())));
    let latest = store.latest_agent_version(caller.org, &agent.id).await?;
    if let Some(latest) = latest.as_ref().filter(|latest| latest.hash == hash) {
        return Ok(latest.clone());
    }
    let before: Option<VersionBody> = latest.as_ref().map(|latest| read(&latest.body)).transpose()?;
    let (semver_major, semver_minor, semver_patch) = match (before, note.kind) {
        (None, _) => (0, 1, 0),
        (Some(last), ChangeKind::Major) => (last.semver_major + 1, 0, 0),
        (Some(last), ChangeKind::Minor) => (last.semver_major, last.semver_minor + 1, 0),
        (Some(last), _) => (last.semver_major, last.semver_minor, last.semver_patch + 1),
    };
    let is_on_the_way = note.source.is_some();
    let body = VersionBody {
        semver_major,
        semver_minor,
        semver_patch,
        change_kind: note.kind,
        summary: note.summary,
        parent_version_id: latest.as_ref().map(|latest| latest.id.parse()).transpose().map_err(corrupt)?,
        source_version_id: note.source,
        created_by_principal_id: Some(caller.principal),
        resolved_config: resolved(app, caller, agent).await?,
    };
    let new = Stored {
        id: AgentVersionId(app.engine.source().uuid()).to_string(),
        number: latest.map_or(0, |latest| latest.number) + 1,
        hash,
        document: agent.body.clone(),
        body: serde_json::to_string(&body).map_err(corrupt)?,
        created_at: app.engine.source().now(),
    };
    check_room(app, caller, agent, &new).await?;
    let written = match is_on_the_way {
        true => store.put_agent_version(caller.org, &agent.id, &new).await,
        false => store.create_agent_version(caller.org, &agent.id, &new).await,
    };
    written.map_err(|error| match error {
        everruns_store::Error::Conflict(_) => Problem::conflict("Somebody else kept a version just now; try again."),
        error => error.into(),
    })?;
    Ok(new)
}

/// 400 if the agent has too many versions, or too large ones, for one more.
async fn check_room(app: &App, caller: Caller, agent: &Resource, new: &Stored) -> Result<(), Problem> {
    let remedy = "copy the agent and go on with the copy";
    if new.number > AGENT_VERSIONS_MAX {
        return Err(Problem::invalid("versions", format!("are at most {AGENT_VERSIONS_MAX} of one agent; {remedy}")));
    }
    let bytes = app.engine.store().agent_versions_bytes(caller.org, &agent.id).await?;
    if bytes + new.bytes() > AGENT_VERSIONS_BYTES_MAX {
        let limit = format!("have at most {AGENT_VERSIONS_BYTES_MAX} bytes together; {remedy}");
        return Err(Problem::invalid("versions", limit));
    }
    Ok(())
}

/// What turns are made of the agent and its harness now; empty if the harness is gone.
async fn resolved(app: &App, caller: Caller, agent: &Resource) -> Result<Map<String, Value>, Problem> {
    let document: AgentDocument = read(&agent.body)?;
    let chain = app.engine.harness_chain(caller.org, document.harness_id).await?;
    let Some(chain) = chain else { return Ok(Map::new()) };
    let id: AgentId = agent.id.parse().map_err(corrupt)?;
    let mut config = of_chain(app, &chain, Some(&document.spec));
    config.agent_id = Some(id);
    read(&serde_json::to_string(&config).map_err(corrupt)?)
}
