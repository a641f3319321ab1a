//! `GET /workspaces/{id}/fs/_/preview/{path}`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use everruns_core::WorkspaceId;

use super::place::Place;
use crate::bytes;
use crate::problem::{Problem, ProblemBody};

/// What a page that an agent wrote may do in a browser: nothing but be looked at. In particular it is of no origin, so
/// it cannot call this server with the reader's rights.
const SANDBOX: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; \
     form-action 'none'",
);

/// An HTML file as a page to look at, without scripts and without access to anything.
#[utoipa::path(get, path = "/workspaces/{workspace_id}/fs/_/preview/{*path}",
    operation_id = "workspace_files_preview", tag = "workspace files",
    params(("workspace_id" = WorkspaceId, Path), ("path" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String), (status = 304),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody), (status = 415, body = ProblemBody)))]
pub(crate) async fn preview(Place { files, path }: Place, headers: HeaderMap) -> Result<Response, Problem> {
    let file = files.at(&path).await?;
    let name = path.name().to_ascii_lowercase();
    let is_html = name.ends_with(".html") || name.ends_with(".htm");
    let Some((file, hash)) = file.and_then(|file| file.hash.map(|hash| (file, hash))).filter(|_| is_html) else {
        let detail = "Only HTML files can be previewed; read or download this one.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = bytes::answer(&headers, files.contents(), hash, file.size, kind);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    Ok(response)
}
