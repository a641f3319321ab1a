//! What has to be done in the world, given where a turn stands.

use super::{CallState, Phase, Turn};
use crate::Timestamp;
use crate::message::ToolCall;
use crate::tool::{AnsweredBy, SideEffectClass};

/// Something to be done; its end comes back as an [`super::Input`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Feed [`super::Input::Start`].
    Start,
    /// Ask the model, with the messages before this sequence.
    CallModel {
        /// The prompt ends before it.
        before: i64,
    },
    /// Run a tool of the server.
    RunTool {
        /// Which call of the answer.
        ordinal: usize,
        /// Names this effect for ever: a second run carries the same key.
        key: String,
        /// What the model wants.
        call: ToolCall,
        /// The capability that runs it.
        capability: String,
    },
    /// A former holder may have run this call, and it must not run twice: feed [`super::Outcome::Unknown`].
    GiveUpTool {
        /// Which call of the answer.
        ordinal: usize,
    },
    /// Feed [`super::Input::Wake`].
    Wake,
    /// Park until somebody answers, or until this time.
    ParkUntil(Timestamp),
}

/// The effects that are due. The same turn always gives the same list; whoever runs them leaves out what is running.
pub fn effects(turn: &Turn) -> Vec<Effect> {
    match turn.phase {
        Phase::Fresh => vec![Effect::Start],
        Phase::Reasoning => vec![Effect::CallModel { before: turn.reason.started_sequence }],
        Phase::Acting => turn.calls.iter().enumerate().filter_map(|(ordinal, _)| tool_effect(turn, ordinal)).collect(),
        Phase::Waiting { .. } if !turn.unread.is_empty() => vec![Effect::Wake],
        Phase::Waiting { .. } => turn.deadline().map(Effect::ParkUntil).into_iter().collect(),
        Phase::Ended => Vec::new(),
    }
}

fn tool_effect(turn: &Turn, ordinal: usize) -> Option<Effect> {
    let call = &turn.calls[ordinal];
    let CallState::Started { sequence, .. } = call.state else {
        return None;
    };
    match &turn.config.tool(&call.tool_call.name)?.answered_by {
        AnsweredBy::Client => None,
        AnsweredBy::Capability { class: SideEffectClass::AtMostOnce, .. } if sequence <= turn.claimed_sequence => {
            Some(Effect::GiveUpTool { ordinal })
        }
        AnsweredBy::Capability { id, .. } => Some(Effect::RunTool {
            ordinal,
            key: format!("{}-{}-{ordinal}", turn.id.0.simple(), turn.iterations),
            call: call.tool_call.clone(),
            capability: id.clone(),
        }),
    }
}
