//! Writing: a new file, a new directory, new content.

use everruns_core::FilePath;
use everruns_store::{Blob, File, FileStep};

use super::{FileError, Files, Plan, Verb};

/// What a caller says about a file; what is `None` stays, or is empty and writable in a new one.
#[derive(Clone, Debug, Default)]
pub struct FileSettings {
    /// The content.
    pub content: Option<Vec<u8>>,
    /// Whether it may not be changed.
    pub is_readonly: Option<bool>,
}

impl Files {
    /// Makes a file, and the directories above it as far as they are missing.
    pub async fn create(&self, path: &FilePath, settings: FileSettings) -> Result<File, FileError> {
        let blob = Blob::new(settings.content.unwrap_or_default());
        self.make(path, Some(blob), settings.is_readonly.unwrap_or(false)).await
    }

    /// Makes a directory, and those above it as far as they are missing.
    pub async fn create_directory(&self, path: &FilePath, is_readonly: bool) -> Result<File, FileError> {
        self.make(path, None, is_readonly).await
    }

    async fn make(&self, path: &FilePath, blob: Option<Blob>, is_readonly: bool) -> Result<File, FileError> {
        if path.is_root() {
            return Err(FileError::Exists(path.clone()));
        }
        self.change(&Create { path, blob, is_readonly }).await
    }

    /// Changes a file. One that is read-only is changed only by a request that makes it writable.
    pub async fn update(&self, path: &FilePath, settings: FileSettings) -> Result<File, FileError> {
        if path.is_root() {
            return Err(FileError::IsDirectory(path.clone()));
        }
        let blob = settings.content.map(Blob::new);
        self.change(&Update { path, blob, is_readonly: settings.is_readonly }).await
    }
}

struct Create<'a> {
    path: &'a FilePath,
    blob: Option<Blob>,
    is_readonly: bool,
}

impl Verb for Create<'_> {
    type Answer = File;

    async fn plan(&self, files: &Files, plan: &mut Plan) -> Result<File, FileError> {
        let along = files.along(self.path).await?;
        if along.iter().any(|file| file.path == *self.path) {
            return Err(FileError::Exists(self.path.clone()));
        }
        plan.create_parents(self.path, &along)?;
        plan.blobs = self.blob.iter().cloned().collect();
        Ok(plan.create(self.path.clone(), self.blob.as_ref(), self.is_readonly))
    }
}

struct Update<'a> {
    path: &'a FilePath,
    blob: Option<Blob>,
    is_readonly: Option<bool>,
}

impl Verb for Update<'_> {
    type Answer = File;

    async fn plan(&self, files: &Files, plan: &mut Plan) -> Result<File, FileError> {
        let old = files.entry(self.path).await?;
        if old.is_directory() {
            return Err(FileError::IsDirectory(self.path.clone()));
        }
        if old.is_readonly && self.is_readonly != Some(false) {
            return Err(FileError::ReadOnly(self.path.clone()));
        }
        let mut new = old.clone();
        new.is_readonly = self.is_readonly.unwrap_or(old.is_readonly);
        new.updated_at = plan.at;
        if let Some(blob) = &self.blob {
            new.size = blob.bytes().len() as i64;
            new.hash = Some(blob.hash());
            plan.blobs.push(blob.clone());
        }
        plan.count(0, new.size - old.size);
        plan.steps.push(FileStep::Update(new.clone()));
        Ok(new)
    }
}
