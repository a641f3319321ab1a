//! The workspace of a new session: one of its own with the starter files of its layers, or one that is there already.

use everruns_core::agent::{InitialFile, Status};
use everruns_core::{HarnessId, SessionId, Timestamp, WorkspaceId};
use everruns_engine::files::Starters;
use everruns_store::{Resource, SessionFiles};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// A session that is about to be made.
pub(super) struct Coming<'a> {
    pub(super) id: SessionId,
    pub(super) at: Timestamp,
    pub(super) harness: HarnessId,
    pub(super) agent: Option<&'a Resource>,
    /// The starter files that it brings itself.
    pub(super) own: &'a [InitialFile],
}

/// Its workspace, and what that starts with. `wanted` is one that is to be shared; it stays as it is.
pub(super) async fn of(
    app: &App,
    caller: Caller,
    wanted: Option<WorkspaceId>,
    coming: Coming<'_>,
) -> Result<(WorkspaceId, SessionFiles), Problem> {
    if let Some(id) = wanted {
        if !coming.own.is_empty() {
            let remedy = "must be empty when `workspace_id` is given; write them to that workspace instead";
            return Err(Problem::invalid("initial_files", remedy));
        }
        let found = app.engine.store().ensure_workspace(caller.org, id).await?;
        found.filter(|found| found.status == Status::Active).ok_or_else(missing)?;
        return Ok((id, SessionFiles::Shared));
    }
    let id = WorkspaceId::of_session(coming.id);
    let agent = match coming.agent {
        Some(agent) => app.engine.agent_document(caller.org, agent).await?.spec.layer.initial_files,
        None => Vec::new(),
    };
    let merged = app.engine.starter_files(caller.org, coming.harness, &[&agent, coming.own]).await?;
    Ok((id, Starters::new(merged, coming.at)?.of_session(caller.org, id)))
}

/// `workspace_id` names none that is active.
pub(super) fn missing() -> Problem {
    Problem::missing("active workspace; `workspace_id` has to name one, or be left out")
}
