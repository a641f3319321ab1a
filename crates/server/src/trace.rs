//! Request ids: each request has one, in its log lines and in its answer.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use everruns_core::limits::REQUEST_ID_CHARS_MAX;
use tracing::Instrument as _;

use crate::problem::Problem;
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
    let operation = app.policy.operation(request.method(), &route);
    let begun = app.engine.source().now();
    let answer = async {
        let mut response = next.run(request).await;
        let took = app.engine.source().now().as_micros().saturating_sub(begun.as_micros());
        app.metrics.count(operation, response.status(), u64::try_from(took).unwrap_or(0));
        tracing::debug!(status = response.status().as_u16(), "answered");
        if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
            // A layer on the way may have added headers of its own.
            let headers = std::mem::take(response.headers_mut());
            response = problem.answer(Some(&id));
            headers.into_iter().for_each(|(name, value)| {
                if let Some(name) = name.filter(|name| *name != header::CONTENT_LENGTH) {
                    response.headers_mut().insert(name, value);
                }
            });
        }
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    };
    answer.instrument(span.clone()).await
}
