//! `POST /workspaces/{id}/fs/_/stat`.

use axum::Json;
use everruns_core::WorkspaceId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::r#move::path;
use super::place::Root;
use super::{FileStat, root, stat_of};
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};

/// What to look at.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct What {
    path: String,
}

/// What is known of a file or a directory, without its content.
#[utoipa::path(post, path = "/workspaces/{workspace_id}/fs/_/stat", operation_id = "workspace_files_stat",
    tag = "workspace files", params(("workspace_id" = WorkspaceId, Path)), request_body = What,
    responses((status = 200, body = FileStat), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn stat(Root(files): Root, mut fields: Fields) -> Result<Json<FileStat>, Problem> {
    let path = path(&mut fields, "path")?;
    Ok(Json(match files.at(&path).await? {
        Some(file) => stat_of(&file),
        None => root(&files.workspace().await?),
    }))
}
