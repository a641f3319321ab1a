//! Reason steps: `reason.*`.

use serde::{Deserialize, Serialize};

use super::{Encoded, ModelMetadata};
use crate::{AgentId, HarnessId, MessageId, Spent, TurnId};

/// A call of the model begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonStarted {
    /// The harness.
    pub harness_id: HarnessId,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ModelMetadata>,
}

/// A call of the model ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonCompleted {
    /// Whether there is an answer.
    pub success: bool,
    /// Whether the answer asks for tools.
    pub has_tool_calls: bool,
    /// How many calls it asks for.
    pub tool_call_count: usize,
    /// How the text begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_preview: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From start to end, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Tokens of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
}

/// What a recovery did with text that readers had already seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMode {
    /// Keeps it as the answer.
    Finalize,
    /// Drops it; a new message follows.
    Restart,
}

/// After an interruption the model answered otherwise than readers had seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonRecovered {
    /// The turn.
    pub turn_id: TurnId,
    /// What becomes of the text seen so far.
    pub mode: RecoveryMode,
    /// Bytes of that text.
    pub accumulated_len: usize,
}

/// The model begins to think.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonThinkingStarted {
    /// The turn.
    pub turn_id: TurnId,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// More of the model's thoughts. Readers also get `accumulated`, which is built when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonThinkingDelta {
    /// The turn.
    pub turn_id: TurnId,
    /// The new text.
    pub delta: String,
    #[serde(skip)]
    /// Where it stands.
    pub private: ThinkingPrivate,
}

impl ReasonThinkingDelta {
    /// Reads the stored form.
    pub fn decode(encoded: &Encoded) -> Result<Self, serde_json::Error> {
        let mut delta: Self = serde_json::from_str(&encoded.data)?;
        delta.private = encoded.private.as_deref().map_or(Ok(delta.private), serde_json::from_str)?;
        Ok(delta)
    }
}

/// The private part of a delta of thoughts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThinkingPrivate {
    /// The message that is thought of.
    pub message_id: MessageId,
    /// Bytes of thoughts before this delta.
    pub offset: usize,
}

impl Default for ThinkingPrivate {
    fn default() -> Self {
        Self { message_id: MessageId::from_u128(0), offset: 0 }
    }
}

/// The model's thoughts, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonThinkingCompleted {
    /// The turn.
    pub turn_id: TurnId,
    /// The text.
    pub thinking: String,
}

/// An opaque reasoning item of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonItem {
    /// The turn.
    pub turn_id: TurnId,
    /// The provider.
    pub provider: String,
    /// The provider's id of it.
    pub item_id: String,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the provider tells about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Vec<String>>,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_count: Option<u32>,
    #[serde(skip)]
    /// Its content.
    pub private: ReasonItemPrivate,
}

/// The private part of a reasoning item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReasonItemPrivate {
    /// What the provider wants back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_content: Option<String>,
}
