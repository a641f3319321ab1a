//! `GET /sessions/{id}/events`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use everruns_core::limits::{EVENTS_PAGE_MAX, EVENTS_WINDOW_DEFAULT, EVENTS_WINDOW_MAX};
use everruns_core::{EventId, ExecId, SessionId, Timestamp, TurnId};
use everruns_engine::{Cursor, Definition, Error, Listing, Wanted};
use everruns_store::EventFilter;

use super::shape::Events;
use super::{Filter, sequence_of};
use crate::api::Id;
use crate::auth::Caller;
use crate::pieces::Pieces;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Events of a session, oldest first unless `order_desc`.
///
/// Without `limit`: all that match. With it: the first ones after a forward cursor (`since_id`, `after_sequence`), else
/// the last ones; `X-Total-Count` tells how many events but deltas the session has. A page before `before_sequence` grows
/// downwards so that it begins with a turn. `q` looks for all of its words in the texts of the events' data.
///
/// A search looks at a bounded part of the log. If it comes to no end, `X-Scan-Complete` is `false` and `X-Next-Cursor` is
/// the parameter with which the same request goes on.
#[utoipa::path(get, path = "/sessions/{session_id}/events", operation_id = "events_list", tag = "events",
    params(("session_id" = SessionId, Path), ("since_id" = Option<EventId>, Query),
        ("after_sequence" = Option<i64>, Query), ("before_sequence" = Option<i64>, Query),
        ("around" = Option<EventId>, Query), ("window" = Option<i64>, Query),
        ("types" = Option<Vec<String>>, Query), ("exclude" = Option<Vec<String>>, Query),
        ("from_ts" = Option<Timestamp>, Query), ("to_ts" = Option<Timestamp>, Query),
        ("turn_id" = Option<TurnId>, Query), ("exec_id" = Option<ExecId>, Query), ("trace_id" = Option<TurnId>, Query),
        ("tags" = Option<Vec<String>>, Query), ("tool_name" = Option<String>, Query), ("q" = Option<String>, Query),
        ("limit" = Option<i64>, Query), ("order_desc" = Option<bool>, Query)),
    responses((status = 200, body = Events), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    query: Query,
) -> Result<Response, Problem> {
    let Filter { types, exclude } = Filter::of(&query)?;
    let mut wanted = Wanted { types, exclude, filter: filter(&query)?, ..Wanted::default() };
    let since: Option<EventId> = query.parsed("since_id")?;
    let around: Option<EventId> = query.parsed("around")?;
    let window = query.number("window", 0, EVENTS_WINDOW_MAX)?.unwrap_or(EVENTS_WINDOW_DEFAULT);
    wanted.after = query.number("after_sequence", 0, i64::MAX)?;
    wanted.before = query.number("before_sequence", 0, i64::MAX)?;
    wanted.exec = query.parsed("exec_id")?;
    wanted.limit = query.number("limit", 1, EVENTS_PAGE_MAX)?;
    wanted.descending = query.flag("order_desc")?;
    if around.is_some() && (since.is_some() || wanted.after.is_some() || wanted.before.is_some()) {
        let remedy = "must not be given together with `since_id`, `after_sequence` or `before_sequence`";
        return Err(Problem::invalid("around", remedy));
    }
    let trace: Option<TurnId> = query.parsed("trace_id")?;
    let contradicts = trace.is_some_and(|trace| wanted.filter.turn.is_some_and(|turn| turn != trace));
    wanted.filter.turn = wanted.filter.turn.or(trace);

    let session = app.engine.session(caller.org, id).await?;
    if let Some(since) = since {
        wanted.after = wanted.after.max(Some(known(&app, &session, "since_id", since).await?));
    }
    if let Some(around) = around {
        wanted.around = Some((known(&app, &session, "around", around).await?, window));
    }
    let row = app.engine.store().session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if wanted.limit.is_some() {
        headers.insert("x-total-count", row.head.event_count.into());
    }
    if contradicts {
        // A turn is its own trace, so no event is of one and in the other.
        return Ok((headers, r#"{"data":[]}"#).into_response());
    }
    let listing = app.engine.list_events(&session, row.head.last_sequence, wanted).await?;
    if let Some(cursor) = listing.unfinished {
        let cursor = match cursor {
            Cursor::After(sequence) => format!("after_sequence={sequence}"),
            Cursor::Before(sequence) => format!("before_sequence={sequence}"),
        };
        headers.insert("x-scan-complete", HeaderValue::from_static("false"));
        let cursor = HeaderValue::try_from(cursor).expect("letters and digits");
        headers.insert("x-next-cursor", cursor);
    }
    let body = Listed { listing, has_events: None, is_whole: false }.into_body().await?;
    Ok((headers, body).into_response())
}

/// What the events must be beside their places and types.
fn filter(query: &Query) -> Result<EventFilter, Problem> {
    // What is shown is cut to milliseconds: an event that bears the time of the bound is not newer.
    let until: Option<Timestamp> = query.parsed("to_ts")?;
    let until = until.map(|until| Timestamp::from_micros(until.as_millis().saturating_mul(1_000).saturating_add(999)));
    Ok(EventFilter {
        turn: query.parsed("turn_id")?,
        step: None,
        from: query.parsed("from_ts")?,
        until,
        tool: query.text("tool_name")?,
        tags: query.texts("tags")?,
        words: query.words("q")?,
    })
}

/// The sequence of an event of this session.
async fn known(app: &App, session: &Definition, field: &str, id: EventId) -> Result<i64, Problem> {
    let sequence = sequence_of(app, session, id).await?;
    sequence.ok_or_else(|| Problem::invalid(field, "names no event of this session"))
}

/// The list on its way.
struct Listed {
    listing: Listing,
    /// Whether an event is in the body; nothing is before the first piece.
    has_events: Option<bool>,
    is_whole: bool,
}

impl Pieces for Listed {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        if self.is_whole {
            return Ok(None);
        }
        let mut out = String::from(if self.has_events.is_none() { r#"{"data":["# } else { "" });
        let has_events = self.has_events.get_or_insert(false);
        match self.listing.next_page().await? {
            Some(events) => {
                out.reserve(events.iter().map(|event| event.bytes()).sum());
                for event in events.iter() {
                    if std::mem::replace(has_events, true) {
                        out.push(',');
                    }
                    event.write_json(&mut out);
                }
            }
            None => {
                self.is_whole = true;
                out.push_str("]}");
            }
        }
        Ok(Some(out))
    }
}
