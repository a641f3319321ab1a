//! Turns: `turn.*`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::ErrorDisclosure;
use crate::{AgentId, ErrorCode, MessageId, Spent, TurnId};

/// A turn began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnStarted {
    /// The turn.
    pub turn_id: TurnId,
    /// The message that opened it.
    pub input_message_id: MessageId,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The configuration the turn runs with, by content: `sha256:` and 64 hex digits.
    pub config_hash: String,
}

/// A turn ended with an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnCompleted {
    /// The turn.
    pub turn_id: TurnId,
    /// Reason steps.
    pub iterations: u32,
    /// From start to end, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Tokens of the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_message_id: Option<MessageId>,
    /// How the answer begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_answer_preview: Option<String>,
    /// From start to the first text, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_first_token_ms: Option<u64>,
    /// Tool calls answered.
    pub tool_call_count: u32,
    /// Model calls made.
    pub llm_call_count: u32,
}

/// A turn ended without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnFailed {
    /// The turn.
    pub turn_id: TurnId,
    /// What happened, for people.
    pub error: String,
    /// What happened, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// Facts behind the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_fields: Option<Map<String, Value>>,
    /// How much of the error is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_disclosure: Option<ErrorDisclosure>,
}

/// Somebody stopped the turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnCancelled {
    /// The turn.
    pub turn_id: TurnId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Tokens of the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
    /// Whether all that was said in the turn leaves the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
    #[serde(skip)]
    /// What leaves the conversation.
    pub private: CancelledPrivate,
}

/// The private part of a cancelled turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelledPrivate {
    /// Messages from this sequence on, up to the event itself, leave the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
}

/// The server stopped the turn on purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnSealed {
    /// The turn.
    pub turn_id: TurnId,
    /// `no_progress` or `budget`.
    pub reason: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Reason steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// Tokens of the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
}
