//! `GET /workspaces/{id}/fs/{path}`.

use axum::Json;
use everruns_core::WorkspaceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::place::Place;
use super::{FileInfo, SessionFile, list, whole};
use crate::page::Page;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;

/// What is at a path: a file with its content, or the list of a directory.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FileOrDirectory {
    /// A file.
    File(Box<SessionFile>),
    /// A directory.
    Directory(Page<FileInfo>),
}

/// A file with its content, or what a directory holds, with `recursive=true` everything below it.
#[utoipa::path(get, path = "/workspaces/{workspace_id}/fs/{*path}", operation_id = "workspace_files_read",
    tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("path" = String, Path), ("recursive" = Option<bool>, Query)),
    responses((status = 200, body = FileOrDirectory), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn read(Place { files, path }: Place, query: Query) -> Result<Json<FileOrDirectory>, Problem> {
    let recursive = query.flag("recursive")?;
    Ok(Json(match files.at(&path).await? {
        Some(file) if !file.is_directory() => FileOrDirectory::File(Box::new(whole(&files, &file).await?)),
        _ => FileOrDirectory::Directory(list::page(&files, &path, recursive).await?),
    }))
}
