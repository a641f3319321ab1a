//! `GET /workspaces/{id}/fs/_/download/{path}`.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use everruns_core::WorkspaceId;
use everruns_engine::files::FileError;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::place::Place;
use crate::bytes;
use crate::problem::{Problem, ProblemBody};

/// The bytes of a file, to be saved: a browser is told not to show them.
#[utoipa::path(get, path = "/workspaces/{workspace_id}/fs/_/download/{*path}",
    operation_id = "workspace_files_download", tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("path" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = [u8]), (status = 304),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn download(Place { files, path }: Place, headers: HeaderMap) -> Result<Response, Problem> {
    let file = files.at(&path).await?;
    let file = file.ok_or_else(|| FileError::IsDirectory(path.clone()))?;
    let hash = file.hash.ok_or_else(|| FileError::IsDirectory(path.clone()))?;
    let kind = HeaderValue::from_static(kind_of(path.name()));
    let mut response = bytes::answer(&headers, files.contents(), hash, file.size, kind);
    let name = utf8_percent_encode(path.name(), NON_ALPHANUMERIC);
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// The content type that a name lets expect.
fn kind_of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "css" => "text/css; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "gif" => "image/gif",
        "gz" => "application/gzip",
        "htm" | "html" => "text/html; charset=utf-8",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "md" => "text/markdown; charset=utf-8",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" | "log" | "py" | "rs" | "sh" | "toml" | "ts" => "text/plain; charset=utf-8",
        "webp" => "image/webp",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
