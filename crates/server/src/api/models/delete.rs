//! `DELETE /models/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::ModelId;
use everruns_store::Store;

use super::find;
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Takes a model out of the list. Who named it gets `model_unavailable` in the next turn.
#[utoipa::path(delete, path = "/models/{model_id}", operation_id = "models_delete", tag = "models",
    params(("model_id" = ModelId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ModelId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    let book = app.engine.book(caller.org).await?;
    if find(&book, id)?.1.is_built_in {
        return Err(Problem::conflict("The model is built in; switch it off with `PATCH` and `\"enabled\": false`."));
    }
    let delete = move |store: Arc<Store>| async move { store.delete_model(caller.org, id).await };
    if app.engine.change_book(caller.org, delete).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::missing("model"))
    }
}
