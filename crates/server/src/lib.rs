//! The HTTP API: routes, server-sent events, OpenAPI. The same routes stand at `/v1` and at `/api/v1`.

mod agent_file;
mod api;
mod auth;
mod bytes;
mod change;
mod connection;
mod cookie;
mod docs;
mod document;
mod event_socket;
mod fields;
mod guard;
mod json;
mod keys;
mod metrics;
mod named;
mod once;
mod page;
mod partial;
mod pieces;
mod policy;
mod problem;
mod query;
mod rate;
mod room;
mod serve;
mod state;
mod streams;
mod trace;
mod ui;
mod validate;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;

pub use auth::Auth;
pub use keys::hash_of_key;
pub use policy::least_role;
pub use serve::{serve, serve_operator};
pub use state::{App, Limits, Settings};

use document::Document;
use problem::Problem;

/// The OpenAPI document of the server, JSON for people.
pub fn openapi() -> String {
    let mut text = v1().1.to_pretty_json().expect("the OpenAPI document is plain JSON");
    text.push('\n');
    text
}

/// The routes below `/v1`, and what they say of themselves.
fn v1() -> (Router<App>, utoipa::openapi::OpenApi) {
    let router = utoipa_axum::router::OpenApiRouter::with_openapi(Document::openapi());
    let (v1, mut document) = router.nest("/v1", api::routes()).split_for_parts();
    document::complete(&mut document);
    (v1, document)
}

/// Every route of the server.
pub fn router(app: App) -> Router {
    let (v1, document) = v1();
    let document: ::bytes::Bytes = document.to_json().expect("the OpenAPI document is plain JSON").into();
    let once = once::Once::new(app.clone(), v1.clone());
    let v1 = v1
        .layer(middleware::from_fn(change::checked_reason))
        .layer(middleware::from_fn_with_state(once, once::answer_once))
        .layer(middleware::from_fn_with_state(app.clone(), auth::admit))
        .layer(middleware::map_response(auth::for_the_caller_alone));
    let openapi = get(move || async move { ([("content-type", "application/json")], document.clone()) });

    Router::new()
        .merge(v1.clone())
        .nest("/api", v1)
        .route("/health", get(api::health::health))
        .route("/ready", get(api::health::ready))
        .route("/metrics", get(api::metrics::metrics))
        .route("/openapi.json", openapi.clone())
        .route("/api-doc/openapi.json", openapi)
        .merge(docs::routes())
        .merge(ui::routes())
        .fallback(ui::fallback)
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The route does not take this method.")
        })
        .layer(middleware::from_fn_with_state(app.clone(), guard::local_only))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), trace::with_id))
        .with_state(app)
}
