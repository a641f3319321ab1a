//! Contents as they are: sent part by part, so that a large one takes no memory, and not again to who has it already.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use everruns_engine::files::{FileError, Files};
use everruns_store::BlobHash;
use futures::stream;

/// The content itself, or 304 if the caller has it. It is what the type says, and a browser runs nothing of it.
pub(crate) fn answer(asked: &HeaderMap, files: Files, hash: BlobHash, size: i64, kind: HeaderValue) -> Response {
    let tag = format!("\"{hash}\"");
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from_stream(parts(files, hash)));
        response.headers_mut().insert(header::CONTENT_LENGTH, size.into());
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// The parts of a content. If it is deleted in between, what was announced is not sent whole, and the caller notices.
fn parts(files: Files, hash: BlobHash) -> impl futures::Stream<Item = Result<::bytes::Bytes, FileError>> {
    stream::try_unfold((files, 0), move |(files, part)| async move {
        let bytes = files.part(hash, part).await?;
        Ok(bytes.map(|bytes| (bytes.into(), (files, part + 1))))
    })
}
