//! `DELETE /keys/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::{KeyId, Role};

use crate::api::Id;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Takes a key back. It is no good from now on; its entry stays on the list. Who is no admin can take back its own.
#[utoipa::path(delete, path = "/keys/{key_id}", operation_id = "keys_delete", tag = "keys",
    params(("key_id" = KeyId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, Id(id): Id<KeyId>) -> Result<StatusCode, Problem> {
    let (is_admin, at) = (caller.role >= Role::Admin, app.engine.source().now());
    let is_revoked = app.engine.store().revoke_key(caller.org, caller.principal, is_admin, id, at).await?;
    app.keys.forget();
    if !is_revoked {
        return Err(Problem::missing("key"));
    }
    tracing::info!(key = %id, by = %caller.principal, "a key was revoked");
    Ok(StatusCode::NO_CONTENT)
}
