//! `POST /workspaces/{id}/fs/_/move`.

use axum::Json;
use everruns_core::{FilePath, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::place::Root;
use super::{SessionFile, whole};
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};

/// From where to where.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct Way {
    src_path: String,
    dst_path: String,
}

/// Moves a file or a directory. Nothing may be at the new place; the directories above it are made.
#[utoipa::path(post, path = "/workspaces/{workspace_id}/fs/_/move", operation_id = "workspace_files_move",
    tag = "workspace files", params(("workspace_id" = WorkspaceId, Path)), request_body = Way,
    responses((status = 200, body = SessionFile), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn rename(Root(files): Root, mut fields: Fields) -> Result<Json<SessionFile>, Problem> {
    let (from, to) = way(&mut fields)?;
    let moved = files.rename(&from, &to).await?;
    Ok(Json(whole(&files, &moved).await?))
}

/// `src_path` and `dst_path`.
pub(super) fn way(fields: &mut Fields) -> Result<(FilePath, FilePath), Problem> {
    let from = path(fields, "src_path")?;
    if from.is_root() {
        return Err(Problem::invalid("src_path", "must not be the root"));
    }
    Ok((from, path(fields, "dst_path")?))
}

/// A path in a body, as it is: nothing in it is decoded.
pub(super) fn path(fields: &mut Fields, name: &str) -> Result<FilePath, Problem> {
    FilePath::parse(&fields.required::<String>(name)?).map_err(|error| Problem::invalid(name, error))
}
