//! `GET /providers/{id}/models`.

use axum::Json;
use axum::extract::State;
use everruns_core::ProviderId;

use super::{ModelRow, show};
use crate::api::{Id, providers};
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The models of one provider, oldest first.
#[utoipa::path(get, path = "/providers/{provider_id}/models", operation_id = "models_list_of_provider", tag = "models",
    params(("provider_id" = ProviderId, Path)),
    responses((status = 200, body = Page<WithUrls<ModelRow>>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list_of_provider(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ProviderId>,
) -> Result<Json<Page<WithUrls<ModelRow>>>, Problem> {
    let book = app.engine.book(caller.org).await?;
    let provider = providers::find(&book, id)?;
    let own = book.entries.iter().filter(|entry| entry.model.provider_id == id);
    Ok(Json(Page::whole(own.map(|entry| show(&app, &book, entry, provider)).collect())))
}
