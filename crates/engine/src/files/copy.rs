//! Copying a file or a directory within its workspace. Contents are shared, not copied.

use everruns_core::FilePath;
use everruns_store::{File, FileStep};

use super::{FileError, Files, Plan, Verb};

struct Copy<'a> {
    from: &'a FilePath,
    to: &'a FilePath,
}

impl Files {
    /// Copies an entry with everything below it. The copy may be changed, also if the original is read-only.
    pub async fn copy(&self, from: &FilePath, to: &FilePath) -> Result<File, FileError> {
        self.change(&Copy { from, to }).await
    }
}

impl Verb for Copy<'_> {
    type Answer = File;

    async fn plan(&self, files: &Files, plan: &mut Plan) -> Result<File, FileError> {
        let tree = files.relocate(plan, self.from, self.to).await?;
        let first_number = plan.after.next_number;
        plan.count(tree.len() as i64, tree.iter().map(|file| file.size).sum());
        plan.steps.push(FileStep::Copy { from: self.from.clone(), to: self.to.clone(), first_number });
        // Numbers are given out folder by folder, and the folder of the copied entry comes before those below it.
        Ok(File {
            path: self.to.clone(),
            number: first_number,
            is_readonly: false,
            created_at: plan.at,
            updated_at: plan.at,
            ..tree[0].clone()
        })
    }
}
