//! What readers ask of a session's log.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use everruns_core::event::{EventData, OutputMessageDelta};
use everruns_core::limits::EVENTS_READ_BATCH;
use everruns_core::message::Message;
use everruns_core::prompt::{MESSAGE_TYPES, result_message};
use everruns_core::{EventId, MessageId, SessionId};
use everruns_store::{EventQuery, EventRow, SessionKey};

use crate::definition::corrupt;
use crate::generation;
use crate::hub::Subscription;
use crate::shown::{Events, Members};
use crate::{Definition, Engine, Error, Inner};

const DELTA: &str = "output.message.delta";

impl Engine {
    /// Events of a session, ready to be sent. A bound in bytes holds for what is shown, and wants the oldest first.
    pub async fn events(&self, session: &Definition, query: &EventQuery) -> Result<Events, Error> {
        let mut rows = self.inner.store.events(query).await?;
        let mut members = Members::new();
        if let Some(last) = self.inner.add_accumulated(session.key, &rows, &mut members, query.bytes_max).await? {
            rows.retain(|row| row.sequence <= last);
        }
        generation::add_messages(&self.inner.store, session.key, session.id, &rows, &mut members).await?;
        Ok(Events::read(session.id, rows, members))
    }

    /// Reads the session along from now on.
    pub fn subscribe(&self, session: SessionKey) -> Subscription {
        self.inner.hub.subscribe(session)
    }

    /// The messages that events carry, oldest first.
    pub async fn messages(&self, session: &Definition) -> Result<Vec<Message>, Error> {
        let query = EventQuery { types: message_types(), ..EventQuery::all(session.key) };
        let rows = self.inner.store.events(&query).await?;
        rows.into_iter().filter_map(|row| message(session.id, row).transpose()).collect()
    }
}

impl Inner {
    /// Gives deltas their `accumulated`: the text of the message so far. Few stored bytes can be many shown ones, so it stops
    /// behind the delta with which there are `bytes_max`; the sequence of that one.
    async fn add_accumulated(
        &self,
        session: SessionKey,
        rows: &[EventRow],
        members: &mut Members,
        bytes_max: usize,
    ) -> Result<Option<i64>, Error> {
        // Deltas build on each other in the order of the log, whatever order the caller wants them in.
        let mut deltas: Vec<&EventRow> = rows.iter().filter(|row| row.encoded.type_name == DELTA).collect();
        deltas.sort_by_key(|row| row.sequence);
        let mut texts: HashMap<MessageId, String> = HashMap::new();
        let mut bytes = 0;
        for row in deltas {
            let delta = OutputMessageDelta::decode(&row.encoded).map_err(corrupt)?;
            let text = match texts.entry(delta.message_id) {
                Entry::Occupied(text) => text.into_mut(),
                Entry::Vacant(place) => place.insert(self.text_before(session, row.sequence, &delta).await?),
            };
            text.push_str(&delta.delta);
            let member = accumulated(text);
            bytes += member.len();
            members.insert(row.sequence, member);
            if bytes >= bytes_max {
                return Ok(Some(row.sequence));
            }
        }
        Ok(None)
    }

    /// The text of a message before its delta at `sequence`.
    async fn text_before(
        &self,
        session: SessionKey,
        sequence: i64,
        delta: &OutputMessageDelta,
    ) -> Result<String, Error> {
        let mut pieces = Vec::new();
        let (mut missing, mut before) = (delta.private.offset, sequence);
        while missing > 0 {
            let query = EventQuery {
                before: Some(before),
                types: vec![DELTA.to_owned()],
                descending: true,
                limit: Some(EVENTS_READ_BATCH),
                ..EventQuery::all(session)
            };
            let earlier = self.store.events(&query).await?;
            let Some(last) = earlier.last() else {
                return Err(corrupt(format!("the text before event {sequence} is missing")));
            };
            before = last.sequence;
            for row in &earlier {
                let earlier = OutputMessageDelta::decode(&row.encoded).map_err(corrupt)?;
                if earlier.message_id == delta.message_id && missing > 0 {
                    missing = earlier.private.offset;
                    pieces.push(earlier.delta);
                }
            }
        }
        Ok(pieces.into_iter().rev().collect())
    }
}

/// The member of a delta that tells all of the text so far.
pub(crate) fn accumulated(text: &str) -> String {
    format!("\"accumulated\":{}", serde_json::to_string(text).expect("a text is JSON"))
}

pub(crate) fn message_types() -> Vec<String> {
    MESSAGE_TYPES.iter().map(|name| (*name).to_owned()).collect()
}

/// The message that an event carries, as the API lists it.
fn message(session: SessionId, row: EventRow) -> Result<Option<Message>, Error> {
    let event = row.decode().map_err(corrupt)?;
    let (sequence, at) = (event.sequence, event.at);
    let message = match event.data {
        EventData::InputMessage(input) => input.message,
        EventData::OutputMessageCompleted(output) => output.message,
        EventData::ToolCompleted(completed) => {
            let id = MessageId(EventId::derive(session, sequence, at).0);
            Message { id, ..result_message(&completed, at) }
        }
        _ => return Ok(None),
    };
    Ok(Some(Message { session_id: Some(session), sequence: Some(sequence), ..message }))
}
