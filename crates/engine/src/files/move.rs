//! Moving a file or a directory to another place in its workspace.

use everruns_core::FilePath;
use everruns_store::{File, FileStep};

use super::{FileError, Files, Plan, Verb};

struct Move<'a> {
    from: &'a FilePath,
    to: &'a FilePath,
}

impl Files {
    /// Moves an entry with everything below it. The directories above the new place are made as far as they are missing.
    pub async fn rename(&self, from: &FilePath, to: &FilePath) -> Result<File, FileError> {
        self.change(&Move { from, to }).await
    }

    /// That everything at `from` can be at `to` as well; plans the directories above it. What is at `from`, itself
    /// first.
    pub(super) async fn relocate(
        &self,
        plan: &mut Plan,
        from: &FilePath,
        to: &FilePath,
    ) -> Result<Vec<File>, FileError> {
        let tree = self.tree(from).await?;
        let along = self.along(to).await?;
        if to.is_root() || along.iter().any(|file| file.path == *to) {
            return Err(FileError::Exists(to.clone()));
        }
        if from.contains(to) && tree[0].is_directory() {
            return Err(FileError::IntoItself(from.clone()));
        }
        plan.create_parents(to, &along)?;
        for file in &tree[1..] {
            // Below a longer path some may become too long or too deep.
            FilePath::parse(&format!("{to}{}", &file.path.as_str()[from.as_str().len()..]))?;
        }
        Ok(tree)
    }
}

impl Verb for Move<'_> {
    type Answer = File;

    async fn plan(&self, files: &Files, plan: &mut Plan) -> Result<File, FileError> {
        let tree = files.relocate(plan, self.from, self.to).await?;
        if let Some(kept) = tree.iter().find(|file| file.is_readonly) {
            return Err(FileError::ReadOnly(kept.path.clone()));
        }
        plan.steps.push(FileStep::Move { from: self.from.clone(), to: self.to.clone() });
        Ok(File { path: self.to.clone(), ..tree[0].clone() })
    }
}
