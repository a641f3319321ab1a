//! `GET /providers`.

use axum::Json;
use axum::extract::State;
use everruns_core::model::Provider;

use super::show;
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::Problem;
use crate::state::App;

/// Providers, oldest first, the built-in one last.
#[utoipa::path(get, path = "/providers", operation_id = "providers_list", tag = "providers",
    responses((status = 200, body = Page<WithUrls<Provider>>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<WithUrls<Provider>>>, Problem> {
    let book = app.engine.book(caller.org).await?;
    Ok(Json(Page::whole(book.providers.iter().map(|provider| show(&app, provider)).collect())))
}
