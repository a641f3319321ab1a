//! Files of workspaces, for callers and later for tools: every verb is planned on what is there and written in one
//! transaction that checks nothing changed meanwhile.

mod content;
mod copy;
mod delete;
mod find;
mod grep;
mod r#move;
mod starters;
mod write;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use everruns_core::agent::Status;
use everruns_core::limits::{BLOB_SWEEP_BATCH, FILE_CHANGE_TRIES_MAX, WORKSPACE_BYTES_MAX, WORKSPACE_ENTRIES_MAX};
use everruns_core::{FilePath, Timestamp, WorkspaceId};
use everruns_store::{Blob, File, FileChange, FileStep, Holdings, OrgKey, Workspace};
use tokio::sync::Mutex;

use crate::{Engine, Inner};

pub use content::{Encoding, InvalidContent, decode, encode};
pub use grep::{Found, InvalidPattern, Pattern};
pub use starters::Starters;
pub use write::FileSettings;

/// Why something cannot be done with files.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no such workspace for this organization.
    #[error("there is no such workspace")]
    NoWorkspace,
    /// The workspace is archived.
    #[error("the workspace is archived; make it active first")]
    Archived,
    /// Nothing is at this path.
    #[error("there is nothing at {0}")]
    Missing(FilePath),
    /// Something is at this path already.
    #[error("{0} exists already")]
    Exists(FilePath),
    /// A file stands where a directory is needed.
    #[error("{0} is a file, not a directory")]
    IsFile(FilePath),
    /// A directory stands where a file is needed.
    #[error("{0} is a directory, not a file")]
    IsDirectory(FilePath),
    /// A directory that is to be deleted has entries.
    #[error("{0} is not empty; delete it with `recursive=true`")]
    NotEmpty(FilePath),
    /// A directory is to be put into itself.
    #[error("{0} cannot be put into itself")]
    IntoItself(FilePath),
    /// It is read-only, or holds something that is.
    #[error("{0} is read-only")]
    ReadOnly(FilePath),
    /// The workspace would hold too many bytes.
    #[error("the workspace would hold more than {WORKSPACE_BYTES_MAX} bytes; delete some files first")]
    Bytes,
    /// The workspace would hold too many entries.
    #[error("the workspace would hold more than {WORKSPACE_ENTRIES_MAX} entries; delete some first")]
    Entries,
    /// Too many change the workspace at the same time.
    #[error("too many change this workspace at the same time; try again")]
    Contended,
    /// A new path is not possible.
    #[error("`dst_path` {0}")]
    Path(#[from] everruns_core::file_path::InvalidPath),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] everruns_store::Error),
}

/// Who changes a workspace waits here for others of this process, so that they do not plan in vain. A fixed number:
/// workspaces that share a place wait for each other, which costs a moment.
pub(crate) struct Locks([Mutex<()>; 64]);

impl Default for Locks {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Locks {
    fn of(&self, workspace: WorkspaceId) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        workspace.hash(&mut hasher);
        &self.0[hasher.finish() as usize % self.0.len()]
    }
}

/// A workspace's files.
#[derive(Clone)]
pub struct Files {
    inner: Arc<Inner>,
    org: OrgKey,
    workspace: WorkspaceId,
}

impl Engine {
    /// The files of a workspace. Whether there is one is looked at when something is done with them.
    pub fn files(&self, org: OrgKey, workspace: WorkspaceId) -> Files {
        Files { inner: self.inner.clone(), org, workspace }
    }

    /// Throws away contents that no file and no image has any more, soon and on its own.
    pub fn sweep_blobs(&self) {
        self.inner.sweep_blobs();
    }
}

impl Inner {
    pub(crate) fn sweep_blobs(self: &Arc<Self>) {
        let inner = self.clone();
        self.tasks.spawn(async move {
            loop {
                match inner.store.sweep_blobs().await {
                    Ok(BLOB_SWEEP_BATCH) if !inner.draining.is_cancelled() => {}
                    Ok(_) => break,
                    // What is left is found by the next one, at the latest after a restart.
                    Err(error) => {
                        tracing::warn!(%error, "contents without a file are kept for now");
                        break;
                    }
                }
            }
        });
    }
}

/// What a verb wants to do, as it is planned.
struct Plan {
    at: Timestamp,
    after: Holdings,
    blobs: Vec<Blob>,
    steps: Vec<FileStep>,
}

impl Plan {
    fn new(workspace: &Workspace, at: Timestamp) -> Self {
        let Workspace { bytes, entries, next_number, .. } = *workspace;
        Self { at, after: Holdings { bytes, entries, next_number }, blobs: Vec::new(), steps: Vec::new() }
    }

    /// A new entry; a directory, if it has no content.
    fn create(&mut self, path: FilePath, blob: Option<&Blob>, is_readonly: bool) -> File {
        let size = blob.map_or(0, |blob| blob.bytes().len() as i64);
        let file = File {
            path,
            number: self.after.next_number,
            is_readonly,
            size,
            hash: blob.map(Blob::hash),
            created_at: self.at,
            updated_at: self.at,
        };
        self.count(1, size);
        self.steps.push(FileStep::Create(file.clone()));
        file
    }

    /// Notes that there are so many more entries and bytes.
    fn count(&mut self, entries: i64, bytes: i64) {
        self.after.entries += entries;
        self.after.bytes += bytes;
        self.after.next_number += entries.max(0);
    }

    /// The directories above a path, as far as they are missing.
    fn create_parents(&mut self, path: &FilePath, along: &[File]) -> Result<(), FileError> {
        for folder in path.ancestors() {
            match along.iter().find(|file| file.path == folder) {
                Some(file) if file.is_directory() => {}
                Some(_) => return Err(FileError::IsFile(folder)),
                None => drop(self.create(folder, None, false)),
            }
        }
        Ok(())
    }

    /// That it stays within the limits of a workspace, as far as it makes more of anything.
    fn check(&self, before: Holdings) -> Result<(), FileError> {
        let grown = |after: i64, before: i64, limit: i64| after > before && after > limit;
        if grown(self.after.bytes, before.bytes, WORKSPACE_BYTES_MAX) {
            return Err(FileError::Bytes);
        }
        if grown(self.after.entries, before.entries, WORKSPACE_ENTRIES_MAX) {
            return Err(FileError::Entries);
        }
        Ok(())
    }
}

/// Something that can be done with files.
trait Verb: Sync {
    /// What the caller learns.
    type Answer: Send;

    /// Looks at what is there and says what is to be done; no step: nothing is written.
    fn plan(&self, files: &Files, plan: &mut Plan) -> impl Future<Output = Result<Self::Answer, FileError>> + Send;
}

impl Files {
    /// Plans a change and writes it; if the workspace changed in between, plans again.
    async fn change<V: Verb>(&self, verb: &V) -> Result<V::Answer, FileError> {
        let _turn = self.inner.file_locks.of(self.workspace).lock().await;
        for _ in 0..FILE_CHANGE_TRIES_MAX {
            let workspace = self.inner.store.ensure_workspace(self.org, self.workspace).await?;
            let workspace = workspace.ok_or(FileError::NoWorkspace)?;
            match workspace.status {
                Status::Active => {}
                Status::Archived => return Err(FileError::Archived),
                Status::Deleted => return Err(FileError::NoWorkspace),
            }
            let mut planned = Plan::new(&workspace, self.inner.source.now());
            let before = planned.after;
            let result = verb.plan(self, &mut planned).await?;
            if planned.steps.is_empty() {
                return Ok(result);
            }
            planned.check(before)?;
            let lets_go = planned.steps.iter().any(|step| matches!(step, FileStep::Remove(_) | FileStep::Update(_)));
            let change = FileChange {
                org: self.org,
                workspace: self.workspace,
                at: planned.at,
                revision: workspace.revision,
                after: planned.after,
                blobs: planned.blobs,
                steps: planned.steps,
            };
            match self.inner.store.change_files(&change).await {
                Ok(()) => {
                    if lets_go {
                        self.inner.sweep_blobs();
                    }
                    return Ok(result);
                }
                Err(everruns_store::Error::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(FileError::Contended)
    }
}
