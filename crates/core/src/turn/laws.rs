//! What holds for every log of a turn and for every prompt, as checks that panic. The stories of this crate's tests and
//! the simulation hold their histories against them; no server runs them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Phase, Turn};
use crate::MessageId;
use crate::event::{Context, EventData, Recorded};
use crate::message::{ContentPart, Message, Role};

/// An event as the log has it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where in a turn it belongs.
    pub context: Option<Context>,
    /// The event.
    pub event: Recorded,
}

/// Panics unless the events of a turn stand in the order that clients rely on, and each call is closed once. `log`
/// begins with the event that opened the turn: an input, or that it left the queue.
pub fn order(turn: &Turn, log: &[Entry]) {
    let mut seen = Seen::default();
    for entry in log {
        seen.check_context(turn, entry);
        seen.add(&entry.event);
        seen.opener = Some(turn.input_message_id);
    }
    seen.check_end(turn);
}

#[derive(Default)]
struct Seen {
    /// The message that opened the turn.
    opener: Option<MessageId>,
    started: bool,
    /// Reason steps, and the sequence of the latest.
    reasons: (u32, i64),
    reasoning: bool,
    acting: bool,
    waiting: bool,
    /// Inputs that no reason step has read and whose fate is open; the second: the next reason step is told to read it.
    unread: Vec<(MessageId, bool)>,
    /// Messages that wait for a turn of their own.
    queued: Vec<MessageId>,
    /// The message that is being written, and its text so far.
    writing: Option<(MessageId, String)>,
    written: HashSet<MessageId>,
    /// What was thought of that message so far, and whether more is to come.
    thoughts: String,
    thinking: bool,
    last_message: Option<(MessageId, bool)>,
    calls: Vec<Progress>,
    /// Span of each operation that began.
    spans: HashMap<String, (u32, u32)>,
    /// What may still come once the turn ended; the last is the end.
    rest: Option<Vec<&'static str>>,
}

struct Progress {
    id: String,
    started: bool,
    closed: bool,
}

impl Seen {
    fn add(&mut self, Recorded { sequence, data: event, .. }: &Recorded) {
        if let Some(rest) = &mut self.rest {
            assert_eq!(rest.pop(), Some(event.type_name()), "after the end of the turn");
            return;
        }
        match event {
            EventData::InputMessage(input) if input.is_queued() => self.queued.push(input.message.id),
            EventData::InputMessage(input) => self.unread.push((input.message.id, false)),
            EventData::InputDequeued(input) => {
                assert!(self.opener.is_none(), "a queued message opens its turn");
                self.unread.push((input.message_id, false));
            }
            EventData::InputSteered(steered) => {
                let unread = self.unread.iter_mut().find(|(id, taken)| *id == steered.message_id && !taken);
                let unread = unread.expect("an unread input is taken in, once");
                assert!(Some(unread.0) != self.opener || !self.started, "what opens a turn does not steer it");
                unread.1 = true;
            }
            EventData::InputDropped(dropped) => {
                assert!(Some(dropped.message_id) != self.opener || !self.started, "what opened a turn is not dropped");
                let place = self.unread.iter().position(|unread| *unread == (dropped.message_id, false));
                self.unread.remove(place.expect("an unread input is dropped, once"));
            }
            EventData::TurnStarted(started) => {
                assert!(!self.started, "a turn starts once");
                assert_eq!(Some(started.input_message_id), self.opener, "a turn names what opened it");
                self.started = true;
            }
            EventData::ReasonStarted(_) => {
                assert!(!self.reasoning && !self.acting && self.all_closed());
                self.reasoning = true;
                self.reasons = (self.reasons.0 + 1, *sequence);
                let is_told = |(id, taken): &(MessageId, bool)| *taken || Some(*id) == self.opener;
                assert!(self.unread.iter().all(is_told), "a reason step tells what it reads");
                self.unread.clear();
                self.calls.clear();
            }
            EventData::OutputMessageStarted(message) => {
                assert!(self.writing.is_none(), "one message at a time");
                assert!(self.written.insert(message.message_id), "a new message has a new id");
                self.writing = Some((message.message_id, String::new()));
                self.thoughts.clear();
            }
            EventData::OutputMessageDelta(delta) => {
                let (id, text) = self.writing.as_mut().expect("a delta has a message");
                assert!(self.reasoning && !delta.delta.is_empty());
                assert_eq!((*id, text.len()), (delta.message_id, delta.private.offset));
                text.push_str(&delta.delta);
            }
            EventData::ReasonThinkingStarted(_) => {
                assert!(self.reasoning && self.writing.is_some() && !self.thinking);
                self.thinking = true;
            }
            EventData::ReasonThinkingDelta(delta) => {
                let (id, _) = self.writing.as_ref().expect("thoughts have a message");
                assert!(self.thinking && !delta.delta.is_empty());
                assert_eq!((*id, self.thoughts.len()), (delta.private.message_id, delta.private.offset));
                self.thoughts.push_str(&delta.delta);
            }
            EventData::ReasonThinkingCompleted(completed) => {
                assert!(self.thinking);
                assert_eq!(completed.thinking, self.thoughts, "deltas are the thoughts");
                self.thinking = false;
            }
            EventData::ReasonItem(_) => {}
            EventData::ReasonRecovered(recovered) => {
                let (_, text) = self.writing.take().expect("a message is dropped");
                assert_eq!(recovered.accumulated_len, text.len());
                self.thinking = false;
            }
            EventData::ReasonCompleted(_) => {
                assert!(self.reasoning && !self.thinking);
                self.reasoning = false;
            }
            EventData::OutputMessageCompleted(completed) => {
                let message = &completed.message;
                if let Some((id, text)) = self.writing.take() {
                    assert_eq!(id, message.id);
                    assert!(text.is_empty() || text == message.text(), "deltas are the text");
                }
                assert!(!self.reasoning);
                self.last_message = Some((message.id, completed.error_code.is_some()));
                self.calls = message
                    .tool_calls()
                    .map(|call| Progress { id: call.id.clone(), started: false, closed: false })
                    .collect();
                let ids: HashSet<_> = self.calls.iter().map(|call| &call.id).collect();
                assert_eq!(ids.len(), self.calls.len(), "calls have ids of their own");
            }
            EventData::ActStarted(_) => self.acting = true,
            EventData::ActCompleted(_) => {
                assert!(self.acting);
                assert!(self.calls.iter().all(|call| !call.started || call.closed));
                self.acting = false;
            }
            EventData::ToolStarted(started) => {
                assert!(self.acting);
                let call = self.open_call(&started.tool_call.id);
                assert!(!call.started, "a call starts once");
                call.started = true;
            }
            EventData::ToolCompleted(completed) => {
                self.open_call(&completed.tool_call_id).closed = true;
                self.waiting &= !self.all_closed();
            }
            EventData::ToolCallRequested(requested) => {
                assert!(!self.acting);
                let open = self.calls.iter().filter(|call| !call.closed);
                let asked = requested.tool_calls.iter().map(|call| &call.id);
                assert!(asked.eq(open.map(|call| &call.id)), "what is open is asked for");
                self.waiting = true;
            }
            EventData::TurnCompleted(completed) => {
                assert!(self.all_closed() && self.unread.is_empty() && self.writing.is_none());
                // A turn that ran out of steps ends with calls, which are no answer.
                let last = self.last_message.map(|(id, _)| id).filter(|_| self.calls.is_empty());
                assert_eq!(completed.final_message_id, last);
                self.end(vec!["session.idled"]);
            }
            EventData::TurnFailed(_) => {
                assert!(self.all_closed() && self.writing.is_none());
                assert!(self.last_message.is_some_and(|(_, apology)| apology));
                self.end(vec!["session.idled"]);
            }
            EventData::TurnCancelled(cancelled) if cancelled.rolled_back => self.end(vec!["session.idled"]),
            EventData::TurnCancelled(_) => {
                self.end(vec!["session.idled", "output.message.completed", "input.message"]);
            }
            EventData::LlmGeneration(generation) => assert_eq!(generation.private.before, self.reasons.1),
            EventData::SessionActivated(_) => {}
            other => panic!("a turn does not write {}", other.type_name()),
        }
    }

    fn end(&mut self, rest: Vec<&'static str>) {
        self.rest = Some(rest);
    }

    fn all_closed(&self) -> bool {
        self.calls.iter().all(|call| call.closed)
    }

    #[track_caller]
    fn open_call(&mut self, id: &str) -> &mut Progress {
        let call = self.calls.iter_mut().find(|call| call.id == id);
        let call = call.expect("the call was asked for");
        assert!(!call.closed, "call {id} is closed twice");
        call
    }

    /// Only a turn's own events have a context, and both ends of an operation share their span.
    fn check_context(&mut self, turn: &Turn, entry: &Entry) {
        let type_name = entry.event.data.type_name();
        let bare = ["input.message", "input.dequeued"].contains(&type_name) || type_name.starts_with("session.");
        assert_eq!(entry.context.is_none(), bare, "{type_name}");
        let Some(context) = entry.context else {
            return;
        };
        assert_eq!((context.turn_id, context.input_message_id), (turn.id, turn.input_message_id));
        let span = (context.step, context.span);
        let operation = match &entry.event.data {
            EventData::ToolStarted(started) => started.tool_call.id.clone(),
            EventData::ToolCompleted(completed) => completed.tool_call_id.clone(),
            _ if self.rest.is_some() => return,
            _ => type_name.trim_end_matches(".started").trim_end_matches(".completed").to_owned(),
        };
        let operation = format!("{operation} of {}", span.0);
        let known = *self.spans.entry(operation.clone()).or_insert(span);
        assert_eq!(known, span, "{operation}");
        let reasons = self.reasons.0 + u32::from(type_name == "reason.started");
        let step = match type_name.split('.').next() {
            Some("reason" | "output" | "llm") => (2 * reasons).saturating_sub(1),
            Some("act" | "tool") => 2 * reasons,
            _ => 0,
        };
        assert_eq!(span.0, step, "phase of {type_name}");
    }

    fn check_end(&self, turn: &Turn) {
        let ended = turn.phase == Phase::Ended;
        assert_eq!(ended, self.rest.is_some());
        if let Some(rest) = &self.rest {
            assert!(rest.is_empty(), "missing at the end: {rest:?}");
        }
        assert!(self.started || ended || turn.phase == Phase::Fresh);
        assert_eq!(self.reasoning && !ended, turn.phase == Phase::Reasoning);
        assert_eq!(self.acting && !ended, turn.phase == Phase::Acting);
        assert_eq!(self.waiting && !ended, matches!(turn.phase, Phase::Waiting { .. }));
        if ended {
            let opener = self.opener.filter(|_| self.started);
            let overlooked = self.unread.iter().find(|(id, _)| Some(*id) != opener);
            assert_eq!(overlooked, None, "the turn ended without a word about an input");
        }
        let queued = turn.queue.iter().map(|queued| queued.message.id);
        let known = queued.clone().filter(|id| self.queued.contains(id));
        assert!(known.eq(self.queued.iter().copied()), "the turn forgot a queued message");
    }
}

/// Panics unless a prompt obeys every provider's grammar: a user speaks first, and each call is answered exactly once,
/// right behind the message that asked, in the order of the calls.
pub fn grammar(messages: &[Arc<Message>]) {
    let mut expected = Vec::new().into_iter();
    let mut started = false;
    for message in messages {
        let answer = match message.content.as_slice() {
            [ContentPart::ToolResult(result)] => Some(result.tool_call_id.clone()),
            _ => None,
        };
        assert_eq!(answer.is_some(), message.role == Role::ToolResult);
        assert_eq!(answer, expected.next(), "in {messages:#?}");
        started |= message.role == Role::User;
        assert!(started, "a user speaks first");
        if message.role == Role::Agent {
            let ids: Vec<String> = message.tool_calls().map(|call| call.id.clone()).collect();
            expected = ids.into_iter();
        }
    }
    assert_eq!(expected.next(), None, "a call without an answer");
}
