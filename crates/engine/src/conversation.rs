//! The recent messages of a session in memory, so that a turn reads its prompt from there and not from the database.
//!
//! What is kept is always a suffix of the log's messages without a gap; older ones are fetched when a prompt has room
//! for them. Between turns conversations rest here, within a bound, and one that the log has outgrown is dropped.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use everruns_core::SessionId;
use everruns_core::config::Config;
use everruns_core::event::Recorded;
use everruns_core::limits::{CONVERSATIONS_BYTES_MAX, PROMPT_BYTES_MAX, PROMPT_MESSAGES_MAX};
use everruns_core::prompt::{Assembler, Backwards, Entry, GrowingPrompt, Prompt, taken_back};
use everruns_store::{EventQuery, Log, SessionKey, Store};

use crate::definition::corrupt;
use crate::generation::Rendered;
use crate::show::message_types;
use crate::{Error, lock};

/// Messages fetched in one go.
const READ_BATCH: i64 = 100;
/// What an entry costs besides its text, bytes, roughly.
const ENTRY_BYTES: usize = 256;

/// The newest messages of a session, oldest first, and the prompt of its latest step.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Nothing is older than the first entry.
    whole: bool,
    /// Every message from this sequence on is here; older ones are in the log alone until they are fetched.
    reached: i64,
    /// What a step's prompt is made of without another look at the old messages.
    growing: Option<GrowingPrompt>,
    rendered: Rendered,
    /// The bytes that a prompt of a model may have, since its provider found one too large.
    narrowed: Option<(String, usize)>,
    /// The bytes of the latest prompt.
    prompt_bytes: usize,
    /// What the log took back of the messages that are to be fetched.
    backwards: Backwards,
}

impl Conversation {
    /// An empty one, which is told every event from `sequence` on.
    pub(crate) fn starting_at(sequence: i64) -> Self {
        Self { reached: sequence, ..Self::default() }
    }

    /// Takes the next event of the log.
    pub(crate) fn push(&mut self, event: &Recorded) {
        if let Some(from) = taken_back(event) {
            self.take_back(from);
        }
        let Some(entry) = Entry::of(event) else { return };
        self.bytes += entry.bytes + ENTRY_BYTES;
        self.entries.push_back(entry);
        // Twice what a prompt takes, so that the trimming is rare and never bites into a prompt.
        while self.bytes > 2 * PROMPT_BYTES_MAX + PROMPT_MESSAGES_MAX * ENTRY_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes + ENTRY_BYTES;
            self.whole = false;
            self.reached = oldest.sequence + 1;
            // What took messages back stands behind them and is read again with them.
            self.backwards = Backwards::default();
        }
    }

    /// Messages from this sequence on leave the conversation.
    fn take_back(&mut self, from: i64) {
        while let Some(gone) = self.entries.pop_back_if(|entry| entry.sequence >= from) {
            self.bytes -= gone.bytes + ENTRY_BYTES;
        }
        self.backwards.take_back(from);
        self.growing = None;
    }

    /// The prompt of the reason step that began at `before`, of at most so many bytes of conversation.
    pub(crate) async fn prompt(
        &mut self,
        config: &Arc<Config>,
        store: &Store,
        log: &Log,
        before: i64,
        bytes_max: usize,
    ) -> Result<Arc<Prompt>, Error> {
        if let Some(growing) = self.growing.take()
            && growing.bytes_max() == bytes_max
            && growing.until() <= before
            && self.reaches(growing.until())
        {
            let since = self.entries.partition_point(|entry| entry.sequence < growing.until());
            let new = self.entries.range(since..).take_while(|entry| entry.sequence < before);
            if let Some((prompt, growing)) = growing.grow(config, new, before) {
                self.growing = Some(growing);
                self.prompt_bytes = prompt.bytes;
                return Ok(prompt);
            }
        }
        let assembler = Assembler::with_budget(config.clone(), bytes_max);
        let (prompt, growing) = self.assemble(assembler, store, log, before).await?.finish_growing(before);
        self.growing = growing;
        self.prompt_bytes = prompt.bytes;
        Ok(prompt)
    }

    /// The bytes of the latest prompt.
    pub(crate) fn prompt_bytes(&self) -> usize {
        self.prompt_bytes
    }

    /// From now on prompts of this model have at most so many bytes, as long as the session stays in memory.
    pub(crate) fn narrow(&mut self, model: &str, bytes: usize) {
        self.narrowed = Some((model.to_owned(), bytes));
    }

    /// How many bytes prompts of this model may have since its provider found one too large.
    pub(crate) fn narrowed(&self, model: &str) -> Option<usize> {
        self.narrowed.as_ref().filter(|(narrowed, _)| narrowed == model).map(|(_, bytes)| *bytes)
    }

    /// Whether every message from `sequence` on is here.
    fn reaches(&self, sequence: i64) -> bool {
        self.whole || self.reached <= sequence
    }

    /// What an `llm.generation` shows of its prompt, the messages from `from` on and before `before`; `None` if not all of
    /// those are here.
    pub(crate) fn shown(&mut self, session: SessionId, from: i64, before: i64) -> Option<String> {
        let newest_first = self.entries.iter().rev();
        let wanted =
            newest_first.skip_while(|entry| entry.sequence >= before).take_while(|entry| entry.sequence >= from);
        self.reaches(from).then(|| self.rendered.messages(session, wanted))
    }

    async fn assemble(
        &mut self,
        mut assembler: Assembler,
        store: &Store,
        log: &Log,
        before: i64,
    ) -> Result<Assembler, Error> {
        let mut wants_more = true;
        for entry in self.entries.iter().rev().filter(|entry| entry.sequence < before) {
            wants_more = assembler.add(entry);
            if !wants_more {
                break;
            }
        }
        while wants_more && !self.whole {
            let query = EventQuery {
                before: Some(self.reached),
                types: message_types(),
                descending: true,
                limit: Some(READ_BATCH),
                ..EventQuery::all(log.clone())
            };
            let rows = store.events(&query).await?;
            self.whole = (rows.len() as i64) < READ_BATCH;
            for row in rows {
                if !wants_more {
                    self.whole = false;
                    break;
                }
                self.reached = row.sequence;
                let Some(entry) = self.backwards.entry(&row.decode().map_err(corrupt)?) else { continue };
                // What came after the step began belongs to the conversation, but not to this prompt.
                wants_more = entry.sequence >= before || assembler.add(&entry);
                self.bytes += entry.bytes + ENTRY_BYTES;
                self.entries.push_front(entry);
            }
        }
        Ok(assembler)
    }
}

/// The conversations of sessions that no turn of this process holds.
#[derive(Default)]
pub(crate) struct Conversations {
    resting: Mutex<Resting>,
}

#[derive(Default)]
struct Resting {
    by_session: HashMap<SessionKey, Rest>,
    /// Oldest first; a pair whose stamp is not the session's any more is a leftover.
    order: VecDeque<(SessionKey, u64)>,
    bytes: usize,
    stamp: u64,
}

struct Rest {
    conversation: Conversation,
    bytes: usize,
    /// The last event it has seen.
    last_sequence: i64,
    stamp: u64,
}

impl Conversations {
    /// The session's conversation, if it has seen every event before `sequence`; otherwise an empty one.
    pub(crate) fn take(&self, session: SessionKey, sequence: i64) -> Conversation {
        let mut resting = lock(&self.resting);
        let Some(rest) = resting.by_session.remove(&session) else {
            return Conversation::starting_at(sequence);
        };
        resting.bytes -= rest.bytes;
        if rest.last_sequence + 1 == sequence { rest.conversation } else { Conversation::starting_at(sequence) }
    }

    /// Drops the conversation of a session that is deleted.
    pub(crate) fn forget(&self, session: SessionKey) {
        let mut resting = lock(&self.resting);
        if let Some(rest) = resting.by_session.remove(&session) {
            resting.bytes -= rest.bytes;
        }
    }

    /// Keeps a conversation that has seen every event up to `last_sequence`; the ones longest unused make room.
    pub(crate) fn put(&self, session: SessionKey, conversation: Conversation, last_sequence: i64) {
        let mut guard = lock(&self.resting);
        let resting = &mut *guard;
        resting.stamp += 1;
        let stamp = resting.stamp;
        let bytes = conversation.bytes + conversation.rendered.bytes();
        resting.bytes += bytes;
        resting.order.push_back((session, stamp));
        if let Some(before) = resting.by_session.insert(session, Rest { conversation, bytes, last_sequence, stamp }) {
            resting.bytes -= before.bytes;
        }
        let crowded = |resting: &Resting| {
            resting.bytes > CONVERSATIONS_BYTES_MAX || resting.order.len() > 2 * resting.by_session.len() + 64
        };
        while crowded(resting) {
            let Some((oldest, stamp)) = resting.order.pop_front() else { break };
            match resting.by_session.get(&oldest) {
                // In use again since then: this place in the order is a leftover.
                Some(rest) if rest.stamp != stamp => {}
                Some(_) if resting.bytes <= CONVERSATIONS_BYTES_MAX => resting.order.push_back((oldest, stamp)),
                Some(_) => {
                    let rest = resting.by_session.remove(&oldest);
                    resting.bytes -= rest.map_or(0, |rest| rest.bytes);
                }
                None => {}
            }
        }
    }
}
