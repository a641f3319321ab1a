//! A batch of events in the making: each one is folded into a copy of the turn, so the next is decided on it.

use super::Turn;
use crate::event::{Context, EventData, NewEvent, Recorded};
use crate::{Spent, Timestamp};

pub(super) struct Draft {
    pub(super) turn: Turn,
    pub(super) now: Timestamp,
    events: Vec<NewEvent>,
}

impl Draft {
    pub(super) fn new(turn: &Turn, now: Timestamp) -> Self {
        Self { turn: turn.clone(), now, events: Vec::with_capacity(8) }
    }

    pub(super) fn push(&mut self, data: impl Into<EventData>) {
        let data = data.into();
        let context_before = context_of(&self.turn, &data);
        let event = Recorded { sequence: self.turn.last_sequence + 1, at: self.now, data };
        self.turn.apply(&event);
        let context = match event.data {
            // A reason step counts from its own first event on.
            EventData::ReasonStarted(_) => context_of(&self.turn, &event.data),
            _ => context_before,
        };
        self.events.push(NewEvent { context, data: event.data });
    }

    pub(super) fn finish(self) -> Vec<NewEvent> {
        self.events
    }

    /// Tokens of the session with this turn.
    pub(super) fn session_usage(&self) -> Spent {
        self.turn.usage_before + self.turn.usage
    }
}

/// Where an event belongs in its turn: phases count reason and act in turn, spans the operations within a phase.
fn context_of(turn: &Turn, data: &EventData) -> Option<Context> {
    let reason = turn.reason_step();
    let tool_span = |id: &str| 1 + turn.unclosed(id).unwrap_or(turn.calls.len()) as u32;
    let (step, span) = match data {
        EventData::InputMessage(_)
        | EventData::InputDequeued(_)
        | EventData::SessionStarted(_)
        | EventData::SessionActivated(_)
        | EventData::SessionIdled(_) => return None,
        EventData::ReasonStarted(_) | EventData::ReasonCompleted(_) | EventData::ReasonRecovered(_) => (reason, 0),
        EventData::OutputMessageStarted(_)
        | EventData::OutputMessageDelta(_)
        | EventData::OutputMessageCompleted(_)
        | EventData::ReasonThinkingStarted(_)
        | EventData::ReasonThinkingDelta(_)
        | EventData::ReasonThinkingCompleted(_)
        | EventData::ReasonItem(_)
        | EventData::LlmGeneration(_) => (reason, 1),
        EventData::ActStarted(_) | EventData::ActCompleted(_) | EventData::ToolCallRequested(_) => (reason + 1, 0),
        EventData::ToolStarted(started) => (reason + 1, tool_span(&started.tool_call.id)),
        EventData::ToolCompleted(completed) => (reason + 1, tool_span(&completed.tool_call_id)),
        _ => (0, 0),
    };
    Some(Context { turn_id: turn.id, input_message_id: turn.input_message_id, step, span })
}
