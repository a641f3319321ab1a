//! The turn: one input and all the work until its answer, as a pure state machine.
//!
//! The log is its only state. [`Turn::apply`] folds an event, [`decide`] answers an [`Input`] with the events to
//! write, [`effects`] tells what has to be done in the world next. Load after a crash and the step after a commit ask
//! the same question, so recovery is the normal path.

mod answer;
mod apply;
mod calls;
mod decide;
mod draft;
mod effects;
mod input;
mod inputs;
pub mod laws;
mod phase;
mod told;

#[cfg(test)]
mod tests;

pub use decide::decide;
pub use effects::{Effect, effects};
pub use input::{Answer, Called, Failure, GiveWay, Input, Outcome, Said};
pub use inputs::{Queued, Unread};

use std::sync::Arc;

use crate::config::{Config, Served};
use crate::message::ToolCall;
use crate::session::SessionStatus;
use crate::{MessageId, Spent, Timestamp, TurnId};

/// What a turn is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An input is there, nothing is decided yet.
    Fresh,
    /// The model is asked.
    Reasoning,
    /// Tools of the server run.
    Acting,
    /// Calls are open that somebody outside answers; the turn is parked.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// It is over.
    Ended,
}

/// The folded state of one turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Its id.
    pub id: TurnId,
    /// The message that opened it.
    pub input_message_id: MessageId,
    /// What it runs with: pinned when it started, and changed only by inputs that reason steps took in.
    pub config: Arc<Config>,
    /// The name by content of the configuration it was started with.
    pub config_hash: Arc<str>,
    /// What it is doing.
    pub phase: Phase,
    /// Reason steps so far.
    pub iterations: u32,
    /// Reason steps since the last input.
    pub iterations_since_input: u32,
    /// Inputs that no reason step has read yet, oldest first.
    pub unread: Vec<Unread>,
    /// Messages that wait for a turn of their own behind this one, oldest first.
    pub queue: Vec<Queued>,
    /// The latest reason step.
    pub reason: Reason,
    /// The calls of the latest answer.
    pub calls: Vec<Call>,
    /// When the latest act phase began.
    pub act_started_at: Option<Timestamp>,
    /// When the turn began.
    pub started_at: Option<Timestamp>,
    /// When its first text was written.
    pub first_text_at: Option<Timestamp>,
    /// Tokens of this turn.
    pub usage: Spent,
    /// Tokens of the session before this turn.
    pub usage_before: Spent,
    /// Model calls that ended.
    pub llm_call_count: u32,
    /// Tool calls that were answered.
    pub tool_call_count: u32,
    /// The last event that is folded in.
    pub last_sequence: i64,
    /// The session's last event when its present holder claimed it: older intents may have run already.
    pub claimed_sequence: i64,
}

/// One reason step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// Messages before this sequence are in its prompt.
    pub started_sequence: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// How often its text was thrown away.
    pub attempt: u32,
    /// The message it writes.
    pub message_id: Option<MessageId>,
    /// What readers have seen of that message.
    pub shown: String,
    /// What readers have seen of the thoughts before it.
    pub thought: String,
    /// Readers were told that the model thinks, and not yet that it stopped.
    pub thinks: bool,
    /// Models of the configuration that failed in this step.
    pub passed_over: usize,
    /// When its first text was written.
    pub first_text_at: Option<Timestamp>,
}

/// One call of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What the model wants.
    pub tool_call: ToolCall,
    /// Whether the client answers it.
    pub client_side: bool,
    /// How far it is.
    pub state: CallState,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Nothing happened yet.
    Open,
    /// The intent is written.
    Started {
        /// Where.
        sequence: i64,
        /// When.
        at: Timestamp,
    },
    /// It has its answer.
    Closed {
        /// Whether it went well.
        success: bool,
    },
}

impl Call {
    /// Whether it has its answer.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, CallState::Closed { .. })
    }
}

impl Turn {
    /// A turn that `message` opens. The message itself is folded in by [`Turn::apply`] like every other event.
    pub fn opened_by(message: MessageId, config: Arc<Config>, config_hash: Arc<str>, usage_before: Spent) -> Self {
        Self {
            id: TurnId::opened_by(message),
            input_message_id: message,
            config,
            config_hash,
            phase: Phase::Fresh,
            iterations: 0,
            iterations_since_input: 0,
            unread: Vec::new(),
            queue: Vec::new(),
            reason: Reason::default(),
            calls: Vec::new(),
            act_started_at: None,
            started_at: None,
            first_text_at: None,
            usage: Spent::default(),
            usage_before,
            llm_call_count: 0,
            tool_call_count: 0,
            last_sequence: 0,
            claimed_sequence: 0,
        }
    }

    /// The session's status while the turn is as it is.
    pub fn session_status(&self) -> SessionStatus {
        match self.phase {
            Phase::Fresh | Phase::Reasoning | Phase::Acting => SessionStatus::Active,
            Phase::Waiting { .. } => SessionStatus::WaitingForToolResults,
            Phase::Ended => SessionStatus::Idle,
        }
    }

    /// The model that is asked now: the configuration's own, or one that stands in for it.
    pub fn model(&self) -> Option<Served> {
        self.config.models().nth(self.reason.passed_over)
    }

    /// When a parked turn goes on by itself.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Waiting { since } => Some(since.plus_seconds(self.config.client_tool_seconds)),
            _ => None,
        }
    }

    /// The calls that a client still has to answer.
    pub fn open_client_calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.client_side && !call.is_closed())
    }

    /// The phase number of the latest reason step; its act phase has the next one.
    pub(crate) fn reason_step(&self) -> u32 {
        (2 * self.iterations).saturating_sub(1)
    }

    /// Position of a call that is not closed, by the provider's id.
    fn unclosed(&self, id: &str) -> Option<usize> {
        self.calls.iter().position(|call| call.tool_call.id == id && !call.is_closed())
    }
}
