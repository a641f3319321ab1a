//! `PUT /workspaces/{id}/fs/{path}`.

use axum::Json;
use everruns_core::WorkspaceId;

use super::create::{FileBody, settings};
use super::place::Place;
use super::{SessionFile, whole};
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};

/// Changes a file's content, or whether it is read-only. A read-only file is changed only by a request that says
/// `"is_readonly": false`.
#[utoipa::path(put, path = "/workspaces/{workspace_id}/fs/{*path}", operation_id = "workspace_files_update",
    tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("path" = String, Path)), request_body = FileBody,
    responses((status = 200, body = SessionFile), (status = 400, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 413, body = ProblemBody)))]
pub(crate) async fn update(Place { files, path }: Place, mut fields: Fields) -> Result<Json<SessionFile>, Problem> {
    let changed = files.update(&path, settings(&mut fields)?).await?;
    Ok(Json(whole(&files, &changed).await?))
}
