//! Files of a workspace. The same routes stand below `/sessions/{id}/fs`, for clients of old that know no workspaces.

pub(crate) mod copy;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod download;
pub(crate) mod grep;
pub(crate) mod list;
pub(crate) mod r#move;
pub(crate) mod place;
pub(crate) mod preview;
pub(crate) mod problem;
pub(crate) mod read;
pub(crate) mod stat;
pub(crate) mod update;

use axum::Router;
use axum::routing::{get, post};
use everruns_core::{FilePath, Timestamp, WorkspaceId};
use everruns_engine::files::{FileError, Files, encode};
use everruns_store::File;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::App;

/// The routes below `/sessions/{session_id}/fs`, by the handlers of the workspaces' own.
pub(crate) fn of_session() -> Router<App> {
    let entry = || get(read::read).post(create::create).put(update::update).delete(delete::delete);
    Router::new()
        .route("/sessions/{session_id}/fs", get(list::list))
        .route("/sessions/{session_id}/fs/", entry())
        .route("/sessions/{session_id}/fs/{*path}", entry())
        .route("/sessions/{session_id}/fs/_/move", post(r#move::rename))
        .route("/sessions/{session_id}/fs/_/copy", post(copy::copy))
        .route("/sessions/{session_id}/fs/_/grep", post(grep::grep))
        .route("/sessions/{session_id}/fs/_/stat", post(stat::stat))
        .route("/sessions/{session_id}/fs/_/download/{*path}", get(download::download))
        .route("/sessions/{session_id}/fs/_/preview/{*path}", get(preview::preview))
}

/// The workspaces' routes that clients write with a slash behind, as for the root.
pub(crate) fn of_roots() -> Router<App> {
    let entry = get(read::read).post(create::create).put(update::update).delete(delete::delete);
    Router::new().route("/workspaces/{workspace_id}/fs/", entry)
}

/// What is known of a file or a directory.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileStat {
    /// From the workspace's root, such as `/notes/plan.md`.
    path: String,
    /// The last name of the path.
    name: String,
    is_directory: bool,
    /// Whether it can be neither changed nor deleted.
    is_readonly: bool,
    /// 0 for directories.
    size_bytes: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A file or a directory in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileInfo {
    #[schema(value_type = String, format = "uuid")]
    id: uuid::Uuid,
    /// The workspace's UUID; clients of old expect the session's here.
    #[schema(value_type = String, format = "uuid")]
    session_id: uuid::Uuid,
    #[serde(flatten)]
    stat: FileStat,
}

/// A file with its content.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionFile {
    #[serde(flatten)]
    info: FileInfo,
    /// Null for directories.
    content: Option<String>,
    /// `text`, or `base64` for what is no text.
    encoding: &'static str,
}

fn stat_of(file: &File) -> FileStat {
    FileStat {
        path: file.path.to_string(),
        name: file.path.name().to_owned(),
        is_directory: file.is_directory(),
        is_readonly: file.is_readonly,
        size_bytes: file.size,
        created_at: file.created_at,
        updated_at: file.updated_at,
    }
}

fn info_of(workspace: WorkspaceId, file: &File) -> FileInfo {
    FileInfo { id: workspace.file(file.number), session_id: workspace.0, stat: stat_of(file) }
}

/// A file with its content; if that was changed since the file was found, without.
async fn whole(files: &Files, file: &File) -> Result<SessionFile, FileError> {
    let content = match file.hash {
        Some(hash) => files.content(hash).await?.map(encode),
        None => None,
    };
    let (content, encoding) = content.unzip();
    let encoding = encoding.map_or("text", |encoding| encoding.as_str());
    Ok(SessionFile { info: info_of(files.id(), file), content, encoding })
}

/// The root, which has no entry of its own.
fn root(workspace: &everruns_store::Workspace) -> FileStat {
    FileStat {
        path: FilePath::root().to_string(),
        name: String::new(),
        is_directory: true,
        is_readonly: false,
        size_bytes: 0,
        created_at: workspace.created_at,
        updated_at: workspace.updated_at,
    }
}
