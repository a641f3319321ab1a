//! Deleting.

use everruns_core::FilePath;
use everruns_store::FileStep;

use super::{FileError, Files, Plan, Verb};

struct Delete<'a> {
    path: &'a FilePath,
    recursive: bool,
}

impl Files {
    /// Deletes a file, or a directory, with everything in it if `recursive`. Whether there was one.
    pub async fn delete(&self, path: &FilePath, recursive: bool) -> Result<bool, FileError> {
        self.change(&Delete { path, recursive }).await
    }
}

impl Verb for Delete<'_> {
    type Answer = bool;

    async fn plan(&self, files: &Files, plan: &mut Plan) -> Result<bool, FileError> {
        let tree = match files.tree(self.path).await {
            Err(FileError::Missing(_)) => return Ok(false),
            tree => tree?,
        };
        if tree.len() > 1 && !self.recursive {
            return Err(FileError::NotEmpty(self.path.clone()));
        }
        if let Some(kept) = tree.iter().find(|file| file.is_readonly) {
            return Err(FileError::ReadOnly(kept.path.clone()));
        }
        plan.count(-(tree.len() as i64), -tree.iter().map(|file| file.size).sum::<i64>());
        plan.steps.push(FileStep::Remove(self.path.clone()));
        Ok(true)
    }
}
