//! `GET /sessions/{id}/storage/secrets`.

use axum::Json;
use axum::extract::State;
use everruns_core::{SessionId, Timestamp};
use everruns_store::SESSION_SECRETS;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::auth::Caller;
use crate::page::Page;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A secret, without what it holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretInfo {
    /// Its name.
    name: String,
    /// When it was first set.
    created_at: Timestamp,
    /// When it was last set.
    updated_at: Timestamp,
}

/// The secrets of a session, by name: names and times alone.
#[utoipa::path(get, path = "/sessions/{session_id}/storage/secrets", operation_id = "storage_secrets", tag = "storage",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Page<SecretInfo>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn secrets(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<Json<Page<SecretInfo>>, Problem> {
    app.engine.session(caller.org, id).await?;
    let rows = app.engine.store().secrets(caller.org, SESSION_SECRETS, &id.to_string()).await?;
    let info = |row: everruns_store::SecretRow| SecretInfo {
        name: row.name,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    Ok(Json(Page::whole(rows.into_iter().map(info).collect())))
}
