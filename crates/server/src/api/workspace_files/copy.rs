//! `POST /workspaces/{id}/fs/_/copy`.

use axum::Json;
use axum::http::StatusCode;
use everruns_core::WorkspaceId;

use super::r#move::{Way, way};
use super::place::Root;
use super::{SessionFile, whole};
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};

/// Copies a file, or a directory with everything in it. Nothing may be at the new place; the directories above it are
/// made. Copies of read-only files can be changed.
#[utoipa::path(post, path = "/workspaces/{workspace_id}/fs/_/copy", operation_id = "workspace_files_copy",
    tag = "workspace files", params(("workspace_id" = WorkspaceId, Path)), request_body = Way,
    responses((status = 201, body = SessionFile), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody)))]
pub(crate) async fn copy(Root(files): Root, mut fields: Fields) -> Result<(StatusCode, Json<SessionFile>), Problem> {
    let (from, to) = way(&mut fields)?;
    let made = files.copy(&from, &to).await?;
    Ok((StatusCode::CREATED, Json(whole(&files, &made).await?)))
}
