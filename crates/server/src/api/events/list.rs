//! `GET /sessions/{id}/events`.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use everruns_core::limits::{EVENTS_PAGE_MAX, EVENTS_READ_BATCH};
use everruns_core::{EventId, SessionId};
use everruns_engine::Shown;
use everruns_store::EventQuery;
use futures::stream;

use super::{Filter, sequence_of};
use crate::api::Id;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Events of a session, oldest first unless `order_desc`.
///
/// Without `limit`: all that match. With it: the first ones after a forward cursor (`since_id`, `after_sequence`), else
/// the last ones; `X-Total-Count` tells how many events but deltas the session has.
#[utoipa::path(get, path = "/sessions/{session_id}/events", operation_id = "events_list", tag = "events",
    params(("session_id" = SessionId, Path), ("since_id" = Option<EventId>, Query),
        ("after_sequence" = Option<i64>, Query), ("before_sequence" = Option<i64>, Query),
        ("types" = Option<Vec<String>>, Query), ("exclude" = Option<Vec<String>>, Query),
        ("limit" = Option<i64>, Query), ("order_desc" = Option<bool>, Query)),
    responses((status = 200, body = serde_json::Value), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    query: Query,
) -> Result<Response, Problem> {
    let Filter { types, exclude } = Filter::of(&query)?;
    let since: Option<EventId> = query.parsed("since_id")?;
    let after = query.number("after_sequence", 0, i64::MAX)?;
    let before = query.number("before_sequence", 0, i64::MAX)?;
    let limit = query.number("limit", 1, EVENTS_PAGE_MAX)?;
    let descending = query.flag("order_desc")?;
    let session = app.engine.session(caller.org, id).await?;
    let since = match since {
        Some(since) => {
            let unknown = || Problem::invalid("since_id", "names no event of this session");
            Some(sequence_of(&app, &session, since).await?.ok_or_else(unknown)?)
        }
        None => None,
    };
    let forward = since.max(after);
    let mut wanted = EventQuery { after: forward.unwrap_or(0), before, types, exclude, ..EventQuery::all(session.key) };

    let Some(limit) = limit else {
        wanted.descending = descending;
        wanted.limit = Some(EVENTS_READ_BATCH);
        let batches =
            stream::try_unfold((app, session, Some(wanted), true), |(app, session, wanted, first)| async move {
                let Some(mut wanted) = wanted else { return Ok(None) };
                let events = app.engine.events(&session, &wanted).await?;
                let whole = (events.len() as i64) < EVENTS_READ_BATCH;
                let mut out = String::from(if first { r#"{"data":["# } else { "" });
                write(&mut out, events.iter(), first);
                let next = events.last_sequence().filter(|_| !whole).map(|last| {
                    if wanted.descending {
                        wanted.before = Some(last)
                    } else {
                        wanted.after = last
                    }
                    wanted
                });
                if next.is_none() {
                    out.push_str("]}");
                }
                Ok::<_, everruns_engine::Error>(Some((Bytes::from(out), (app, session, next, false))))
            });
        return Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(batches)).into_response());
    };

    // The last ones are read from the end and turned round.
    wanted.descending = descending || forward.is_none();
    wanted.limit = Some(limit);
    let events = app.engine.events(&session, &wanted).await?;
    let row = app.engine.store().session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let mut out = String::with_capacity(events.iter().map(|event| event.bytes()).sum::<usize>() + 16);
    out.push_str(r#"{"data":["#);
    if wanted.descending && !descending {
        write(&mut out, events.iter().rev(), true);
    } else {
        write(&mut out, events.iter(), true);
    }
    out.push_str("]}");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    headers.insert("x-total-count", row.head.event_count.into());
    Ok((headers, out).into_response())
}

fn write<'a>(out: &mut String, events: impl Iterator<Item = Shown<'a>>, first: bool) {
    for (place, event) in events.enumerate() {
        if !(first && place == 0) {
            out.push(',');
        }
        event.write_json(out);
    }
}
