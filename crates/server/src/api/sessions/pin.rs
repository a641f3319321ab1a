//! `PUT` and `DELETE /sessions/{id}/pin`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::SessionId;

use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Pins a session for the caller.
#[utoipa::path(put, path = "/sessions/{session_id}/pin", operation_id = "sessions_pin", tag = "sessions",
    params(("session_id" = SessionId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn pin(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    set(&app, caller, id, true).await
}

/// Takes the caller's pin away.
#[utoipa::path(delete, path = "/sessions/{session_id}/pin", operation_id = "sessions_unpin", tag = "sessions",
    params(("session_id" = SessionId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn unpin(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    set(&app, caller, id, false).await
}

async fn set(app: &App, caller: Caller, id: SessionId, pinned: bool) -> Result<StatusCode, Problem> {
    let session = app.engine.session(caller.org, id).await?;
    app.engine.store().pin_session(caller.principal, session.key, pinned).await?;
    Ok(StatusCode::NO_CONTENT)
}
