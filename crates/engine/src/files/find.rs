//! Looking: what is at a path, what is in a directory, what a file holds.

use everruns_core::agent::Status;
use everruns_core::{FilePath, WorkspaceId};
use everruns_store::{BlobHash, File, Workspace};

use super::{FileError, Files};
use crate::contents::Contents;

impl Files {
    /// The workspace's id.
    pub fn id(&self) -> WorkspaceId {
        self.workspace
    }

    /// The workspace itself, unless it is deleted.
    pub async fn workspace(&self) -> Result<Workspace, FileError> {
        let found = self.inner.store.workspace_by_id(self.org, self.workspace).await?;
        found.filter(|workspace| workspace.status != Status::Deleted).ok_or(FileError::NoWorkspace)
    }

    /// What is at a path; `None` for the root, which is always there and has no entry.
    pub async fn at(&self, path: &FilePath) -> Result<Option<File>, FileError> {
        self.workspace().await?;
        if path.is_root() {
            return Ok(None);
        }
        self.entry(path).await.map(Some)
    }

    /// What a directory holds, or everything below it, in the order of paths.
    pub async fn list(&self, path: &FilePath, recursive: bool) -> Result<Vec<File>, FileError> {
        let (store, org) = (&self.inner.store, self.org);
        let mut files = if recursive {
            store.files_below(org, self.workspace, path).await?
        } else {
            store.files_in(org, self.workspace, path).await?
        };
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// What the files hold.
    pub fn contents(&self) -> Contents {
        Contents { inner: self.inner.clone(), org: self.org }
    }

    /// What a file holds; nothing, if it was changed or deleted since it was found.
    pub async fn content(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.contents().whole(hash).await?)
    }

    /// The entry at a path that is not the root.
    pub(super) async fn entry(&self, path: &FilePath) -> Result<File, FileError> {
        let along = self.along(path).await?;
        along.into_iter().find(|file| file.path == *path).ok_or_else(|| FileError::Missing(path.clone()))
    }

    pub(super) async fn along(&self, path: &FilePath) -> Result<Vec<File>, FileError> {
        Ok(self.inner.store.files_along(self.org, self.workspace, path).await?)
    }

    /// The entry at a path and everything below it.
    pub(super) async fn tree(&self, path: &FilePath) -> Result<Vec<File>, FileError> {
        let mut tree = vec![self.entry(path).await?];
        if tree[0].is_directory() {
            tree.extend(self.inner.store.files_below(self.org, self.workspace, path).await?);
        }
        Ok(tree)
    }
}
