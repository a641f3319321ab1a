//! `GET /sessions/stats`.

use axum::Json;
use axum::extract::State;
use everruns_core::session::SessionStatus;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// How many sessions do what right now.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct SessionStats {
    /// All of them.
    total: i64,
    /// A turn runs.
    active: i64,
    /// The last turn ended.
    idle: i64,
    /// No turn yet.
    started: i64,
    /// A turn waits for a client.
    waiting_for_tool_results: i64,
}

/// Counts the organization's sessions.
#[utoipa::path(get, path = "/sessions/stats", operation_id = "sessions_stats", tag = "sessions",
    responses((status = 200, body = SessionStats)))]
pub(crate) async fn stats(State(app): State<App>, caller: Caller) -> Result<Json<SessionStats>, Problem> {
    let mut stats = SessionStats::default();
    for (status, count) in app.engine.store().session_statuses(caller.org).await? {
        stats.total += count;
        let place = match status {
            SessionStatus::Active => &mut stats.active,
            SessionStatus::Idle => &mut stats.idle,
            SessionStatus::Started => &mut stats.started,
            SessionStatus::WaitingForToolResults => &mut stats.waiting_for_tool_results,
        };
        *place += count;
    }
    Ok(Json(stats))
}
