//! `/v1/workspaces`: the files of one or more sessions.

use everruns_core::agent::Status;
use everruns_core::{Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Seen};

/// The workspaces of the caller's organization. Their files are [`Files`](crate::Files).
#[derive(Clone, Copy, Debug)]
pub struct Workspaces<'a>(pub(crate) &'a Client);

/// A workspace.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Unique in the organization.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Where it stands in its life.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which workspaces to list. The default is all live ones.
#[derive(Clone, Debug, Default)]
pub struct ListWorkspaces {
    /// Words that must all occur in the workspace's name or description.
    pub search: Option<String>,
    /// Archived ones too.
    pub include_archived: bool,
}

impl Workspaces<'_> {
    /// Makes a workspace of `name` and, if there is one, `description`.
    pub async fn create<T: Serialize + ?Sized>(&self, spec: &T) -> Result<Seen<Workspace>, Error> {
        self.0.post(&["workspaces"]).json(spec).answer().await
    }

    /// The workspaces; the list comes whole.
    pub async fn list(&self, options: &ListWorkspaces) -> Result<Vec<Seen<Workspace>>, Error> {
        let call = self.0.get(&["workspaces"]).query("search", options.search.as_ref());
        call.flag("include_archived", options.include_archived).items().await
    }

    /// The workspace with this id.
    pub async fn get(&self, id: WorkspaceId) -> Result<Seen<Workspace>, Error> {
        self.0.get(&["workspaces", &id.to_string()]).answer().await
    }

    /// Changes name, description or status, as far as `changes` has them.
    pub async fn update<T: Serialize + ?Sized>(&self, id: WorkspaceId, changes: &T) -> Result<Seen<Workspace>, Error> {
        self.0.patch(&["workspaces", &id.to_string()]).json(changes).answer().await
    }

    /// Takes the workspace out of use.
    pub async fn delete(&self, id: WorkspaceId) -> Result<(), Error> {
        self.0.delete(&["workspaces", &id.to_string()]).done().await
    }
}
