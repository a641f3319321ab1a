//! `/v1/workspaces/{id}/fs`: files of a workspace. Paths start at its root, with or without a slash.

use everruns_core::{Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::Call;
use crate::{Client, Error, Seen};

/// The files of workspaces.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a>(pub(crate) &'a Client);

/// A file or directory. What was read has a content, what was listed has none.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct File {
    /// Its path from the root, with a leading slash.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// Whether it holds others.
    pub is_directory: bool,
    /// Whether the agent may not change it.
    #[serde(default)]
    pub is_readonly: bool,
    /// Bytes.
    pub size_bytes: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// The content, in `encoding`.
    pub content: Option<String>,
    /// `text` or `base64`.
    pub encoding: Option<String>,
}

/// A content to write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Content {
    /// The content, in `encoding`.
    pub content: String,
    /// `text` or `base64`.
    pub encoding: &'static str,
}

impl Content {
    /// A text.
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), encoding: "text" }
    }

    /// Any bytes, given in base64.
    pub fn base64(content: impl Into<String>) -> Self {
        Self { content: content.into(), encoding: "base64" }
    }
}

/// What was found in one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileMatches {
    /// The file.
    pub path: String,
    /// Its lines.
    pub matches: Vec<LineMatch>,
}

/// A line that was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LineMatch {
    /// Which line, from 1.
    pub line_number: u64,
    /// Its text.
    pub line: String,
}

#[derive(Deserialize)]
struct Deleted {
    deleted: bool,
}

impl Files<'_> {
    /// The files of a directory, or of everything below it. `/` is the root.
    pub async fn list(
        &self,
        workspace: WorkspaceId,
        directory: &str,
        is_recursive: bool,
    ) -> Result<Vec<Seen<File>>, Error> {
        self.call(reqwest::Method::GET, workspace, &[], directory).flag("recursive", is_recursive).items().await
    }

    /// The file with its content: text, or base64 where it is none.
    pub async fn read(&self, workspace: WorkspaceId, path: &str) -> Result<Seen<File>, Error> {
        self.call(reqwest::Method::GET, workspace, &[], path).answer().await
    }

    /// The file's bytes.
    pub async fn download(&self, workspace: WorkspaceId, path: &str) -> Result<Vec<u8>, Error> {
        self.call(reqwest::Method::GET, workspace, &["_", "download"], path).bytes().await
    }

    /// Makes a file; 409 if there is one.
    pub async fn create(&self, workspace: WorkspaceId, path: &str, content: &Content) -> Result<Seen<File>, Error> {
        self.call(reqwest::Method::POST, workspace, &[], path).json(content).answer().await
    }

    /// Makes a directory; 409 if there is something.
    pub async fn create_directory(&self, workspace: WorkspaceId, path: &str) -> Result<Seen<File>, Error> {
        let call = self.call(reqwest::Method::POST, workspace, &[], path);
        call.json(&json!({ "is_directory": true })).answer().await
    }

    /// Writes a file that is there; 404 if it is not.
    pub async fn update(&self, workspace: WorkspaceId, path: &str, content: &Content) -> Result<Seen<File>, Error> {
        self.call(reqwest::Method::PUT, workspace, &[], path).json(content).answer().await
    }

    /// Deletes a file, or a directory with what is in it. Says whether there was one.
    pub async fn delete(&self, workspace: WorkspaceId, path: &str, is_recursive: bool) -> Result<bool, Error> {
        let call = self.call(reqwest::Method::DELETE, workspace, &[], path).flag("recursive", is_recursive);
        let answer: Deleted = call.answer().await?;
        Ok(answer.deleted)
    }

    /// Gives a file another path; 409 if there is something.
    pub async fn move_to(&self, workspace: WorkspaceId, from: &str, to: &str) -> Result<Seen<File>, Error> {
        let body = json!({ "src_path": from, "dst_path": to });
        self.call(reqwest::Method::POST, workspace, &["_", "move"], "").json(&body).answer().await
    }

    /// Makes a copy of a file; 409 if there is something.
    pub async fn copy_to(&self, workspace: WorkspaceId, from: &str, to: &str) -> Result<Seen<File>, Error> {
        let body = json!({ "src_path": from, "dst_path": to });
        self.call(reqwest::Method::POST, workspace, &["_", "copy"], "").json(&body).answer().await
    }

    /// Lines that a regular expression matches, in the files whose paths fit `path_pattern` (`*.md`).
    pub async fn grep(
        &self,
        workspace: WorkspaceId,
        pattern: &str,
        path_pattern: Option<&str>,
    ) -> Result<Vec<Seen<FileMatches>>, Error> {
        let mut body = json!({ "pattern": pattern });
        if let Some(path_pattern) = path_pattern {
            body["path_pattern"] = path_pattern.into();
        }
        self.call(reqwest::Method::POST, workspace, &["_", "grep"], "").json(&body).items().await
    }

    /// What is at a path, without its content; 404 if there is nothing.
    pub async fn stat(&self, workspace: WorkspaceId, path: &str) -> Result<Seen<File>, Error> {
        let body = json!({ "path": path });
        self.call(reqwest::Method::POST, workspace, &["_", "stat"], "").json(&body).answer().await
    }

    fn call(&self, method: reqwest::Method, workspace: WorkspaceId, action: &[&str], path: &str) -> Call<'_> {
        let workspace = workspace.to_string();
        let mut segments = vec!["workspaces", workspace.as_str(), "fs"];
        segments.extend(action);
        segments.extend(path.split('/').filter(|segment| !segment.is_empty()));
        self.0.call(method, &segments)
    }
}
