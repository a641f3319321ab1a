//! The web page, which is in the binary: `ui/dist`, built by `npm run build` in `ui/` and committed. It uses the public
//! API as any other client does.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use tower_http::compression::CompressionLayer;

use crate::problem::Problem;
use crate::state::App;

/// The page's own files and data, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/// Names of built files change with their contents.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The start page, its icon and its theme have fixed names: asked for anew each time.
const NOT_KEPT: &str = "no-cache";

/// Below these no page stands: whoever goes astray there is a program.
const PROGRAMS: [&str; 4] = ["/v1/", "/api/", "/assets/", "/docs/"];

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
struct Files;

pub(crate) fn routes() -> Router<App> {
    let named = |name: &'static str| get(move || async move { file(name) });
    Router::new()
        .route("/", named("index.html"))
        .route("/icon.svg", named("icon.svg"))
        .route("/theme.js", named("theme.js"))
        .route("/assets/{*file}", get(|Path(name): Path<String>| async move { file(&format!("assets/{name}")) }))
        .layer(CompressionLayer::new())
}

/// What has no route of its own: a place within the page, if a browser asks for one, else nothing.
pub(crate) async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_read = method == Method::GET || method == Method::HEAD;
    let is_place = !PROGRAMS.iter().any(|begin| uri.path().starts_with(begin));
    if is_read && is_place && accepts.split(',').any(|kind| kind.trim().starts_with("text/html")) {
        return ([(VARY, "accept")], file("index.html")).into_response();
    }
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such route.").into_response()
}

fn file(name: &str) -> Response {
    let Some(file) = Files::get(name) else { return Problem::missing("file").into_response() };
    let kept = if name.starts_with("assets/") { FOR_EVER } else { NOT_KEPT };
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, kept),
    ];
    (headers, [(CONTENT_TYPE, file.metadata.mimetype().to_owned())], file.data).into_response()
}
