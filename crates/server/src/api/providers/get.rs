//! `GET /providers/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::ProviderId;
use everruns_core::model::Provider;

use super::{find, show};
use crate::api::Id;
use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A provider. Its keys are not shown.
#[utoipa::path(get, path = "/providers/{provider_id}", operation_id = "providers_get", tag = "providers",
    params(("provider_id" = ProviderId, Path)),
    responses((status = 200, body = WithUrls<Provider>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ProviderId>,
) -> Result<Json<WithUrls<Provider>>, Problem> {
    let book = app.engine.book(caller.org).await?;
    Ok(Json(show(&app, find(&book, id)?)))
}
