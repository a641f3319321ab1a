//! Request ids: each request has one, in its log lines and in its answer.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use everruns_core::limits::REQUEST_ID_CHARS_MAX;
use tracing::Instrument as _;

use crate::state::App;

const HEADER: &str = "x-request-id";

/// Runs a request under its id: the caller's own, if it is short and plain, else a new one.
pub(crate) async fn with_id(State(app): State<App>, request: Request, next: Next) -> Response {
    let given = request.headers().get(HEADER).and_then(|id| id.to_str().ok());
    let plain =
        |id: &&str| !id.is_empty() && id.len() <= REQUEST_ID_CHARS_MAX && id.bytes().all(|b| b.is_ascii_graphic());
    let id = match given.filter(plain) {
        Some(id) => id.to_owned(),
        None => app.engine.source().uuid().simple().to_string(),
    };
    // The route and not the path: ids stand in the path, and whatever a caller puts there.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, method = %request.method(), route);
    let answer = async {
        let mut response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), "answered");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    };
    answer.instrument(span.clone()).await
}
