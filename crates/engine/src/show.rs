//! What readers ask of a session's log.

use everruns_core::event::{EventData, Recorded};
use everruns_core::message::Message;
use everruns_core::prompt::{MESSAGE_TYPES, TakenBack, result_message};
use everruns_core::{EventId, MessageId, SessionId};
use everruns_store::{EventQuery, EventRow, Log, SessionKey};

use crate::definition::corrupt;
use crate::generation;
use crate::hub::Subscription;
use crate::piece::{self, PIECES};
use crate::shown::{Events, Members};
use crate::{Definition, Engine, Error};

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
            keep_within(&mut rows, bytes_max, piece::shown_length)?;
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
        if PIECES.contains(&&*row.encoded.type_name) {
            kept = kept.max(DELTAS_OF_A_PAGE * length);
        }
        bytes += length;
        fits += 1;
    }
    rows.truncate(fits);
    Ok(())
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
