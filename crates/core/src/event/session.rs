//! Sessions: `session.*`.

use serde::{Deserialize, Serialize};

use crate::{AgentId, HarnessId, MessageId, Spent, TurnId};

/// The session exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionStarted {
    /// The harness.
    pub harness_id: HarnessId,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The model, if the session names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
}

/// A turn runs now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionActivated {
    /// The turn.
    pub turn_id: TurnId,
    /// The message that opened it.
    pub input_message_id: MessageId,
}

/// No turn runs any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionIdled {
    /// The turn that ended.
    pub turn_id: TurnId,
    /// Its reason steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// Tokens of the session so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
}
