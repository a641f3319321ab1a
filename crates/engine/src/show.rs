//! Events as readers see them: the stored data, completed by what is only kept by reference.
//!
//! A delta gets `accumulated`, a model call gets the `messages` of its prompt; everything else is passed on as stored.

use std::collections::HashMap;
use std::sync::Arc;

use everruns_core::event::{DeltaPrivate, EventData, GenerationPrivate, OutputMessageDelta, write_envelope};
use everruns_core::limits::{EVENTS_READ_BATCH, GENERATION_MESSAGES_MAX};
use everruns_core::message::Message;
use everruns_core::prompt::{MESSAGE_TYPES, result_message};
use everruns_core::{EventId, MessageId, SessionId};
use everruns_store::{EventQuery, EventRow, SessionKey};

use crate::definition::corrupt;
use crate::hub::{Page, Subscription};
use crate::{Definition, Engine, Error, Inner};

/// An event as readers see it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its place in the log.
    pub sequence: i64,
    /// Its public id.
    pub id: EventId,
    /// Its type.
    pub type_name: String,
    /// The whole event, JSON on one line.
    pub json: String,
}

const DELTA: &str = "output.message.delta";

impl Engine {
    /// Events of a session, ready to be sent.
    pub async fn events(&self, session: &Definition, query: &EventQuery) -> Result<Vec<Shown>, Error> {
        let rows = self.inner.store.events(query).await?;
        let mut text_before = HashMap::new();
        self.inner.find_text_before(session.key, &rows, &mut text_before).await?;
        self.inner.show(session.key, session.id, &rows, text_before).await
    }

    /// Reads the session along from now on.
    pub fn subscribe(&self, session: SessionKey) -> Subscription {
        self.inner.hub.subscribe(session)
    }

    /// The events of a live page, ready to be sent.
    pub async fn show<'a>(&self, session: &Definition, page: &'a Arc<Page>) -> Result<&'a [Shown], Error> {
        let shown = page
            .shown
            .get_or_try_init(|| self.inner.show(session.key, session.id, &page.rows, page.text_before.clone()));
        Ok(shown.await?)
    }

    /// The messages that events carry, oldest first.
    pub async fn messages(&self, session: &Definition) -> Result<Vec<Message>, Error> {
        let query = EventQuery { types: message_types(), ..EventQuery::all(session.key) };
        let rows = self.inner.store.events(&query).await?;
        rows.into_iter().filter_map(|row| message(session.id, row).transpose()).collect()
    }
}

impl Inner {
    /// The text of a message before the first of its deltas among `rows`, for those that do not start there.
    async fn find_text_before(
        &self,
        session: SessionKey,
        rows: &[EventRow],
        found: &mut HashMap<i64, String>,
    ) -> Result<(), Error> {
        let mut seen: Vec<MessageId> = Vec::new();
        let mut deltas: Vec<&EventRow> = rows.iter().filter(|row| row.encoded.type_name == DELTA).collect();
        deltas.sort_by_key(|row| row.sequence);
        for row in deltas {
            let delta = delta(row)?;
            if seen.contains(&delta.message_id) {
                continue;
            }
            seen.push(delta.message_id);
            let mut pieces = Vec::new();
            let (mut missing, mut before) = (delta.private.offset, row.sequence);
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
                    return Err(corrupt(format!("the text before event {} is missing", row.sequence)));
                };
                before = last.sequence;
                for row in &earlier {
                    let earlier = self::delta(row)?;
                    if earlier.message_id == delta.message_id && missing > 0 {
                        missing = earlier.private.offset;
                        pieces.push(earlier.delta);
                    }
                }
            }
            found.insert(row.sequence, pieces.into_iter().rev().collect());
        }
        Ok(())
    }

    async fn show(
        &self,
        session: SessionKey,
        id: SessionId,
        rows: &[EventRow],
        mut text_before: HashMap<i64, String>,
    ) -> Result<Vec<Shown>, Error> {
        // Deltas build on each other in the order of the log, whatever order the caller wants them in.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&place| rows[place].sequence);
        let mut texts: HashMap<MessageId, String> = HashMap::new();
        let mut shown: Vec<Option<Shown>> = vec![None; rows.len()];
        for place in order {
            let row = &rows[place];
            let expanded = match row.encoded.type_name.as_ref() {
                DELTA => Some(accumulated(row, &mut texts, &mut text_before)?),
                "llm.generation" => Some(self.with_messages(session, id, row).await?),
                _ => None,
            };
            let data = expanded.as_deref().unwrap_or(&row.encoded.data);
            let mut json = String::with_capacity(data.len() + 480);
            let type_name = row.encoded.type_name.clone().into_owned();
            write_envelope(&mut json, id, row.sequence, row.at, &type_name, row.context.as_ref(), data);
            let event = EventId::derive(id, row.sequence, row.at);
            shown[place] = Some(Shown { sequence: row.sequence, id: event, type_name, json });
        }
        Ok(shown.into_iter().flatten().collect())
    }

    /// A model call's data with the newest messages of its prompt.
    async fn with_messages(&self, session: SessionKey, id: SessionId, row: &EventRow) -> Result<String, Error> {
        let private = row.encoded.private.as_deref().unwrap_or("{}");
        let GenerationPrivate { from, before } = serde_json::from_str(private).map_err(corrupt)?;
        let query = EventQuery {
            after: from - 1,
            before: Some(before),
            types: message_types(),
            descending: true,
            limit: Some(GENERATION_MESSAGES_MAX as i64),
            ..EventQuery::all(session)
        };
        let rows = self.store.events(&query).await?;
        let messages: Result<Vec<Message>, Error> =
            rows.into_iter().rev().filter_map(|row| message(id, row).transpose()).collect();
        let messages = serde_json::to_string(&messages?).map_err(corrupt)?;
        Ok(with_member(&row.encoded.data, "messages", &messages))
    }
}

fn message_types() -> Vec<String> {
    MESSAGE_TYPES.iter().map(|name| (*name).to_owned()).collect()
}

/// A delta's data with `accumulated`.
fn accumulated(
    row: &EventRow,
    texts: &mut HashMap<MessageId, String>,
    text_before: &mut HashMap<i64, String>,
) -> Result<String, Error> {
    let delta = delta(row)?;
    let text = texts.entry(delta.message_id).or_insert_with(|| text_before.remove(&row.sequence).unwrap_or_default());
    text.push_str(&delta.delta);
    let text = serde_json::to_string(text).map_err(corrupt)?;
    Ok(with_member(&row.encoded.data, "accumulated", &text))
}

fn delta(row: &EventRow) -> Result<OutputMessageDelta, Error> {
    let mut delta: OutputMessageDelta = serde_json::from_str(&row.encoded.data).map_err(corrupt)?;
    let private = row.encoded.private.as_deref().unwrap_or("{}");
    delta.private = serde_json::from_str::<DeltaPrivate>(private).map_err(corrupt)?;
    Ok(delta)
}

/// A JSON object with one more member, spliced in without parsing it. `object` must not be empty.
fn with_member(object: &str, name: &str, value: &str) -> String {
    let body = object.strip_suffix('}').unwrap_or(object);
    format!("{body},\"{name}\":{value}}}")
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
