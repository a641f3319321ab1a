//! `/v1/sessions/{id}/events` and `/sse`: everything that happened in a session.

use everruns_core::{EventId, SessionId, Timestamp};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;

use crate::call::Call;
use crate::connection::{self, Connection};
use crate::page::Items;
use crate::stream::{EventStream, StreamOptions};
use crate::{Client, Error, Event, Seen};

/// Events that one request asks for when all are read.
const PAGE_EVENTS: u32 = 1000;

/// The events of sessions.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub(crate) &'a Client);

/// Which events to list. The default is all of them, oldest first.
#[derive(Clone, Debug, Default)]
pub struct ListEvents {
    /// At most so many, 1 to 1000: the first ones after a cursor, the last ones without.
    pub limit: Option<u32>,
    /// Only what came after this event.
    pub since_id: Option<EventId>,
    /// Only what came after this sequence.
    pub after_sequence: Option<i64>,
    /// Only what came before this sequence.
    pub before_sequence: Option<i64>,
    /// Only these types; empty: all.
    pub types: Vec<String>,
    /// Not these types.
    pub exclude: Vec<String>,
    /// Only those around this event, `window` of them.
    pub around: Option<EventId>,
    /// How many events `around` shows, at most 500.
    pub window: Option<u32>,
    /// Only from this time on …
    pub from_ts: Option<Timestamp>,
    /// … and up to this one.
    pub to_ts: Option<Timestamp>,
    /// Only those of this turn.
    pub turn_id: Option<String>,
    /// Only those of this phase of a turn.
    pub exec_id: Option<String>,
    /// Only those of this trace.
    pub trace_id: Option<String>,
    /// Only those of messages with one of these tags.
    pub tags: Vec<String>,
    /// Only those of this tool.
    pub tool_name: Option<String>,
    /// Only those with these words.
    pub q: Option<String>,
    /// Newest first.
    pub order_desc: bool,
}

/// A session's events in numbers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EventsSummary {
    /// All events.
    pub total: u64,
    /// How many there are of each type.
    pub by_type: Vec<TypeCount>,
    /// When the first one happened.
    pub first_ts: Option<Timestamp>,
    /// When the last one happened.
    pub last_ts: Option<Timestamp>,
    /// Turns.
    pub turn_count: u64,
    /// Errors.
    pub error_count: u64,
}

/// How many events there are of a type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TypeCount {
    /// The type.
    pub event_type: String,
    /// How many.
    pub count: u64,
}

impl Events<'_> {
    /// Events that are already there.
    pub async fn list(&self, session: SessionId, options: &ListEvents) -> Result<Vec<Event>, Error> {
        let call = self.0.get(&["sessions", &session.to_string(), "events"]);
        filtered(call, options.since_id, &options.types, &options.exclude)
            .query("limit", options.limit)
            .query("after_sequence", options.after_sequence)
            .query("before_sequence", options.before_sequence)
            .query("around", options.around)
            .query("window", options.window)
            .query("from_ts", options.from_ts)
            .query("to_ts", options.to_ts)
            .query("turn_id", options.turn_id.as_ref())
            .query("exec_id", options.exec_id.as_ref())
            .query("trace_id", options.trace_id.as_ref())
            .each("tags", &options.tags)
            .query("tool_name", options.tool_name.as_ref())
            .query("q", options.q.as_ref())
            .flag("order_desc", options.order_desc)
            .items()
            .await
    }

    /// All events that are there, page by page and oldest first, from the cursor of `options` on. `limit`, `around` and
    /// `order_desc` do not count.
    pub fn all(&self, session: SessionId, options: ListEvents) -> Items<Event> {
        let mut options = ListEvents { limit: Some(PAGE_EVENTS), around: None, order_desc: false, ..options };
        // Without a cursor a limit means the last events.
        if options.since_id.is_none() {
            options.after_sequence.get_or_insert(0);
        }
        let pages = stream::try_unfold((self.0.clone(), options), move |(client, mut options)| async move {
            let page: Vec<Event> = client.events().list(session, &options).await?;
            options.since_id = None;
            options.after_sequence = page.last().map(|event| event.sequence);
            let is_over = page.is_empty();
            Ok::<_, Error>((!is_over).then(|| (stream::iter(page.into_iter().map(Ok)), (client, options))))
        });
        pages.try_flatten().boxed()
    }

    /// The session's events in numbers.
    pub async fn summary(&self, session: SessionId) -> Result<Seen<EventsSummary>, Error> {
        self.0.get(&["sessions", &session.to_string(), "events", "summary"]).answer().await
    }

    /// Events as they happen, without gaps, for as long as the stream is held: it finds its way back by itself after
    /// every loss. Connects when it is first polled.
    pub fn stream(&self, session: SessionId, options: StreamOptions) -> EventStream {
        crate::stream::open(self.0.clone(), session, options)
    }

    /// One connection of the event stream, with every frame as the server sent it, until the server or the network
    /// ends it. For programs that look at the stream itself; others want [`Events::stream`].
    pub async fn connect(&self, session: SessionId, options: &StreamOptions) -> Result<Connection, Error> {
        let call = self.0.get(&["sessions", &session.to_string(), "sse"]);
        let call = filtered(call, options.since_id, &options.types, &options.exclude);
        connection::open(call.accept("text/event-stream")).await
    }
}

fn filtered<'a>(call: Call<'a>, since_id: Option<EventId>, types: &[String], exclude: &[String]) -> Call<'a> {
    call.query("since_id", since_id).each("types", types).each("exclude", exclude)
}
