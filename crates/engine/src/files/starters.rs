//! Starter files: what a new session's workspace begins with.

use everruns_core::agent::InitialFile;
use everruns_core::config::merge_files;
use everruns_core::{FilePath, HarnessId, Timestamp, WorkspaceId};
use everruns_store::{Blob, File, FileChange, Holdings, OrgKey, SessionFiles};

use super::{FileError, Plan, decode};
use crate::{Engine, Error};

impl Engine {
    /// The starter files of a harness, with what it inherits, and of the layers above it, the lowest first.
    pub async fn starter_files(
        &self,
        org: OrgKey,
        harness: HarnessId,
        above: &[&[InitialFile]],
    ) -> Result<Vec<InitialFile>, Error> {
        let chain = self.inner.harness_chain(org, harness).await?.unwrap_or_default();
        let ground = chain.iter().map(|harness| harness.spec.layer.initial_files.as_slice());
        Ok(merge_files(ground.chain(above.iter().copied())))
    }
}

/// Starter files, with the directories above them.
pub struct Starters(Plan);

impl Starters {
    /// Lays merged starter files out. Of two that cannot stand together, a file and one below it, the later one stays.
    pub fn new(files: Vec<InitialFile>, at: Timestamp) -> Result<Self, FileError> {
        let mut kept: Vec<(FilePath, Vec<u8>, bool)> = Vec::new();
        for file in files {
            // Both were checked when the layer was written; what an older server let through is left out.
            let Ok(path) = FilePath::of_starter(&file.path) else { continue };
            let Ok(content) = decode(file.content, Some(&file.encoding)) else { continue };
            kept.retain(|(other, ..)| *other != path && !other.contains(&path) && !path.contains(other));
            kept.push((path, content, file.is_readonly));
        }
        let before = Holdings { bytes: 0, entries: 0, next_number: 1 };
        let mut plan = Plan { at, after: before, blobs: Vec::new(), steps: Vec::new() };
        let mut made: Vec<File> = Vec::new();
        for (path, content, is_readonly) in kept {
            for folder in path.ancestors() {
                if made.iter().all(|file| file.path != folder) {
                    made.push(plan.create(folder, None, false));
                }
            }
            let blob = Blob::new(content);
            made.push(plan.create(path, Some(&blob), is_readonly));
            plan.blobs.push(blob);
        }
        plan.check(before)?;
        Ok(Self(plan))
    }

    /// The same for a new session's workspace.
    pub fn of_session(self, org: OrgKey, workspace: WorkspaceId) -> SessionFiles {
        let Plan { at, after, blobs, steps } = self.0;
        if steps.is_empty() {
            return SessionFiles::None;
        }
        SessionFiles::New(Box::new(FileChange { org, workspace, at, revision: 0, after, blobs, steps }))
    }
}
