//! What was said to a turn: inputs that its next reason step reads, and those that wait for a turn of their own.

use std::sync::Arc;

use super::Turn;
use super::draft::Draft;
use crate::config::Config;
use crate::delivery::DropReason;
use crate::event::{DequeuedPrivate, InputDequeued, InputDropped, InputMessage, InputSteered};
use crate::message::{Controls, Message};
use crate::{MessageId, TurnId};

/// An input that no reason step has read yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    /// Its id.
    pub message_id: MessageId,
    /// How the turn shall go on with it. Those of the message that opened the turn are in its configuration already.
    pub controls: Option<Controls>,
}

/// A message that waits for a turn of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// Where it stands in the log.
    pub sequence: i64,
    /// What was said.
    pub message: Arc<Message>,
}

impl Turn {
    /// Folds an input in.
    pub(super) fn hear(&mut self, sequence: i64, input: &InputMessage) {
        if input.is_queued() {
            self.queue.push(Queued { sequence, message: Arc::new(input.message.clone()) });
            return;
        }
        let opens = input.message.id == self.input_message_id;
        let controls = input.message.controls.clone().filter(|controls| !opens && !controls.is_plain());
        self.unread.push(Unread { message_id: input.message.id, controls });
    }

    /// The configuration of the next reason step: the pinned one with the wishes of the inputs that it reads.
    pub fn next_config(&self) -> Arc<Config> {
        let mut config = self.config.clone();
        for controls in self.unread.iter().filter_map(|unread| unread.controls.as_ref()) {
            config = Arc::new(config.steered(controls));
        }
        config
    }

    /// Unread inputs whose fate is not told by `turn.started`.
    fn untold(&self) -> Vec<MessageId> {
        let opener = self.started_at.map(|_| self.input_message_id);
        self.unread.iter().map(|unread| unread.message_id).filter(|id| Some(*id) != opener).collect()
    }
}

/// The reason step that follows reads what was said.
pub(super) fn take_in(draft: &mut Draft) {
    for message_id in draft.turn.untold() {
        draft.push(InputSteered { message_id, turn_id: draft.turn.id });
    }
}

/// The turn ends and leaves these unanswered.
pub(super) fn drop_unread(draft: &mut Draft, reason: DropReason) {
    for message_id in draft.turn.untold() {
        draft.push(InputDropped { message_id, reason, turn_id: draft.turn.id });
    }
}

/// The oldest queued message, if there is one, opens the next turn.
pub(super) fn next_turn(draft: &mut Draft) {
    let mut queue = draft.turn.queue.iter();
    let Some(next) = queue.next() else { return };
    let dequeued = InputDequeued {
        message_id: next.message.id,
        turn_id: TurnId::opened_by(next.message.id),
        queued_sequences: queue.map(|queued| queued.sequence).collect(),
        private: DequeuedPrivate { message: Some(Message::clone(&next.message)) },
    };
    draft.push(dequeued);
}
