//! `GET /models/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::ModelId;

use super::{ModelRow, find, show};
use crate::api::Id;
use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A model.
#[utoipa::path(get, path = "/models/{model_id}", operation_id = "models_get", tag = "models",
    params(("model_id" = ModelId, Path)),
    responses((status = 200, body = WithUrls<ModelRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ModelId>,
) -> Result<Json<WithUrls<ModelRow>>, Problem> {
    let book = app.engine.book(caller.org).await?;
    let (entry, provider) = find(&book, id)?;
    Ok(Json(show(&app, &book, entry, provider)))
}
