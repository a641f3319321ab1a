//! `GET /sessions/{id}/storage/keys`.

use axum::Json;
use axum::extract::State;
use everruns_core::{SessionId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::auth::Caller;
use crate::page::Page;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A value that the agent keeps.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyInfo {
    /// Its name.
    key: String,
    /// The value.
    value: String,
    /// When it was first set.
    created_at: Timestamp,
    /// When it was last set.
    updated_at: Timestamp,
}

/// What the agent keeps in its session, by key.
#[utoipa::path(get, path = "/sessions/{session_id}/storage/keys", operation_id = "storage_keys", tag = "storage",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Page<KeyInfo>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn keys(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<Json<Page<KeyInfo>>, Problem> {
    app.engine.session(caller.org, id).await?;
    let values = app.engine.store().session_values(caller.org, id).await?;
    let info = |value: everruns_store::StoredValue| KeyInfo {
        key: value.key,
        value: value.value,
        created_at: value.created_at,
        updated_at: value.updated_at,
    };
    Ok(Json(Page::whole(values.into_iter().map(info).collect())))
}
