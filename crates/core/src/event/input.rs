//! What people say to the agent, and what became of it: `input.*`.
//!
//! Each input has one fate. It opens a turn (`turn.started` names it), steers one (`input.steered`) or is dropped
//! (`input.dropped`); until then it is unread in the open turn or waits in the queue.

use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, DropReason};
use crate::message::Message;
use crate::{MessageId, TurnId};

/// Somebody said something to the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputMessage {
    /// What was said.
    pub message: Message,
    /// How it met the turn that was open, if it did not steer it: `queue`, `interrupt` or `rollback`. One that found no
    /// turn has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Where the queued messages stand that wait behind the turn it opens, if it cut in before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queued_sequences: Vec<i64>,
}

impl InputMessage {
    /// Whether it waits for a turn of its own.
    pub fn is_queued(&self) -> bool {
        self.delivery == Some(Delivery::Queue)
    }
}

impl From<Message> for InputMessage {
    fn from(message: Message) -> Self {
        Self { message, delivery: None, queued_sequences: Vec::new() }
    }
}

/// The running turn takes an input in: its next reason step, which follows, reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputSteered {
    /// The input.
    pub message_id: MessageId,
    /// The turn.
    pub turn_id: TurnId,
}

/// A queued message has its turn now; in the conversation it stands here, behind the turn it waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputDequeued {
    /// The input.
    pub message_id: MessageId,
    /// The turn that it opens.
    pub turn_id: TurnId,
    /// Where the messages stand that are still queued, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queued_sequences: Vec<i64>,
    #[serde(skip)]
    /// What a prompt needs.
    pub private: DequeuedPrivate,
}

/// The private part of a dequeued input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DequeuedPrivate {
    /// The message, so that whoever reads the conversation finds it in its place.
    pub message: Option<Message>,
}

/// No turn answers this input any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputDropped {
    /// The input.
    pub message_id: MessageId,
    /// Why.
    pub reason: DropReason,
    /// The turn that would have read it.
    pub turn_id: TurnId,
}
