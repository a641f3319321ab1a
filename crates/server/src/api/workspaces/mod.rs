//! Workspaces: the roots of files. Each session has one of its own, unless it was made with another's.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;

use everruns_core::agent::Status;
use everruns_core::limits::TITLE_CHARS_MAX;
use everruns_core::{Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;
use crate::validate;

/// A workspace as the API shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Workspace {
    id: WorkspaceId,
    /// Unique among those that are live and listed; one that was made for a session bears its id.
    name: String,
    description: Option<String>,
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
    archived_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
}

fn show(app: &App, workspace: everruns_store::Workspace) -> WithUrls<Workspace> {
    let id = workspace.id;
    let retired = |status| workspace.retired_at.filter(|_| workspace.status == status);
    let shown = Workspace {
        id,
        archived_at: retired(Status::Archived),
        deleted_at: retired(Status::Deleted),
        name: workspace.name,
        description: workspace.description,
        status: workspace.status,
        created_at: workspace.created_at,
        updated_at: workspace.updated_at,
    };
    WithUrls::new(shown, "workspaces", &id, &app.settings.public_url)
}

/// A name: a short text that says something.
fn check_name(name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() {
        return Err(Problem::invalid("name", format!("must have 1 to {TITLE_CHARS_MAX} characters")));
    }
    validate::title("name", Some(name))
}

/// A taken name, said so that the caller knows what to do.
fn name_taken(error: everruns_store::Error) -> Problem {
    match error {
        everruns_store::Error::Conflict(_) => {
            Problem::conflict("Another workspace has this `name`; choose another, or archive that one.")
        }
        error => error.into(),
    }
}
