//! `DELETE /sessions/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::SessionId;

use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes a session with its events, and its files if no other session uses them; a running turn stops.
#[utoipa::path(delete, path = "/sessions/{session_id}", operation_id = "sessions_delete", tag = "sessions",
    params(("session_id" = SessionId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    app.engine.delete_session(caller.org, id).await?;
    app.engine.sweep_blobs();
    Ok(StatusCode::NO_CONTENT)
}
