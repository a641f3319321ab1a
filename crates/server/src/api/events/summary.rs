//! `GET /sessions/{id}/events/summary`.

use axum::Json;
use axum::extract::State;
use everruns_core::{SessionId, Timestamp};
use everruns_store::{EventQuery, TypeCounts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A session's log in numbers.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventsSummary {
    /// Events.
    total: i64,
    /// Events of each type, by its name.
    by_type: Vec<TypeCount>,
    /// When the first one was written.
    first_ts: Option<Timestamp>,
    /// When the last one was written.
    last_ts: Option<Timestamp>,
    /// Turns that started.
    turn_count: i64,
    /// Events that tell of a failure.
    error_count: i64,
}

/// Events of one type.
#[derive(Serialize, ToSchema)]
pub(crate) struct TypeCount {
    /// The type.
    event_type: String,
    /// How many.
    count: i64,
}

/// How many events of which types a session has. A log is counted once: the next summary counts on from there.
#[utoipa::path(get, path = "/sessions/{session_id}/events/summary", operation_id = "events_summary", tag = "events",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = EventsSummary), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn summary(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<Json<EventsSummary>, Problem> {
    let store = app.engine.store();
    let row = store.session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let last = row.head.last_sequence;
    let counts = store.count_all_events(&(&row.head).into(), last).await?;
    let time_of = async |sequence: i64| {
        let query = EventQuery { after: sequence - 1, limit: Some(1), ..EventQuery::all(&row.head) };
        Ok::<_, Problem>(store.events(&query).await?.first().map(|event| event.at))
    };
    Ok(Json(EventsSummary {
        total: counts.values().sum(),
        first_ts: time_of(1).await?,
        last_ts: time_of(last).await?,
        turn_count: counts.get("turn.started").copied().unwrap_or(0),
        error_count: errors(&counts),
        by_type: counts.into_iter().map(|(event_type, count)| TypeCount { event_type, count }).collect(),
    }))
}

fn errors(counts: &TypeCounts) -> i64 {
    let is_error = |name: &str| name.ends_with(".failed") || name.ends_with(".error");
    counts.iter().filter(|(name, _)| is_error(name)).map(|(_, count)| count).sum()
}
