//! The messages that an `llm.generation` shows: the newest ones of its prompt. They stand in the log once, as messages; the
//! record of the model call refers to them.

use std::collections::VecDeque;

use everruns_core::event::GenerationPrivate;
use everruns_core::limits::{EVENTS_READ_BATCH, GENERATION_MESSAGES_MAX, GENERATIONS_PER_PAGE_MAX, RENDERED_BYTES_MAX};
use everruns_core::message::{Message, Role};
use everruns_core::prompt::{Entry, taken_back};
use everruns_core::{EventId, MessageId, SessionId};
use everruns_store::{EventQuery, EventRow, Log, Store};

use crate::Error;
use crate::definition::corrupt;
use crate::show::message_types;
use crate::shown::Members;

const GENERATION: &str = "llm.generation";

/// Leaves out what stands behind the first few model calls: each shows ten messages, so these fill a page.
pub(crate) fn keep_few(rows: &mut Vec<EventRow>) {
    let calls = rows.iter().enumerate().filter(|(_, row)| row.encoded.type_name == GENERATION);
    if let Some(place) = calls.map(|(place, _)| place).nth(GENERATIONS_PER_PAGE_MAX) {
        rows.truncate(place);
    }
}

fn list<'a>(messages: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut list = String::with_capacity(messages.clone().map(|message| message.len() + 1).sum::<usize>() + 16);
    list.push_str(r#""messages":["#);
    for (place, message) in messages.enumerate() {
        if place > 0 {
            list.push(',');
        }
        list.push_str(message);
    }
    list.push(']');
    list
}

/// Messages that were shown with the latest model call: most of them are shown with the next one too.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// Oldest first, by sequence.
    messages: VecDeque<(i64, String)>,
}

impl Rendered {
    /// How much memory they take, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.messages.iter().map(|(_, message)| message.len()).sum()
    }

    /// The member of an `llm.generation`, from the messages of its prompt, newest first.
    pub(crate) fn messages<'a>(&mut self, session: SessionId, newest_first: impl Iterator<Item = &'a Entry>) -> String {
        let newest: Vec<&Entry> = newest_first.take(GENERATION_MESSAGES_MAX).collect();
        let oldest = newest.last().map_or(i64::MAX, |entry| entry.sequence);
        while self.messages.pop_front_if(|(sequence, _)| *sequence < oldest).is_some() {}
        for entry in newest.iter().rev() {
            if let Err(place) = self.messages.binary_search_by_key(&entry.sequence, |(sequence, _)| *sequence) {
                self.messages.insert(place, (entry.sequence, message(session, entry)));
            }
        }
        let newest = newest.first().map_or(0, |entry| entry.sequence);
        let shown = self.messages.iter().filter(|(sequence, _)| *sequence <= newest);
        let list = list(shown.map(|(_, message)| message.as_str()));
        // Large ones are worth more than the time it takes to render them again.
        self.messages.retain(|(_, message)| message.len() <= RENDERED_BYTES_MAX);
        list
    }
}

/// The message as the model reads it, with its place in the session, as JSON.
fn message(session: SessionId, entry: &Entry) -> String {
    let message = entry.message();
    let json = |message: &Message| serde_json::to_string(message).expect("a message is plain JSON");
    let mut json = match message.role {
        Role::ToolResult => {
            let id = MessageId(EventId::derive(session, entry.sequence, message.created_at).0);
            json(&Message { id, ..Message::clone(message) })
        }
        _ => json(message),
    };
    json.truncate(json.len() - 1);
    json.push_str(r#","session_id":""#);
    session.push_to(&mut json);
    json.push_str(&format!(r#"","sequence":{}}}"#, entry.sequence));
    json
}

/// Gives the model calls among `rows` their messages.
pub(crate) async fn add_messages(
    store: &Store,
    log: &Log,
    id: SessionId,
    rows: &[EventRow],
    members: &mut Members,
) -> Result<(), Error> {
    let calls = rows.iter().filter(|row| row.encoded.type_name == GENERATION).map(|row| {
        let private = row.encoded.private.as_deref().unwrap_or("{}");
        let private: GenerationPrivate = serde_json::from_str(private).map_err(corrupt)?;
        Ok((row.sequence, private))
    });
    let mut calls = calls.collect::<Result<Vec<(i64, GenerationPrivate)>, Error>>()?;
    calls.sort_by_key(|(_, prompt)| std::cmp::Reverse(prompt.before));
    // From the newest call on backwards, so that neighbours share what was read.
    let mut known = Known { entries: Vec::new(), taken_back: Vec::new(), oldest: i64::MAX };
    for (sequence, GenerationPrivate { from, before, .. }) in calls {
        known.read_before(store, log, from, before).await?;
        members.insert(sequence, Rendered::default().messages(id, known.prompt(from, before)));
    }
    Ok(())
}

/// Messages of the log, newest first, without a gap down to `oldest`.
struct Known {
    entries: Vec<Entry>,
    /// Where messages were taken back, and from where on.
    taken_back: Vec<(i64, i64)>,
    oldest: i64,
}

impl Known {
    /// The messages of a prompt, newest first, as far as they are known: those that were taken back before it are not
    /// among them, those that were taken back later are.
    fn prompt(&self, from: i64, before: i64) -> impl Iterator<Item = &Entry> {
        let is_gone = move |sequence: i64| {
            self.taken_back.iter().any(|(at, from)| *at < before && (*from..*at).contains(&sequence))
        };
        let within = self.entries.iter().filter(move |entry| (from..before).contains(&entry.sequence));
        within.filter(move |entry| !is_gone(entry.sequence))
    }

    /// Reads on until the newest messages before `before`, and not before `from`, are there.
    async fn read_before(&mut self, store: &Store, log: &Log, from: i64, before: i64) -> Result<(), Error> {
        // What no older call can show is let go.
        self.taken_back.retain(|(at, _)| *at < before);
        self.entries.retain(|entry| entry.sequence < before);
        self.oldest = self.oldest.min(before);
        let mut limit = GENERATION_MESSAGES_MAX as i64;
        while self.oldest > from && self.prompt(from, before).count() < GENERATION_MESSAGES_MAX {
            let query = EventQuery {
                before: Some(self.oldest),
                types: message_types(),
                descending: true,
                limit: Some(limit),
                ..EventQuery::all(log.clone())
            };
            let rows = store.events(&query).await?;
            self.oldest = if (rows.len() as i64) < limit { 0 } else { rows.last().map_or(0, |row| row.sequence) };
            for row in rows {
                let event = row.decode().map_err(corrupt)?;
                self.taken_back.extend(taken_back(&event).map(|from| (event.sequence, from)));
                self.entries.extend(Entry::of(&event));
            }
            limit = (limit * 4).min(EVENTS_READ_BATCH);
        }
        Ok(())
    }
}
