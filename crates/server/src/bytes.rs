//! Contents as they are: sent part by part, so that a large one takes no memory, and not again to who has it already.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use everruns_engine::Contents;
use everruns_store::{BlobHash, Error};
use futures::stream;

/// The content itself, or 304 if the caller has it. It is what the type says, and a browser runs nothing of it.
pub(crate) fn answer(asked: &HeaderMap, from: Contents, hash: BlobHash, size: i64, kind: HeaderValue) -> Response {
    let content = Known { tag: format!("\"{hash}\""), kind };
    if content.is_with(asked) {
        return content.not_modified();
    }
    let mut response = content.answer(Body::from_stream(parts(from, hash)));
    response.headers_mut().insert(header::CONTENT_LENGTH, size.into());
    response
}

/// A content that never changes under its tag.
pub(crate) struct Known {
    /// As in `ETag`, with its quotes.
    pub(crate) tag: String,
    /// The content type.
    pub(crate) kind: HeaderValue,
}

impl Known {
    /// Whether the caller says that it has the content.
    pub(crate) fn is_with(&self, asked: &HeaderMap) -> bool {
        let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        known.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == self.tag))
    }

    /// The answer to who has it.
    pub(crate) fn not_modified(self) -> Response {
        let mut response = self.answer(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    }

    /// The answer to who has it not.
    pub(crate) fn answer(self, body: Body) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.kind);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// The parts of a content. If it is deleted in between, what was announced is not sent whole, and the caller notices.
fn parts(from: Contents, hash: BlobHash) -> impl futures::Stream<Item = Result<::bytes::Bytes, Error>> {
    stream::try_unfold((from, 0), move |(from, part)| async move {
        let bytes = from.part(hash, part).await?;
        Ok(bytes.map(|bytes| (bytes.into(), (from, part + 1))))
    })
}
