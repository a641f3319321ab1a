//! `DELETE /workspaces/{id}/fs/{path}`.

use axum::Json;
use everruns_core::WorkspaceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::place::Place;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;

/// What a delete did.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// Whether there was something.
    deleted: bool,
}

/// Deletes a file, an empty directory, or with `recursive=true` a directory with everything in it.
#[utoipa::path(delete, path = "/workspaces/{workspace_id}/fs/{*path}", operation_id = "workspace_files_delete",
    tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("path" = String, Path), ("recursive" = Option<bool>, Query)),
    responses((status = 200, body = Deleted), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn delete(Place { files, path }: Place, query: Query, _: Ignored) -> Result<Json<Deleted>, Problem> {
    if path.is_root() {
        return Err(Problem::invalid("path", "must not be the root; delete what is in it, or the workspace"));
    }
    Ok(Json(Deleted { deleted: files.delete(&path, query.flag("recursive")?).await? }))
}
