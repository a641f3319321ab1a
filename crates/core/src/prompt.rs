//! Prompt assembly: a pure function from the newest events backwards to what the model is sent.
//!
//! Whatever crashes, cancels and steers happened, the result obeys the grammar of every provider: each tool call is
//! followed by exactly one answer, answers stand right behind the message that asked, and a user speaks first.

mod growing;

pub use growing::GrowingPrompt;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::config::Config;
use crate::event::{EventData, Recorded, ToolCompleted};
use crate::limits::{PROMPT_BYTES_MAX, PROMPT_MESSAGES_MAX};
use crate::message::{ContentPart, Message, Role, ToolResult, json_bytes};
use crate::{MessageId, Timestamp, TurnId};

/// What the model is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Model, system prompt and tools.
    pub config: Arc<Config>,
    /// The conversation, oldest first.
    pub messages: Vec<Arc<Message>>,
    /// The sequence of the oldest message.
    pub from: i64,
    /// What the messages count towards the budget, bytes.
    pub bytes: usize,
}

/// The event types that carry messages, or take them back; an assembler needs no others.
pub const MESSAGE_TYPES: &[&str] =
    &["input.message", "input.dequeued", "output.message.completed", "tool.completed", "turn.cancelled"];

/// A message event as the assembler takes it. Cheap to clone, so that a conversation can be kept between turns.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The event's place in the log.
    pub sequence: i64,
    /// What it counts towards the budget.
    pub bytes: usize,
    message: Arc<Message>,
    /// The call that it answers, if it is an answer.
    answers: Option<Arc<str>>,
    /// Of a model's message: inputs from this sequence on had not been read when it was written.
    answers_before: i64,
}

impl Entry {
    /// The entry of an event; `None` if it carries no message. A queued message has its place in the conversation where
    /// its turn comes.
    pub fn of(event: &Recorded) -> Option<Self> {
        // What no model reads does not lie about in memory.
        let heard = |said: &Message| Message { controls: None, tags: Vec::new(), external_actor: None, ..said.clone() };
        let (message, answers, answers_before) = match &event.data {
            EventData::InputMessage(input) if input.is_queued() => return None,
            EventData::InputMessage(input) => (heard(&input.message), None, 0),
            EventData::InputDequeued(input) => (heard(input.private.message.as_ref()?), None, 0),
            EventData::OutputMessageCompleted(output) => {
                let provider_items = output.private.provider_items.clone();
                (Message { provider_items, ..output.message.clone() }, None, output.private.answers_before)
            }
            EventData::ToolCompleted(completed) => {
                (result_message(completed, event.at), Some(completed.tool_call_id.as_str().into()), 0)
            }
            _ => return None,
        };
        let metadata =
            message.metadata.iter().flatten().map(|(key, value)| key.len() + json_bytes(value)).sum::<usize>();
        let (sequence, bytes) = (event.sequence, message.bytes() + metadata);
        Some(Self { sequence, bytes, message: Arc::new(message), answers, answers_before })
    }

    /// The message as a model reads it. That of a tool's answer has no id yet.
    pub fn message(&self) -> &Arc<Message> {
        &self.message
    }
}

/// Where the messages begin that an event takes out of the conversation; those up to the event itself leave with them.
pub fn taken_back(event: &Recorded) -> Option<i64> {
    match &event.data {
        EventData::TurnCancelled(cancelled) => cancelled.private.from,
        _ => None,
    }
}

/// Reads the events that carry messages from the newest to the oldest, without what was taken back.
#[derive(Debug)]
pub struct Backwards {
    /// From here on everything that is met was taken back.
    gone_from: i64,
}

impl Default for Backwards {
    fn default() -> Self {
        Self { gone_from: i64::MAX }
    }
}

impl Backwards {
    /// Messages from this sequence on were taken back by an event that is newer than all that will be met.
    pub fn take_back(&mut self, from: i64) {
        self.gone_from = self.gone_from.min(from);
    }

    /// The entry of the next older event, if it carries a message that still stands.
    pub fn entry(&mut self, event: &Recorded) -> Option<Entry> {
        if let Some(from) = taken_back(event) {
            self.take_back(from);
        }
        if event.sequence < self.gone_from { Entry::of(event) } else { None }
    }
}

/// What a log took back, for lists of it that begin anywhere.
#[derive(Debug, Default)]
pub struct TakenBack {
    /// From a sequence on, up to another one.
    ranges: Vec<Range<i64>>,
    turns: Vec<TurnId>,
}

impl TakenBack {
    /// What these events took back; only cancelled turns may have done so.
    pub fn by(cancelled: &[Recorded]) -> Self {
        let mut gone = Self::default();
        for event in cancelled {
            if let (Some(from), EventData::TurnCancelled(cancelled)) = (taken_back(event), &event.data) {
                gone.ranges.push(from..event.sequence);
                gone.turns.push(cancelled.turn_id);
            }
        }
        gone
    }

    /// Whether the message of an event has left the conversation. A queued message stands in the log among the events
    /// of another turn, and leaves with its own.
    pub fn has(&self, event: &Recorded) -> bool {
        match &event.data {
            EventData::InputMessage(input) if input.is_queued() => {
                self.turns.contains(&TurnId::opened_by(input.message.id))
            }
            _ => self.ranges.iter().any(|range| range.contains(&event.sequence)),
        }
    }
}

/// A message in its place, and what it weighs; an answer is weighed with the message that asked.
#[derive(Debug)]
struct Placed {
    sequence: i64,
    message: Arc<Message>,
    bytes: usize,
}

/// Takes message events from the newest to the oldest until its budget is full.
#[derive(Debug)]
pub struct Assembler {
    config: Arc<Config>,
    backwards: Backwards,
    bytes_max: usize,
    bytes: usize,
    /// Newest first.
    messages: Vec<Placed>,
    answers: HashMap<Arc<str>, Entry>,
    has_user: bool,
    /// Something did not fit.
    full: bool,
    /// Something stands in the prompt although there was no room for it.
    overfull: bool,
    /// The oldest message of the agent so far: where it stands in `messages`, and what it had not read.
    latest_answer: Option<(usize, i64)>,
}

impl Assembler {
    /// With the usual budget.
    pub fn new(config: Arc<Config>) -> Self {
        Self::with_budget(config, PROMPT_BYTES_MAX)
    }

    /// With a budget of its own, bytes of conversation.
    pub fn with_budget(config: Arc<Config>, bytes_max: usize) -> Self {
        Self {
            config,
            backwards: Backwards::default(),
            bytes_max,
            bytes: 0,
            messages: Vec::new(),
            answers: HashMap::new(),
            has_user: false,
            full: false,
            overfull: false,
            latest_answer: None,
        }
    }

    /// Takes the next older event. `false`: the budget is full, older ones do not matter.
    pub fn push(&mut self, event: &Recorded) -> bool {
        self.backwards.entry(event).is_none_or(|entry| self.add(&entry))
    }

    /// Takes the next older entry. `false`: the budget is full, older ones do not matter.
    pub fn add(&mut self, entry: &Entry) -> bool {
        if let Some(call) = &entry.answers {
            // Reading backwards, the oldest answer comes last and wins: it is the one that counted.
            self.answers.insert(call.clone(), entry.clone());
            return true;
        }
        let message = &entry.message;
        let answers = self.answers_to(message);
        let bytes = entry.bytes + answers.iter().map(|answer| answer.message.bytes()).sum::<usize>();
        let room = !self.full && self.bytes + bytes <= self.bytes_max && self.messages.len() < PROMPT_MESSAGES_MAX;
        // Whatever their size: the newest message, or the model would not see what it just did, and the newest input,
        // for without it there is nothing to answer. Older steps of a long turn give way.
        let needed = self.messages.is_empty() || (message.role == Role::User && !self.has_user);
        self.full |= !room;
        if !room && !needed {
            return !self.has_user;
        }
        self.overfull |= !room;
        self.bytes += bytes;
        self.has_user |= message.role == Role::User;
        let place = self.messages.len();
        let placed = Placed { sequence: entry.sequence, message: message.clone(), bytes };
        match &mut self.latest_answer {
            // It came while the model wrote what stands behind it in the log: it is what the model reads next.
            Some((answer, before)) if message.role == Role::User && entry.sequence >= *before && *before > 0 => {
                self.messages.insert(*answer, placed);
                *answer += 1;
            }
            latest => {
                if message.role == Role::Agent {
                    *latest = Some((place, entry.answers_before));
                }
                self.messages.extend(answers.into_iter().rev());
                self.messages.push(placed);
            }
        }
        true
    }

    /// The answers to a message's calls, in the order of the calls; a missing one is filled in.
    fn answers_to(&mut self, message: &Message) -> Vec<Placed> {
        let calls = message.tool_calls();
        calls
            .enumerate()
            .map(|(ordinal, call)| match self.answers.remove(call.id.as_str()) {
                Some(answer) => Placed { sequence: answer.sequence, message: answer.message, bytes: 0 },
                None => {
                    let error = Some("interrupted before it was answered".to_owned());
                    let result = ToolResult { tool_call_id: call.id.clone(), result: None, error };
                    let id = MessageId::result_of(crate::TurnId(message.id.0), 0, ordinal as u32);
                    let content = vec![ContentPart::ToolResult(result)];
                    let message = Arc::new(Message::new(id, Role::ToolResult, content, message.created_at));
                    Placed { sequence: 0, message, bytes: 0 }
                }
            })
            .collect()
    }

    /// The prompt.
    pub fn finish(mut self) -> Prompt {
        let _ = self.drop_answers_without_question();
        let sequences = self.messages.iter().map(|placed| placed.sequence);
        let from = sequences.filter(|sequence| *sequence > 0).min().unwrap_or(0);
        let bytes = self.messages.iter().map(|placed| placed.bytes).sum();
        let messages = self.messages.into_iter().rev().map(|placed| placed.message).collect();
        Prompt { config: self.config, messages, from, bytes }
    }

    /// The budget may have cut between a question and its answer; providers want a user to speak first. The sequence of
    /// the newest message that had to go.
    fn drop_answers_without_question(&mut self) -> i64 {
        let mut newest = 0;
        while let Some(dropped) = self.messages.pop_if(|placed| placed.message.role != Role::User) {
            newest = newest.max(dropped.sequence);
        }
        newest
    }
}

/// The message that carries a call's answer, as the API lists it and the model reads it.
pub fn result_message(completed: &ToolCompleted, at: Timestamp) -> Message {
    let by_client = completed.capability_id.is_none();
    let result = completed.result.as_ref().map(|parts| match parts.as_slice() {
        // A client's result was a JSON value and becomes it again; a tool's text stays text unless it is a document.
        [ContentPart::Text { text }] => match serde_json::from_str::<Value>(text) {
            Ok(value) if by_client || value.is_object() || value.is_array() => value,
            _ => Value::String(text.clone()),
        },
        parts => serde_json::to_value(parts).expect("content parts are plain JSON"),
    });
    let content = ToolResult { tool_call_id: completed.tool_call_id.clone(), result, error: completed.error.clone() };
    Message::new(MessageId::from_u128(0), Role::ToolResult, vec![ContentPart::ToolResult(content)], at)
}

#[cfg(test)]
mod tests;
