//! Files of workspaces: rows that name contents. A change is planned on what was read, and is written only if nothing
//! else changed the workspace meanwhile; so limits and conflicts are checked where many write at once.

use everruns_core::{FilePath, Timestamp, WorkspaceId};

use crate::blob::{self, Blob, BlobHash};
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

/// A file or a directory.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Where it stands.
    pub path: FilePath,
    /// Its number in its workspace; its id is made of it.
    pub number: i64,
    /// Whether the agent and callers may not change it.
    pub is_readonly: bool,
    /// Its length in bytes; 0 for directories.
    pub size: i64,
    /// Its content; directories have none.
    pub hash: Option<BlobHash>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl File {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.hash.is_none()
    }
}

/// A change of a workspace's files.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// The organization.
    pub org: OrgKey,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// When.
    pub at: Timestamp,
    /// The workspace's revision on which this was planned.
    pub revision: i64,
    /// What the workspace holds afterwards.
    pub after: Holdings,
    /// Contents that the steps name.
    pub blobs: Vec<Blob>,
    /// What is done, in this order.
    pub steps: Vec<FileStep>,
}

/// What a workspace holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// All files together.
    pub bytes: i64,
    /// Files and directories.
    pub entries: i64,
    /// The number of the next entry.
    pub next_number: i64,
}

/// One step of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum FileStep {
    /// A new entry.
    Create(File),
    /// New settings and content for the file at this path.
    Update(File),
    /// Removes an entry with everything below it.
    Remove(FilePath),
    /// Gives an entry, with everything below it, another place.
    Move {
        /// From here …
        from: FilePath,
        /// … to here, where nothing is.
        to: FilePath,
    },
    /// Makes an entry, with everything below it, a second time; the contents are shared, and nothing is read-only.
    Copy {
        /// From here …
        from: FilePath,
        /// … to here, where nothing is.
        to: FilePath,
        /// The number of the first one.
        first_number: i64,
    },
}

/// The key of the workspace `$2` of the organization `$1`.
const KEY: &str = "(SELECT key FROM workspace WHERE org_id = $1 AND id = $2)";
/// What stands at folder `$3` and name `$4`, and everything from folder `$5` up to folder `$6`, which is what is below.
const SUBTREE: &str = "((folder = $3 AND name = $4) OR (folder >= $5 AND folder < $6))";
const COLUMNS: &str = "folder, name, number, is_directory, is_readonly, size, hash, created_at, updated_at";

fn file(mut row: Row) -> Result<File, Error> {
    let path = row.text()? + &row.text()?;
    let path = FilePath::parse(&path).map_err(|error| Error::Corrupt(format!("the path {path:?} {error}")))?;
    let number = row.int()?;
    let is_directory = row.int()? != 0;
    let file = File {
        path,
        number,
        is_readonly: row.int()? != 0,
        size: row.int()?,
        hash: row.bytes_or_null()?.map(BlobHash::read).transpose()?,
        created_at: Timestamp::from_micros(row.int()?),
        updated_at: Timestamp::from_micros(row.int()?),
    };
    if file.is_directory() == is_directory { Ok(file) } else { Err(Error::Corrupt(format!("{file:?}"))) }
}

/// The folders `from` to `to` (exclusive) that stand for everything below a directory: the character after the slash
/// is `0`.
fn below(path: &FilePath) -> [Value; 2] {
    let folder = path.as_folder();
    let end = format!("{}0", &folder[..folder.len() - 1]);
    [folder.into(), end.into()]
}

fn subtree(org: OrgKey, workspace: WorkspaceId, path: &FilePath) -> Vec<Value> {
    let [from, to] = below(path);
    vec![org.0.into(), workspace.to_string().into(), path.folder().into(), path.name().into(), from, to]
}

impl Store {
    /// The entry at a path and the directories above it, as far as they are there, in no order.
    pub async fn files_along(&self, org: OrgKey, workspace: WorkspaceId, path: &FilePath) -> Result<Vec<File>, Error> {
        let mut parameters: Vec<Value> = vec![org.0.into(), workspace.to_string().into()];
        let mut places = Vec::new();
        for place in path.ancestors().chain([path.clone()]) {
            parameters.extend([place.folder().into(), place.name().into()]);
            places.push(format!("(folder = ${} AND name = ${})", parameters.len() - 1, parameters.len()));
        }
        let sql = format!("SELECT {COLUMNS} FROM file WHERE workspace_key = {KEY} AND ({})", places.join(" OR "));
        self.query(&sql, parameters).await?.into_iter().map(file).collect()
    }

    /// The entries of a directory.
    pub async fn files_in(&self, org: OrgKey, workspace: WorkspaceId, path: &FilePath) -> Result<Vec<File>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM file WHERE workspace_key = {KEY} AND folder = $3 ORDER BY name");
        let parameters = vec![org.0.into(), workspace.to_string().into(), path.as_folder().into()];
        self.query(&sql, parameters).await?.into_iter().map(file).collect()
    }

    /// Everything below a directory, folder by folder.
    pub async fn files_below(&self, org: OrgKey, workspace: WorkspaceId, path: &FilePath) -> Result<Vec<File>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM file WHERE workspace_key = {KEY} AND folder >= $3 AND folder < $4
             ORDER BY folder, name"
        );
        let [from, to] = below(path);
        let parameters = vec![org.0.into(), workspace.to_string().into(), from, to];
        self.query(&sql, parameters).await?.into_iter().map(file).collect()
    }

    /// Changes files. [`Error::Stale`]: the workspace changed since it was read, or is not active any more.
    pub async fn change_files(&self, change: &FileChange) -> Result<(), Error> {
        let mut statements = vec![Statement::new(
            "UPDATE workspace SET revision = revision + 1, bytes = $4, entries = $5, next_number = $6, updated_at = $7
             WHERE org_id = $1 AND id = $2 AND revision = $3 AND status = 'active' RETURNING key",
            vec![
                change.org.0.into(),
                change.workspace.to_string().into(),
                change.revision.into(),
                change.after.bytes.into(),
                change.after.entries.into(),
                change.after.next_number.into(),
                change.at.as_micros().into(),
            ],
        ).or_refuse(Error::Stale)];
        statements.extend(contents(change));
        let made = change.steps.iter().rev().find_map(|step| match step {
            FileStep::Create(file) => Some(file.path.as_str()),
            FileStep::Copy { to, .. } => Some(to.as_str()),
            _ => None,
        });
        self.make(statements, made.unwrap_or_default()).await.map(drop)
    }
}

/// The blobs and steps of a change, for a workspace that has a row.
pub(crate) fn contents(change: &FileChange) -> Vec<Statement> {
    let mut statements = blob::put(change.org, &change.blobs, change.at);
    statements.extend(change.steps.iter().flat_map(|step| statements_of(change, step)));
    statements
}

fn statements_of(change: &FileChange, step: &FileStep) -> Vec<Statement> {
    let (org, workspace, at) = (change.org, change.workspace, change.at);
    match step {
        FileStep::Create(file) => vec![Statement::new(
            "INSERT INTO file (workspace_key, folder, name, org_id, number, is_directory, is_readonly, size, hash,
                 created_at, updated_at)
             SELECT key, $3, $4, org_id, $5, $6, $7, $8, $9, $10, $11 FROM workspace WHERE org_id = $1 AND id = $2",
            vec![
                org.0.into(),
                workspace.to_string().into(),
                file.path.folder().into(),
                file.path.name().into(),
                file.number.into(),
                i64::from(file.is_directory()).into(),
                i64::from(file.is_readonly).into(),
                file.size.into(),
                hash(file),
                file.created_at.as_micros().into(),
                file.updated_at.as_micros().into(),
            ],
        )],
        FileStep::Update(file) => {
            let place = || -> Vec<Value> {
                let (folder, name) = (file.path.folder(), file.path.name());
                vec![org.0.into(), workspace.to_string().into(), folder.into(), name.into()]
            };
            let (mut old, mut new) = (place(), place());
            old.push(hash(file));
            new.extend([
                i64::from(file.is_readonly).into(),
                file.size.into(),
                hash(file),
                file.updated_at.as_micros().into(),
            ]);
            vec![
                orphans(&format!("workspace_key = {KEY} AND folder = $3 AND name = $4 AND hash <> $5"), old),
                Statement::owned(
                    format!(
                        "UPDATE file SET is_readonly = $5, size = $6, hash = $7, updated_at = $8
                         WHERE workspace_key = {KEY} AND folder = $3 AND name = $4"
                    ),
                    new,
                ),
            ]
        }
        FileStep::Remove(path) => {
            let condition = format!("workspace_key = {KEY} AND {SUBTREE}");
            vec![
                orphans(&condition, subtree(org, workspace, path)),
                Statement::owned(format!("DELETE FROM file WHERE {condition}"), subtree(org, workspace, path)),
            ]
        }
        FileStep::Move { from, to } => {
            let mut parameters = subtree(org, workspace, from);
            parameters.extend(target(to));
            vec![Statement::owned(
                format!(
                    "UPDATE file SET folder = {NEW_FOLDER}, name = {NEW_NAME}
                     WHERE workspace_key = {KEY} AND {SUBTREE}"
                ),
                parameters,
            )]
        }
        FileStep::Copy { from, to, first_number } => {
            let mut parameters = subtree(org, workspace, from);
            parameters.extend(target(to));
            parameters.extend([(*first_number).into(), at.as_micros().into()]);
            vec![Statement::owned(
                format!(
                    "INSERT INTO file (workspace_key, folder, name, org_id, number, is_directory, is_readonly, size,
                         hash, created_at, updated_at)
                     SELECT workspace_key, {NEW_FOLDER}, {NEW_NAME}, org_id,
                         CAST($10 AS BIGINT) - 1 + ROW_NUMBER() OVER (ORDER BY folder, name), is_directory, 0, size, hash, $11, $11
                     FROM file WHERE workspace_key = {KEY} AND {SUBTREE}"
                ),
                parameters,
            )]
        }
    }
}

/// Where a row of [`SUBTREE`] goes: folder `$7` and name `$8` are the new place, `$9` is the folder of what is below it.
const NEW_FOLDER: &str = "CASE WHEN folder = $3 AND name = $4 THEN $7 ELSE $9 || substr(folder, length($5) + 1) END";
const NEW_NAME: &str = "CASE WHEN folder = $3 AND name = $4 THEN $8 ELSE name END";

fn target(to: &FilePath) -> [Value; 3] {
    [to.folder().into(), to.name().into(), to.as_folder().into()]
}

fn hash(file: &File) -> Value {
    file.hash.map(|hash| hash.0.to_vec()).into()
}

/// Notes that the contents of these files may have lost their last one.
pub(crate) fn orphans(condition: &str, parameters: Vec<Value>) -> Statement {
    // In an order, so that two that note the same ones wait for each other and not in a circle. Who notes one that is
    // noted already waits for the sweep that looks at it.
    let sql = format!(
        "INSERT INTO blob_orphan (org_id, hash)
         SELECT DISTINCT org_id, hash FROM file WHERE {condition} AND hash IS NOT NULL ORDER BY 1, 2
         ON CONFLICT (org_id, hash) DO UPDATE SET hash = excluded.hash"
    );
    Statement::owned(sql, parameters)
}
