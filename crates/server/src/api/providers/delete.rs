//! `DELETE /providers/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::ProviderId;
use everruns_store::Store;

use super::find_own;
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes a provider with its keys and models. Who named one of them gets `model_unavailable` in the next turn.
#[utoipa::path(delete, path = "/providers/{provider_id}", operation_id = "providers_delete", tag = "providers",
    params(("provider_id" = ProviderId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ProviderId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    find_own(&*app.engine.book(caller.org).await?, id)?;
    let delete = move |store: Arc<Store>| async move { store.delete_provider(caller.org, id).await };
    if app.engine.change_book(caller.org, delete).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::missing("provider"))
    }
}
