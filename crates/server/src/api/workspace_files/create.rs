//! `POST /workspaces/{id}/fs/{path}`.

use axum::Json;
use axum::http::StatusCode;
use everruns_core::WorkspaceId;
use everruns_engine::files::{FileSettings, decode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::place::Place;
use super::{SessionFile, problem, whole};
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};

/// What a file holds.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct FileBody {
    content: Option<String>,
    /// `text` (the default) or `base64`.
    encoding: Option<String>,
    is_readonly: Option<bool>,
    /// Makes a directory instead of a file.
    is_directory: Option<bool>,
}

/// Makes a file or a directory, and the directories above it as far as they are missing.
#[utoipa::path(post, path = "/workspaces/{workspace_id}/fs/{*path}", operation_id = "workspace_files_create",
    tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("path" = String, Path)), request_body = FileBody,
    responses((status = 201, body = SessionFile), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody)))]
pub(crate) async fn create(
    Place { files, path }: Place,
    mut fields: Fields,
) -> Result<(StatusCode, Json<SessionFile>), Problem> {
    let is_directory = fields.optional("is_directory")?.unwrap_or(false);
    let settings = settings(&mut fields)?;
    let made = if is_directory {
        files.create_directory(&path, settings.is_readonly.unwrap_or(false)).await?
    } else {
        files.create(&path, settings).await?
    };
    Ok((StatusCode::CREATED, Json(whole(&files, &made).await?)))
}

/// What a body says about a file.
pub(super) fn settings(fields: &mut Fields) -> Result<FileSettings, Problem> {
    let (content, encoding): (Option<String>, Option<String>) =
        (fields.optional("content")?, fields.optional("encoding")?);
    // An encoding that nobody knows is wrong without a content too.
    let content = match content {
        Some(content) => Some(decode(content, encoding.as_deref())),
        None => decode(String::new(), encoding.as_deref()).map(|_| None).transpose(),
    };
    let content = content.transpose().map_err(|error| problem::of_content(error, "content", "encoding"))?;
    Ok(FileSettings { content, is_readonly: fields.optional("is_readonly")? })
}
