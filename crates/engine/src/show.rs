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

pub(crate) const DELTA: &str = "output.message.delta";
/// So many deltas stand on a page, also when each repeats a text that is longer than a page.
const DELTAS_OF_A_PAGE: usize = 8;

impl Engine {
    /// Events of a session, ready to be sent. A bound in bytes holds for what is shown, and wants the oldest first.
    pub async fn events(&self, session: &Definition, query: &EventQuery) -> Result<Events, Error> {
        let mut rows = self.inner.store.events(query).await?;
        let mut members = Members::new();
        let bytes_max = self.inner.add_accumulated(session.key, &rows, &mut members, query.bytes_max).await?;
        if bytes_max < usize::MAX {
            generation::keep_few(&mut rows);
        }
        generation::add_messages(&self.inner.store, session.key, session.id, &rows, &mut members).await?;
        let mut bytes = 0;
        let fits = rows.iter().take_while(|row| {
            let is_room = bytes < bytes_max;
            bytes += row.encoded.data.len() + members.get(&row.sequence).map_or(0, String::len);
            is_room
        });
        let fits = fits.count();
        rows.truncate(fits);
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
    /// when there are `bytes_max`. What it cost to read the text before is shared by some deltas at least, whatever its
    /// length: the bound that was kept.
    async fn add_accumulated(
        &self,
        session: SessionKey,
        rows: &[EventRow],
        members: &mut Members,
        bytes_max: usize,
    ) -> Result<usize, Error> {
        // Deltas build on each other in the order of the log, whatever order the caller wants them in.
        let mut deltas: Vec<&EventRow> = rows.iter().filter(|row| row.encoded.type_name == DELTA).collect();
        deltas.sort_by_key(|row| row.sequence);
        let mut texts: HashMap<MessageId, String> = HashMap::new();
        let (mut bytes, mut kept) = (0, bytes_max);
        for row in deltas {
            let delta = OutputMessageDelta::decode(&row.encoded).map_err(corrupt)?;
            let text = match texts.entry(delta.message_id) {
                Entry::Occupied(text) => text.into_mut(),
                Entry::Vacant(place) => place.insert(self.text_before(session, row.sequence, &delta).await?),
            };
            text.push_str(&delta.delta);
            let member = accumulated(text);
            bytes += member.len();
            kept = kept.max(DELTAS_OF_A_PAGE * member.len());
            members.insert(row.sequence, member);
            if bytes >= kept {
                break;
            }
        }
        Ok(kept)
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
