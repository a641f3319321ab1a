//! What the workspace of a new session starts with, written in the same transaction as the session.

use everruns_core::WorkspaceId;

use crate::value::{Statement, Value};
use crate::{Error, FileChange, NewSession, file, workspace};

/// What the workspace of a new session starts with.
#[derive(Clone, Debug, Default)]
pub enum SessionFiles {
    /// Nothing. It has no row before its first file, and costs nothing.
    #[default]
    None,
    /// These files. `workspace` and `revision` do not matter.
    New(Box<FileChange>),
    /// All files of another workspace, which stay as they are now: rows are copied, contents are shared. One that is
    /// deleted, or has no file, gives none.
    CopyOf(WorkspaceId),
    /// It is there already, and other sessions may use it. [`Error::Stale`]: there is no active one with this id; one
    /// that was made for a session has to be [ensured](crate::Store::ensure_workspace) first.
    Shared,
}

/// What makes the workspace of a new session, behind the session's own rows.
pub(crate) fn statements(new: &NewSession) -> Vec<Statement> {
    let id = || Value::from(new.workspace_id.as_str());
    let (org, session) = (Value::from(new.org.0), Value::from(new.id.to_string()));
    let used_by = || workspace::used_by(new.org, &new.workspace_id, new.id);
    match &new.files {
        SessionFiles::None => Vec::new(),
        SessionFiles::Shared => vec![
            // A lock: a delete of the workspace comes before this or after it.
            Statement::new(
                "UPDATE workspace SET updated_at = updated_at WHERE org_id = $1 AND id = $2 AND status = 'active'
                 RETURNING key",
                vec![org, id()],
            )
            .or_refuse(Error::Stale),
            used_by(),
        ],
        SessionFiles::New(change) => {
            let after = change.after;
            let make = Statement::new(
                "INSERT INTO workspace (org_id, id, name, named, status, search, revision, bytes, entries, next_number,
                     created_at, updated_at)
                 VALUES ($1, $2, $3, 0, 'active', '', 0, $4, $5, $6, $7, $7)",
                vec![
                    org,
                    id(),
                    session,
                    after.bytes.into(),
                    after.entries.into(),
                    after.next_number.into(),
                    new.at.as_micros().into(),
                ],
            );
            let mut statements = vec![make, used_by()];
            statements.extend(file::contents(change));
            statements
        }
        SessionFiles::CopyOf(source) => {
            let source = || Value::from(source.to_string());
            vec![
                // A lock: whoever changes the source's files comes before this or after it, so none of the contents
                // that are shared from here on is thrown away in between.
                Statement::new(
                    "UPDATE workspace SET updated_at = updated_at WHERE org_id = $1 AND id = $2",
                    vec![org.clone(), source()],
                ),
                Statement::new(
                    "INSERT INTO workspace (org_id, id, name, named, status, search, revision, bytes, entries,
                         next_number, created_at, updated_at)
                     SELECT o.org_id, $3, s.id, 0, 'active', '', 0, o.bytes, o.entries, o.next_number, $5, $5
                     FROM workspace o JOIN session s ON s.org_id = o.org_id
                     WHERE o.org_id = $1 AND o.id = $2 AND o.status <> 'deleted' AND s.id = $4",
                    vec![org.clone(), source(), id(), session, new.at.as_micros().into()],
                ),
                used_by(),
                Statement::new(
                    "INSERT INTO file (workspace_key, folder, name, org_id, number, is_directory, is_readonly, size,
                         hash, created_at, updated_at)
                     SELECT w.key, f.folder, f.name, f.org_id, f.number, f.is_directory, f.is_readonly, f.size, f.hash,
                         f.created_at, f.updated_at
                     FROM workspace w, workspace o JOIN file f ON f.workspace_key = o.key
                     WHERE w.org_id = $1 AND w.id = $3 AND o.org_id = $1 AND o.id = $2",
                    vec![org, source(), id()],
                ),
            ]
        }
    }
}
