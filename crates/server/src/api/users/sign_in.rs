//! `POST /users/me/sign-in` and `POST /users/me/sign-out`: the way of a person's key into a browser, and out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::auth::{Caller, secret};
use crate::cookie;
use crate::fields::Ignored;
use crate::problem::Problem;
use crate::state::App;

/// Has the browser keep the key of this request, in a cookie that no script can read, until it is closed. The requests of
/// this server's own pages count as sent with it.
#[utoipa::path(post, path = "/users/me/sign-in", operation_id = "users_sign_in", tag = "users",
    responses((status = 204, description = "The cookie is set.")))]
pub(crate) async fn sign_in(State(app): State<App>, _: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    let key = secret(&headers).or_else(|| cookie::key(&headers));
    let key = key.ok_or_else(|| Problem::invalid("Authorization", "must hold the key that shall be kept"))?;
    Ok(answer(&app, Some(key)))
}

/// Has the browser forget the key.
#[utoipa::path(post, path = "/users/me/sign-out", operation_id = "users_sign_out", tag = "users",
    responses((status = 204, description = "The cookie is gone.")))]
pub(crate) async fn sign_out(State(app): State<App>, _: Caller, _: Ignored) -> Response {
    answer(&app, None)
}

fn answer(app: &App, key: Option<&str>) -> Response {
    match cookie::set(key, &app.settings.public_url) {
        Some(cookie) => (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response(),
        None => Problem::invalid("Authorization", "holds a key that no cookie can hold").into_response(),
    }
}
