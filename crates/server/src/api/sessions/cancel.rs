//! `POST /sessions/{id}/cancel`.

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_engine::Cancelled;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What a cancel did.
#[derive(Serialize, ToSchema)]
pub(crate) struct CancelAnswer {
    /// `cancelled` or `no_op`.
    status: &'static str,
    /// The same for people.
    message: &'static str,
}

/// Stops the running turn. When this answers, the turn is over.
#[utoipa::path(post, path = "/sessions/{session_id}/cancel", operation_id = "sessions_cancel", tag = "sessions",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = CancelAnswer), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    _: Ignored,
) -> Result<Json<CancelAnswer>, Problem> {
    Ok(Json(match app.engine.cancel(caller.org, id, None).await? {
        Cancelled::Turn => CancelAnswer { status: "cancelled", message: "The turn was cancelled" },
        Cancelled::Nothing => CancelAnswer { status: "no_op", message: "No turn is running" },
    }))
}
