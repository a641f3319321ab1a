//! Workspaces: the roots of files, and which sessions use them.
//!
//! They have a table of their own and not the one of resources: a hundred thousand sessions have as many workspaces,
//! which no list shows and no name tells apart. Such a workspace has no row before its first file, so that making a
//! session costs nothing more; until then it is what its session says.

use everruns_core::agent::Status;
use everruns_core::limits::WORKSPACES_LISTED_MAX;
use everruns_core::{SessionId, Timestamp, WorkspaceId};

use crate::search::{search_condition, searchable};
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, SessionKey, Store, file};

/// A stored workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Workspace {
    /// Its public id.
    pub id: WorkspaceId,
    /// Unique among the live ones that somebody named; those made for a session bear its id.
    pub name: String,
    /// Whether somebody named it. Then it is listed, and outlives its sessions.
    pub named: bool,
    /// For people.
    pub description: Option<String>,
    /// Only files of an active one can be changed.
    pub status: Status,
    /// Raised by every change of its files.
    pub revision: i64,
    /// All files together.
    pub bytes: i64,
    /// Files and directories.
    pub entries: i64,
    /// The number of the next entry that is made in it.
    pub next_number: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it or a file of it was last changed.
    pub updated_at: Timestamp,
    /// When it was archived or deleted.
    pub retired_at: Option<Timestamp>,
}

/// A change of what a workspace is called; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct WorkspacePatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Archived, or active again.
    pub status: Option<Status>,
}

const COLUMNS: &str = "id, name, named, description, status, revision, bytes, entries, next_number, created_at, \
    updated_at, retired_at";

fn workspace(mut row: Row) -> Result<Workspace, Error> {
    let corrupt = |error: String| Error::Corrupt(error);
    Ok(Workspace {
        id: row.text()?.parse().map_err(|error| corrupt(format!("a workspace's id: {error}")))?,
        name: row.text()?,
        named: row.int()? != 0,
        description: row.text_or_null()?,
        status: {
            let word = row.text()?;
            Status::parse(&word).ok_or_else(|| corrupt(format!("unknown workspace status {word}")))?
        },
        revision: row.int()?,
        bytes: row.int()?,
        entries: row.int()?,
        next_number: row.int()?,
        created_at: Timestamp::from_micros(row.int()?),
        updated_at: Timestamp::from_micros(row.int()?),
        retired_at: row.int_or_null()?.map(Timestamp::from_micros),
    })
}

fn searched(name: &str, description: Option<&str>) -> String {
    searchable(&format!("{name} {}", description.unwrap_or_default()))
}

impl Store {
    /// Makes a workspace that somebody named. A name that a live one has is a [`Error::Conflict`].
    pub async fn create_workspace(
        &self,
        org: OrgKey,
        id: WorkspaceId,
        name: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Workspace, Error> {
        let sql = format!(
            "INSERT INTO workspace (org_id, id, name, named, description, status, search, revision, bytes, entries,
                 next_number, created_at, updated_at)
             VALUES ($1, $2, $3, 1, $4, 'active', $5, 0, 0, 0, 1, $6, $6) RETURNING {COLUMNS}"
        );
        let parameters = vec![
            org.0.into(),
            id.to_string().into(),
            name.into(),
            description.into(),
            searched(name, description).into(),
            at.as_micros().into(),
        ];
        let made = self.make(vec![Statement::owned(sql, parameters)], &id.to_string()).await?;
        workspace(crate::value::only_row(made)?)
    }

    /// The workspace with this id, whatever its status; also one that a session has and that holds no file yet.
    pub async fn workspace_by_id(&self, org: OrgKey, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
        if let Some(stored) = self.stored_workspace(org, id).await? {
            return Ok(Some(stored));
        }
        let sql = "SELECT d.workspace_id, s.id, 0, NULL, 'active', 0, 0, 0, 1, s.created_at, s.created_at, NULL
            FROM session s JOIN session_detail d ON d.session_key = s.key
            WHERE s.id = $1 AND s.org_id = $2 AND d.workspace_id = $3";
        let parameters = vec![id.session().to_string().into(), org.0.into(), id.to_string().into()];
        self.query(sql, parameters).await?.into_iter().next().map(workspace).transpose()
    }

    async fn stored_workspace(&self, org: OrgKey, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM workspace WHERE org_id = $1 AND id = $2");
        let rows = self.query(&sql, vec![org.0.into(), id.to_string().into()]).await?;
        rows.into_iter().next().map(workspace).transpose()
    }

    /// The same for somebody who is going to change it: from now on it has a row.
    pub async fn ensure_workspace(&self, org: OrgKey, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
        if let Some(stored) = self.stored_workspace(org, id).await? {
            return Ok(Some(stored));
        }
        let parameters = || vec![org.0.into(), id.to_string().into(), Value::from(id.session().to_string())];
        let statements = vec![
            // Who deletes the session at the same time comes before this or after it, and then finds the row.
            Statement::new(
                "UPDATE session_detail SET workspace_id = workspace_id WHERE workspace_id = $2 AND session_key =
                     (SELECT key FROM session WHERE org_id = $1 AND id = $3) RETURNING session_key",
                parameters(),
            )
            .or_refuse(Error::Stale),
            Statement::new(
                "INSERT INTO workspace (org_id, id, name, named, status, search, revision, bytes, entries, next_number,
                     created_at, updated_at)
                 SELECT org_id, $2, id, 0, 'active', '', 0, 0, 0, 1, created_at, created_at FROM session
                 WHERE org_id = $1 AND id = $3 ON CONFLICT (org_id, id) DO NOTHING",
                parameters(),
            ),
            used_by(org, &id.to_string(), id.session()),
        ];
        match self.write(statements).await {
            Ok(_) => self.stored_workspace(org, id).await,
            Err(Error::Stale) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The workspaces that somebody named, newest first, up to [`WORKSPACES_LISTED_MAX`].
    pub async fn list_workspaces(
        &self,
        org: OrgKey,
        search: &[String],
        include_archived: bool,
    ) -> Result<Vec<Workspace>, Error> {
        let mut parameters: Vec<Value> = vec![org.0.into(), i64::from(include_archived).into()];
        let searched = search_condition("search", search, &mut parameters);
        let sql = format!(
            "SELECT {COLUMNS} FROM workspace
             WHERE org_id = $1 AND named = 1 AND (status = 'active' OR ($2 = 1 AND status = 'archived')){searched}
             ORDER BY created_at DESC, key DESC LIMIT {WORKSPACES_LISTED_MAX}"
        );
        self.query(&sql, parameters).await?.into_iter().map(workspace).collect()
    }

    /// Changes what a workspace is called, or archives it. One that was made for a session and is named now lives on
    /// its own. `None`: there is no such workspace that is not deleted. A taken name is a [`Error::Conflict`].
    pub async fn update_workspace(
        &self,
        org: OrgKey,
        id: WorkspaceId,
        patch: &WorkspacePatch,
        at: Timestamp,
    ) -> Result<Option<Workspace>, Error> {
        let Some(now) = self.ensure_workspace(org, id).await?.filter(|now| now.status != Status::Deleted) else {
            return Ok(None);
        };
        let name = patch.name.as_ref().unwrap_or(&now.name);
        let description = patch.description.as_ref().or(now.description.as_ref());
        let status = patch.status.unwrap_or(now.status);
        let retired_at = if status == now.status { now.retired_at } else { Some(at) };
        let sql = format!(
            "UPDATE workspace SET name = $3, named = $4, description = $5, search = $6, status = $7, retired_at = $8,
                 updated_at = $9
             WHERE org_id = $1 AND id = $2 AND status <> 'deleted' RETURNING {COLUMNS}"
        );
        let parameters = vec![
            org.0.into(),
            id.to_string().into(),
            name.as_str().into(),
            i64::from(now.named || patch.name.is_some()).into(),
            description.map(String::as_str).into(),
            searched(name, description.map(String::as_str)).into(),
            status.as_str().into(),
            retired_at.filter(|_| status != Status::Active).map(Timestamp::as_micros).into(),
            at.as_micros().into(),
        ];
        let mut results = self.write(vec![Statement::owned(sql, parameters)]).await?;
        results.pop().and_then(|rows| rows.into_iter().next()).map(workspace).transpose()
    }

    /// Deletes a workspace with its files. Sessions that use it go on without. Whether there was one.
    pub async fn delete_workspace(&self, org: OrgKey, id: WorkspaceId, at: Timestamp) -> Result<bool, Error> {
        if self.ensure_workspace(org, id).await?.is_none() {
            return Ok(false);
        }
        let retire = Statement::new(
            "UPDATE workspace SET status = 'deleted', retired_at = $3, updated_at = $3, revision = revision + 1,
                 bytes = 0, entries = 0
             WHERE org_id = $1 AND id = $2 AND status <> 'deleted' RETURNING key",
            vec![org.0.into(), id.to_string().into(), at.as_micros().into()],
        )
        .or_refuse(Error::Stale);
        let condition = "workspace_key = (SELECT key FROM workspace WHERE org_id = $1 AND id = $2)";
        let parameters = || vec![org.0.into(), id.to_string().into()];
        let statements = vec![
            retire,
            file::orphans(condition, parameters()),
            Statement::owned(format!("DELETE FROM file WHERE {condition}"), parameters()),
        ];
        match self.write(statements).await {
            Ok(_) => Ok(true),
            Err(Error::Stale) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Notes that a session uses a workspace, both of which have a row.
pub(crate) fn used_by(org: OrgKey, workspace: &str, session: SessionId) -> Statement {
    Statement::new(
        "INSERT INTO workspace_session (workspace_key, session_key)
         SELECT w.key, s.key FROM workspace w JOIN session s ON s.org_id = w.org_id
         WHERE w.org_id = $1 AND w.id = $2 AND s.id = $3 ON CONFLICT (workspace_key, session_key) DO NOTHING",
        vec![org.0.into(), workspace.into(), session.to_string().into()],
    )
}

/// What goes with a session: workspaces that nobody named and no other session uses.
pub(crate) fn leave(session: SessionKey) -> Vec<Statement> {
    const LEFT: &str = "(SELECT u.workspace_key FROM workspace_session u JOIN workspace w ON w.key = u.workspace_key
        WHERE u.session_key = $1 AND w.named = 0 AND NOT EXISTS (SELECT 1 FROM workspace_session o
            WHERE o.workspace_key = u.workspace_key AND o.session_key <> $1))";
    let key = || vec![session.0.into()];
    vec![
        // Of two sessions that leave the same workspace, the second waits here and then is the last one.
        Statement::new(
            "UPDATE workspace SET revision = revision + 1
             WHERE key IN (SELECT workspace_key FROM workspace_session WHERE session_key = $1)",
            key(),
        ),
        file::orphans(&format!("workspace_key IN {LEFT}"), key()),
        Statement::owned(format!("DELETE FROM file WHERE workspace_key IN {LEFT}"), key()),
        Statement::owned(format!("DELETE FROM workspace WHERE key IN {LEFT}"), key()),
        Statement::new("DELETE FROM workspace_session WHERE session_key = $1", key()),
    ]
}
