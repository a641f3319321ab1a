//! The observer: it looks at the database after every single operation and keeps what the log said, so that each law
//! can be held against the commit that broke it.

use std::collections::HashMap;
use std::sync::Arc;

use everruns_core::config::Config;
use everruns_core::event::{EventData, Recorded};
use everruns_core::message::ToolCall;
use everruns_core::turn::Queued;
use everruns_core::turn::laws::Entry;
use everruns_core::{MessageId, SessionId, Spent, TurnId};
use everruns_store::{EventQuery, EventRow, OrgKey, SessionHead, Store};

use crate::place::Place;

/// The session's log and row as they are in the database.
pub(crate) struct Watch {
    place: Place,
    /// None while the database is closed.
    store: Option<Arc<Store>>,
    pub(crate) org: OrgKey,
    pub(crate) head: SessionHead,
    pub(crate) rows: Vec<EventRow>,
    pub(crate) log: Vec<Entry>,
    /// Oldest first; the last one is open if its `last` is none.
    pub(crate) turns: Vec<Turn>,
    /// Each message that stands in the log, by id.
    pub(crate) messages: HashMap<MessageId, i64>,
    /// What became of each input, and where that stands.
    pub(crate) fates: HashMap<MessageId, Vec<(&'static str, i64)>>,
    /// Messages that wait for turns of their own.
    pub(crate) queue: Vec<Queued>,
    /// Where a message left the queue that was not the first in it.
    pub(crate) out_of_order: Option<i64>,
    configs: HashMap<String, Arc<Config>>,
}

/// A turn as the log shows it.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) id: TurnId,
    pub(crate) opened_by: MessageId,
    /// The sequence of the input that opened it.
    pub(crate) first: i64,
    /// The sequence of its last event, once it is over.
    pub(crate) last: Option<i64>,
    pub(crate) ended: bool,
    pub(crate) config: Option<Arc<Config>>,
    pub(crate) config_hash: String,
    pub(crate) usage_before: Spent,
    /// What was queued when it opened.
    pub(crate) queue_before: Vec<Queued>,
    /// Where its reason steps begin.
    pub(crate) reasons: Vec<i64>,
    /// The calls of its latest answer.
    pub(crate) calls: Vec<ToolCall>,
    /// The intents to run a tool, by the key that the effect must have.
    pub(crate) intents: HashMap<String, Intent>,
    /// The node that cancelled it.
    pub(crate) cancelled_on: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) sequence: i64,
    pub(crate) call: ToolCall,
}

impl Watch {
    pub(crate) fn new(place: Place, store: Store, org: OrgKey, id: SessionId) -> Result<Self, String> {
        let row = place.finish(store.session_by_id(org, id)).map_err(|error| error.to_string())?;
        let head = row.ok_or("the session is missing")?.head;
        let mut watch = Self {
            place,
            store: Some(Arc::new(store)),
            org,
            head,
            rows: Vec::new(),
            log: Vec::new(),
            turns: Vec::new(),
            messages: HashMap::new(),
            fates: HashMap::new(),
            queue: Vec::new(),
            out_of_order: None,
            configs: HashMap::new(),
        };
        watch.read()?;
        Ok(watch)
    }

    /// After a crash: the same database, opened again.
    pub(crate) fn reopen(&mut self, store: Arc<Store>) {
        self.store = Some(store);
    }

    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    fn store(&self) -> Result<&Store, String> {
        self.store.as_deref().ok_or_else(|| "the database is closed".to_owned())
    }

    /// Looks at what an operation did.
    pub(crate) fn read(&mut self) -> Result<(), String> {
        let known = self.rows.len() as i64;
        let row = self.place.finish(self.store()?.session_by_key(self.head.key)).map_err(|error| error.to_string())?;
        self.head = row.ok_or("the session is gone")?.head;
        if self.head.last_sequence == known {
            return Ok(());
        }
        let query = EventQuery { after: known, ..EventQuery::all(self.head.key) };
        for row in self.place.finish(self.store()?.events(&query)).map_err(|error| error.to_string())? {
            self.take(row)?;
        }
        Ok(())
    }

    /// All of the log, read anew.
    pub(crate) fn read_again(&self) -> Result<Vec<EventRow>, String> {
        self.place.finish(self.store()?.events(&EventQuery::all(self.head.key))).map_err(|error| error.to_string())
    }

    fn take(&mut self, row: EventRow) -> Result<(), String> {
        let recorded = row.clone().decode().map_err(|error| error.to_string())?;
        if recorded.sequence != self.rows.len() as i64 + 1 {
            return Err(format!("event {} stands at place {}", recorded.sequence, self.rows.len() + 1));
        }
        self.fold(&recorded)?;
        self.log.push(Entry { context: row.context, event: recorded });
        self.rows.push(row);
        Ok(())
    }

    fn fold(&mut self, Recorded { sequence, data, .. }: &Recorded) -> Result<(), String> {
        match data {
            EventData::InputMessage(input) => {
                self.messages.insert(input.message.id, *sequence);
                if input.is_queued() {
                    self.queue.push(Queued { sequence: *sequence, message: Arc::new(input.message.clone()) });
                } else if self.open_turn().is_none() {
                    self.open(input.message.id, *sequence);
                }
            }
            EventData::InputDequeued(input) => {
                self.messages.insert(input.message_id, *sequence);
                if self.queue.first().is_none_or(|queued| queued.message.id != input.message_id) {
                    self.out_of_order.get_or_insert(*sequence);
                }
                self.queue.retain(|queued| queued.message.id != input.message_id);
                self.open(input.message_id, *sequence);
            }
            EventData::TurnStarted(started) => self.fate(started.input_message_id, "opened a turn", *sequence),
            EventData::InputSteered(steered) => self.fate(steered.message_id, "steered", *sequence),
            EventData::InputDropped(dropped) => self.fate(dropped.message_id, "dropped", *sequence),
            _ => {}
        }
        if let EventData::OutputMessageCompleted(completed) = data {
            self.messages.insert(completed.message.id, *sequence);
        }
        let config = match data {
            EventData::TurnStarted(started) => Some(self.config(&started.config_hash)?),
            _ => None,
        };
        let Some(turn) = self.turns.last_mut().filter(|turn| turn.last.is_none()) else { return Ok(()) };
        match data {
            EventData::TurnStarted(started) => {
                turn.config = config;
                turn.config_hash.clone_from(&started.config_hash);
            }
            EventData::ReasonStarted(_) => turn.reasons.push(*sequence),
            EventData::OutputMessageCompleted(completed) if !turn.ended => {
                turn.calls = completed.message.tool_calls().cloned().collect();
            }
            EventData::ToolStarted(started) => {
                let ordinal = turn.calls.iter().position(|call| call.id == started.tool_call.id);
                let ordinal = ordinal.ok_or_else(|| format!("event {sequence} starts a call nobody asked for"))?;
                let key = format!("{}-{}-{ordinal}", turn.id.0.simple(), turn.reasons.len());
                turn.intents.insert(key, Intent { sequence: *sequence, call: started.tool_call.clone() });
            }
            EventData::SessionIdled(_) => turn.last = Some(*sequence),
            data => turn.ended |= data.ends_turn(),
        }
        Ok(())
    }

    fn fate(&mut self, input: MessageId, fate: &'static str, sequence: i64) {
        self.fates.entry(input).or_default().push((fate, sequence));
    }

    fn open(&mut self, by: MessageId, first: i64) {
        let usage_before = self.turns.last().map_or(Spent::default(), |turn| turn.usage_before)
            + self.turns.last().map_or(Spent::default(), |turn| self.usage_of(turn));
        self.turns.push(Turn::opened(by, first, usage_before, self.queue.clone()));
    }

    fn config(&mut self, hash: &str) -> Result<Arc<Config>, String> {
        if let Some(known) = self.configs.get(hash) {
            return Ok(known.clone());
        }
        let body = self.place.finish(self.store()?.configuration_by_hash(self.org, hash));
        let body = body.map_err(|error| error.to_string())?;
        let body = body.ok_or_else(|| format!("the configuration {hash} was named before it was stored"))?;
        let config: Arc<Config> = Arc::new(serde_json::from_str(&body).map_err(|error| error.to_string())?);
        self.configs.insert(hash.to_owned(), config.clone());
        Ok(config)
    }

    pub(crate) fn open_turn(&self) -> Option<&Turn> {
        self.turns.last().filter(|turn| turn.last.is_none())
    }

    /// The turn that an event belongs to.
    pub(crate) fn turn_at(&self, sequence: i64) -> Option<&Turn> {
        let has = |turn: &&Turn| turn.first <= sequence && turn.last.is_none_or(|last| sequence <= last);
        self.turns.iter().rev().find(has)
    }

    /// The events of a turn, from the input that opened it.
    pub(crate) fn events_of(&self, turn: &Turn) -> &[Entry] {
        let end = turn.last.map_or(self.log.len(), |last| last as usize);
        &self.log[turn.first as usize - 1..end]
    }

    /// Tokens that a turn spent.
    pub(crate) fn usage_of(&self, turn: &Turn) -> Spent {
        let spent = self.events_of(turn).iter().filter_map(|entry| match &entry.event.data {
            EventData::ReasonCompleted(completed) => completed.usage,
            _ => None,
        });
        spent.fold(Spent::default(), |sum, usage| sum + usage)
    }
}

impl Turn {
    fn opened(by: MessageId, first: i64, usage_before: Spent, queue_before: Vec<Queued>) -> Self {
        Self {
            id: TurnId::opened_by(by),
            opened_by: by,
            first,
            last: None,
            ended: false,
            config: None,
            config_hash: String::new(),
            usage_before,
            queue_before,
            reasons: Vec::new(),
            calls: Vec::new(),
            intents: HashMap::new(),
            cancelled_on: None,
        }
    }
}
