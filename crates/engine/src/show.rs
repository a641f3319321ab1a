//! What readers ask of a session's log.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use everruns_core::event::{DeltaPrivate, EventData, OutputMessageDelta, Recorded};
use everruns_core::limits::EVENTS_READ_BATCH;
use everruns_core::message::Message;
use everruns_core::prompt::{MESSAGE_TYPES, TakenBack, result_message};
use everruns_core::{EventId, MessageId, SessionId};
use everruns_store::{EventQuery, EventRow, Log, SessionKey};

use crate::definition::corrupt;
use crate::generation;
use crate::hub::Subscription;
use crate::shown::{Events, Members};
use crate::{Definition, Engine, Error, Inner};

pub(crate) const DELTA: &str = "output.message.delta";
/// So many deltas stand on a page, also when each repeats a text that is longer than a page.
const DELTAS_OF_A_PAGE: usize = 8;

impl Engine {
    /// Events of a session, ready to be sent. A bound in bytes holds for what is shown.
    pub async fn events(&self, session: &Definition, query: &EventQuery) -> Result<Events, Error> {
        let rows = self.inner.store.events(query).await?;
        self.show(session, rows, query.bytes_max).await
    }

    /// As many of the rows, from the first one on, as show about `bytes_max`, ready to be sent.
    pub(crate) async fn show(
        &self,
        session: &Definition,
        mut rows: Vec<EventRow>,
        bytes_max: usize,
    ) -> Result<Events, Error> {
        let mut members = Members::new();
        if bytes_max < usize::MAX {
            keep_within(&mut rows, bytes_max, shown_length)?;
            generation::keep_few(&mut rows);
        }
        let log = Log::from(session);
        self.inner.add_accumulated(&log, &rows, &mut members).await?;
        generation::add_messages(&self.inner.store, &log, session.id, &rows, &mut members).await?;
        if bytes_max < usize::MAX {
            let length =
                |row: &EventRow| Ok(row.encoded.data.len() + members.get(&row.sequence).map_or(0, String::len));
            keep_within(&mut rows, bytes_max, length)?;
        }
        Ok(Events::read(session.id, rows, members))
    }

    /// Reads the session along from now on.
    pub fn subscribe(&self, session: SessionKey) -> Subscription {
        self.inner.hub.subscribe(session)
    }

    /// The messages that events carry, oldest first, without those of turns that were rolled back.
    pub async fn messages(&self, session: &Definition) -> Result<Vec<Message>, Error> {
        let query = EventQuery { types: message_types(), ..EventQuery::all(session) };
        let rows = self.inner.store.events(&query).await?;
        self.conversation(session, rows, &self.taken_back(session).await?)
    }

    /// The message of this id, also if it was rolled back since.
    pub async fn message(&self, session: &Definition, id: MessageId) -> Result<Option<Message>, Error> {
        let query = EventQuery { types: message_types(), ..EventQuery::all(session) };
        let rows = self.inner.store.events(&query).await?;
        let messages = self.conversation(session, rows, &TakenBack::default())?;
        Ok(messages.into_iter().find(|message| message.id == id))
    }

    /// What the session took back.
    pub(crate) async fn taken_back(&self, session: &Definition) -> Result<TakenBack, Error> {
        Ok(TakenBack::by(&self.inner.store.cancelled_turns(&Log::from(session)).await?))
    }

    /// The messages that the rows carry, as the API lists them.
    pub(crate) fn conversation(
        &self,
        session: &Definition,
        rows: Vec<EventRow>,
        gone: &TakenBack,
    ) -> Result<Vec<Message>, Error> {
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let event = row.decode().map_err(corrupt)?;
            if !gone.has(&event) {
                messages.extend(message(session.id, event));
            }
        }
        Ok(messages)
    }
}

impl Inner {
    /// Gives deltas their `accumulated`: the text of the message so far.
    async fn add_accumulated(&self, log: &Log, rows: &[EventRow], members: &mut Members) -> Result<(), Error> {
        // Deltas build on each other in the order of the log, whatever order the caller wants them in.
        let mut deltas: Vec<&EventRow> = rows.iter().filter(|row| row.encoded.type_name == DELTA).collect();
        deltas.sort_by_key(|row| row.sequence);
        let mut texts: HashMap<MessageId, String> = HashMap::new();
        for row in deltas {
            let delta = OutputMessageDelta::decode(&row.encoded).map_err(corrupt)?;
            let text = match texts.entry(delta.message_id) {
                Entry::Occupied(text) => text.into_mut(),
                Entry::Vacant(place) => place.insert(self.text_before(log, row.sequence, &delta).await?),
            };
            text.push_str(&delta.delta);
            members.insert(row.sequence, accumulated(text));
        }
        Ok(())
    }

    /// The text of a message before its delta at `sequence`.
    async fn text_before(&self, log: &Log, sequence: i64, delta: &OutputMessageDelta) -> Result<String, Error> {
        let mut pieces = Vec::new();
        let (mut missing, mut before) = (delta.private.offset, sequence);
        while missing > 0 {
            let query = EventQuery {
                before: Some(before),
                types: vec![DELTA.to_owned()],
                descending: true,
                limit: Some(EVENTS_READ_BATCH),
                ..EventQuery::all(log.clone())
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

/// Leaves out what stands behind the rows that show about `bytes_max`. Some deltas at least share what it costs to read
/// the text before them, whatever its length.
fn keep_within(
    rows: &mut Vec<EventRow>,
    bytes_max: usize,
    length: impl Fn(&EventRow) -> Result<usize, Error>,
) -> Result<(), Error> {
    let (mut bytes, mut kept, mut fits) = (0, bytes_max, 0);
    for row in rows.iter() {
        if bytes >= kept {
            break;
        }
        let length = length(row)?;
        if row.encoded.type_name == DELTA {
            kept = kept.max(DELTAS_OF_A_PAGE * length);
        }
        bytes += length;
        fits += 1;
    }
    rows.truncate(fits);
    Ok(())
}

/// How much will be shown of a row, model calls apart. Few stored bytes can be many shown ones: a delta repeats the text
/// before it, whose length it knows.
fn shown_length(row: &EventRow) -> Result<usize, Error> {
    let mut length = row.encoded.data.len();
    if row.encoded.type_name == DELTA {
        let private = row.encoded.private.as_deref().unwrap_or("{}");
        let private: DeltaPrivate = serde_json::from_str(private).map_err(corrupt)?;
        length += private.offset;
    }
    Ok(length)
}

/// The member of a delta that tells all of the text so far.
pub(crate) fn accumulated(text: &str) -> String {
    format!("\"accumulated\":{}", serde_json::to_string(text).expect("a text is JSON"))
}

pub(crate) fn message_types() -> Vec<String> {
    MESSAGE_TYPES.iter().map(|name| (*name).to_owned()).collect()
}

/// The message that an event carries, as the API lists it.
fn message(session: SessionId, event: Recorded) -> Option<Message> {
    let (sequence, at) = (event.sequence, event.at);
    let message = match event.data {
        EventData::InputMessage(input) => input.message,
        EventData::OutputMessageCompleted(output) => output.message,
        EventData::ToolCompleted(completed) => {
            let id = MessageId(EventId::derive(session, sequence, at).0);
            Message { id, ..result_message(&completed, at) }
        }
        _ => return None,
    };
    Some(Message { session_id: Some(session), sequence: Some(sequence), ..message })
}
