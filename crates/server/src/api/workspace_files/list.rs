//! `GET /workspaces/{id}/fs`.

use axum::Json;
use everruns_core::{FilePath, WorkspaceId};
use everruns_engine::files::Files;

use super::place::Root;
use super::{FileInfo, info_of};
use crate::page::Page;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;

/// What stands at the root of a workspace, or with `recursive=true` everything in it, in the order of paths.
#[utoipa::path(get, path = "/workspaces/{workspace_id}/fs", operation_id = "workspace_files_list",
    tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("recursive" = Option<bool>, Query)),
    responses((status = 200, body = Page<FileInfo>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(Root(files): Root, query: Query) -> Result<Json<Page<FileInfo>>, Problem> {
    files.workspace().await?;
    Ok(Json(page(&files, &FilePath::root(), query.flag("recursive")?).await?))
}

/// The list of a directory.
pub(super) async fn page(files: &Files, path: &FilePath, recursive: bool) -> Result<Page<FileInfo>, Problem> {
    let found = files.list(path, recursive).await?;
    Ok(Page::whole(found.iter().map(|file| info_of(files.id(), file)).collect()))
}
