//! `GET /sessions/{id}/sse`: the log as server-sent events, from a cursor on and then live.
//!
//! A reader is a cursor. At the head it is sent frames that are encoded once for all; behind it, pages from the
//! database.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use everruns_core::limits::{
    EVENTS_READ_BATCH, STREAM_CYCLE_SECONDS, STREAM_FAREWELL_MILLIS, STREAM_HEARTBEAT_SECONDS, STREAM_PAGE_BYTES,
};
use everruns_core::{EventId, SessionId};
use everruns_engine::{Definition, Events, Shown, Subscription, Tail};
use everruns_store::EventQuery;
use futures::stream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::{Filter, sequence_of};
use crate::api::Id;
use crate::auth::{Caller, Permit};
use crate::connection::EVENT_STREAM;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;
use crate::streams::Place;

const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(STREAM_HEARTBEAT_SECONDS);
const CONNECTED: &str = "event: connected\ndata: {\"status\":\"connected\"}\n\n";
const HEARTBEAT: &str = ": heartbeat\n\n";
const DISCONNECTING: &str = "event: disconnecting\ndata: {\"reason\":\"connection_cycle\",\"retry_ms\":100}\n\n";

/// Follows a session's events. Without a cursor from the input on that opened the latest turn.
#[utoipa::path(get, path = "/sessions/{session_id}/sse", operation_id = "events_stream", tag = "events",
    params(("session_id" = SessionId, Path), ("since_id" = Option<EventId>, Query),
        ("after_sequence" = Option<i64>, Query), ("types" = Option<Vec<String>>, Query),
        ("exclude" = Option<Vec<String>>, Query)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn stream(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    query: Query,
) -> Result<Response, Problem> {
    let filter = Filter::of(&query)?;
    let since: Option<EventId> = query.parsed("since_id")?;
    let after = query.number("after_sequence", 0, i64::MAX)?;
    let session = app.engine.session(caller.org, id).await?;
    // First register, then read: what is written in between reaches the subscription.
    let subscription = app.engine.subscribe(session.key);
    let since = match since {
        Some(since) => sequence_of(&app, &session, since).await?,
        None => None,
    };
    let cursor = match since.max(after) {
        Some(cursor) => cursor,
        None => {
            let row = app.engine.store().session_by_id(caller.org, id).await?;
            let head = row.ok_or_else(|| Problem::missing("session"))?.head;
            (head.input_sequence - 1).max(0)
        }
    };
    let place = app.streams.take(caller.org, session.key, &app.settings.limits)?;

    let cycle = Duration::from_secs(STREAM_CYCLE_SECONDS);
    // A fifth more or less, so that streams which began together do not end together.
    let jitter = 0.8 + 0.4 * (app.engine.source().random() % 1_000) as f64 / 1_000.0;
    let now = Instant::now();
    let (heartbeat_at, ends_at) = (now + HEARTBEAT_INTERVAL, now + cycle.mul_f64(jitter));
    let reader = Reader {
        ends_at,
        heartbeat_at,
        alarm: Box::pin(sleep_until(heartbeat_at.min(ends_at))),
        app,
        session,
        subscription,
        filter,
        cursor,
        ready: VecDeque::from([Bytes::from_static(CONNECTED.as_bytes())]),
        at_rest: false,
        ended: false,
        permit: Permit::of(caller),
        _place: place,
    };
    let frames = stream::unfold(reader, |mut reader| async move {
        let frame = reader.next().await?;
        Some((frame, reader))
    });
    let headers = [
        (header::CONTENT_TYPE, EVENT_STREAM),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(stream_of_results(frames))).into_response())
}

fn stream_of_results(
    frames: impl stream::Stream<Item = Result<Bytes, Problem>>,
) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    use futures::StreamExt as _;
    frames.map(|frame| frame.map_err(|_| std::io::Error::other("the event log cannot be read")))
}

struct Reader {
    app: App,
    session: Arc<Definition>,
    subscription: Subscription,
    filter: Filter,
    /// Everything up to here was sent or filtered out.
    cursor: i64,
    ready: VecDeque<Bytes>,
    heartbeat_at: Instant,
    ends_at: Instant,
    /// Rings when one of the two may be due: armed once for many frames, not anew for each.
    alarm: Pin<Box<Sleep>>,
    /// Nothing was left to read, and nothing came since.
    at_rest: bool,
    ended: bool,
    permit: Permit,
    _place: Place,
}

impl Reader {
    /// The next frame; `None` ends the stream.
    async fn next(&mut self) -> Option<Result<Bytes, Problem>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                self.heartbeat_at = Instant::now() + HEARTBEAT_INTERVAL;
                return Some(Ok(frame));
            }
            if self.ended {
                return None;
            }
            // Looked at between two pages too, for a reader who is far behind.
            if self.app.closing.is_cancelled() || Instant::now() >= self.ends_at {
                self.take_leave().await;
                continue;
            }
            if !self.at_rest {
                match self.read_if_permitted().await {
                    Err(problem) => {
                        self.ended = true;
                        return Some(Err(problem));
                    }
                    Ok(true) => continue,
                    // Should something have come meanwhile, `changed` knows.
                    Ok(false) => self.at_rest = true,
                }
            }
            tokio::select! {
                () = self.subscription.changed(self.cursor) => {
                    self.at_rest = false;
                    if self.subscription.is_closed() {
                        self.take_leave().await;
                    }
                }
                () = self.alarm.as_mut() => {
                    if Instant::now() >= self.heartbeat_at {
                        self.ready.push_back(Bytes::from_static(HEARTBEAT.as_bytes()));
                        self.heartbeat_at = Instant::now() + HEARTBEAT_INTERVAL;
                    }
                    self.alarm.as_mut().reset(self.heartbeat_at.min(self.ends_at));
                }
                () = self.app.closing.cancelled() => {}
            }
        }
    }

    async fn take_leave(&mut self) {
        // Some clients lose events that arrive in one piece with the farewell.
        sleep(Duration::from_millis(STREAM_FAREWELL_MILLIS)).await;
        self.ready.push_back(Bytes::from_static(DISCONNECTING.as_bytes()));
        self.ended = true;
    }

    /// Reads on, unless the reader's key was taken back meanwhile; then the stream ends.
    async fn read_if_permitted(&mut self) -> Result<bool, Problem> {
        if self.permit.holds(&self.app).await? {
            return self.read().await;
        }
        self.take_leave().await;
        Ok(true)
    }

    /// Reads on from the cursor. Whether there was anything.
    async fn read(&mut self) -> Result<bool, Problem> {
        let before = self.cursor;
        match self.subscription.after(self.cursor) {
            Tail::Pages(pages) => {
                // A reader who takes them one by one holds few of them.
                let mut bytes = 0;
                for page in &pages {
                    let frames = page.frames(encode);
                    self.send(page.events(), frames);
                    bytes += frames.last().map_or(0, Bytes::len);
                    if bytes >= STREAM_PAGE_BYTES {
                        break;
                    }
                }
            }
            // In a box: what reading takes shall not be part of every idle stream.
            Tail::Behind => Box::pin(self.read_log()).await?,
        }
        Ok(self.cursor > before)
    }

    /// Reads the next events from the database.
    async fn read_log(&mut self) -> Result<(), Problem> {
        let query = EventQuery {
            after: self.cursor,
            limit: Some(EVENTS_READ_BATCH),
            bytes_max: STREAM_PAGE_BYTES,
            ..EventQuery::all(&*self.session)
        };
        let events = self.app.engine.events(&self.session, &query).await?;
        self.send(&events, &encode(&events));
        Ok(())
    }

    /// Sends what is wanted of a page and goes on behind it.
    fn send(&mut self, events: &Events, frames: &[Bytes]) {
        let (Some(first), Some(last)) = (events.first_sequence(), events.last_sequence()) else { return };
        match frames {
            // The last one is all of them in one piece.
            [.., all] if self.filter.passes_all() && first > self.cursor => self.ready.push_back(all.clone()),
            _ => self.push(events, frames),
        }
        self.cursor = self.cursor.max(last);
    }

    fn push(&mut self, events: &Events, frames: &[Bytes]) {
        let (cursor, filter) = (self.cursor, &self.filter);
        let wanted = |event: &Shown| event.sequence > cursor && filter.passes(event.type_name());
        let frames = events.iter().zip(frames).filter(|(event, _)| wanted(event)).map(|(_, frame)| frame.clone());
        self.ready.extend(frames);
    }
}

/// A frame per event and, as the last one, all of them in one piece; they share their bytes.
fn encode(events: &Events) -> Vec<Bytes> {
    let mut out = String::with_capacity(events.iter().map(|event| event.bytes() + 128).sum());
    let mut ends = Vec::with_capacity(events.len());
    for event in events.iter() {
        // `fmt` to a String is total.
        let _ = write!(out, "event: {}\nid: {}\nretry: 100\ndata: ", event.type_name(), event.id());
        event.write_json(&mut out);
        out.push_str("\n\n");
        ends.push(out.len());
    }
    let all = Bytes::from(out);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let mut frames: Vec<Bytes> = starts.zip(&ends).map(|(start, end)| all.slice(start..*end)).collect();
    frames.push(all);
    frames
}
