//! `POST /sessions/{id}/cancel`.

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_engine::{Cancel, Cancelled};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::api::messages::beside::expected_sequence;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// How a turn shall be stopped.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct CancelSpec {
    /// Why, for the event that tells of it.
    reason: Option<String>,
    /// The last event that the caller knows of: if the session has another one, nothing is stopped.
    #[schema(minimum = 0)]
    expected_sequence: Option<i64>,
}

/// What a cancel did.
#[derive(Serialize, ToSchema)]
pub(crate) struct CancelAnswer {
    /// `cancelled` or `no_op`.
    status: &'static str,
    /// The same for people.
    message: &'static str,
}

/// Stops the running turn. When this answers, the turn is over; if messages are queued, the next one's turn begins. The
/// body may name a `reason`, and with `expected_sequence` the last event that the session must have.
#[utoipa::path(post, path = "/sessions/{session_id}/cancel", operation_id = "sessions_cancel", tag = "sessions",
    params(("session_id" = SessionId, Path)), request_body = Option<CancelSpec>,
    responses((status = 200, body = CancelAnswer), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    mut fields: Fields,
) -> Result<Json<CancelAnswer>, Problem> {
    let how = Cancel { reason: fields.optional("reason")?, expected_sequence: expected_sequence(&mut fields)? };
    validate::title("reason", how.reason.as_deref())?;
    Ok(Json(match app.engine.cancel(caller.org, id, how).await? {
        Cancelled::Turn => CancelAnswer { status: "cancelled", message: "The turn was cancelled" },
        Cancelled::Nothing => CancelAnswer { status: "no_op", message: "No turn is running" },
    }))
}
