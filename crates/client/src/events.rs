//! `/v1/sessions/{id}/events` and `/sse`: everything that happened in a session.

use everruns_core::{EventId, SessionId};
use reqwest::Method;

use crate::connection::{self, Connection};
use crate::page::{Whole, push_some};
use crate::stream::{self, EventStream, StreamOptions};
use crate::{Client, Error, Event};

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
    /// Newest first.
    pub order_desc: bool,
}

impl Events<'_> {
    /// Events that are already there.
    pub async fn list(&self, session: SessionId, options: &ListEvents) -> Result<Vec<Event>, Error> {
        let mut query = filter(options.since_id, &options.types, &options.exclude);
        push_some(&mut query, "limit", options.limit);
        push_some(&mut query, "after_sequence", options.after_sequence);
        push_some(&mut query, "before_sequence", options.before_sequence);
        push_some(&mut query, "order_desc", options.order_desc.then_some(true));
        let path = format!("sessions/{session}/events");
        let whole: Whole<Event> = self.0.call(self.0.request(Method::GET, &path, &query)).await?;
        Ok(whole.data)
    }

    /// Events as they happen, without gaps, for as long as the stream is held: it finds its way back by itself after
    /// every loss. Connects when it is first polled.
    pub fn stream(&self, session: SessionId, options: StreamOptions) -> EventStream {
        stream::open(self.0.clone(), session, options)
    }

    /// One connection of the event stream, with every frame as the server sent it, until the server or the network
    /// ends it. For programs that look at the stream itself; others want [`Events::stream`].
    pub async fn connect(&self, session: SessionId, options: &StreamOptions) -> Result<Connection, Error> {
        let query = filter(options.since_id, &options.types, &options.exclude);
        let path = format!("sessions/{session}/sse");
        connection::open(self.0.request(Method::GET, &path, &query)).await
    }
}

fn filter(since_id: Option<EventId>, types: &[String], exclude: &[String]) -> Vec<(&'static str, String)> {
    let mut query = Vec::new();
    push_some(&mut query, "since_id", since_id);
    query.extend(types.iter().map(|name| ("types", name.clone())));
    query.extend(exclude.iter().map(|name| ("exclude", name.clone())));
    query
}
