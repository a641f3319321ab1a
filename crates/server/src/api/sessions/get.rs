//! `GET /sessions/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_core::session::Session;

use super::show_one;
use crate::api::Id;
use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A session.
#[utoipa::path(get, path = "/sessions/{session_id}", operation_id = "sessions_get", tag = "sessions",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = WithUrls<Session>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<Json<WithUrls<Session>>, Problem> {
    let row = app.engine.store().session_by_id(caller.org, id).await?;
    let row = row.ok_or_else(|| Problem::missing("session"))?;
    Ok(Json(show_one(&app, caller, &row).await?))
}
