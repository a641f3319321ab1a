//! Messages of the agent: `output.message.*`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Encoded;
use crate::config::{ErrorDisclosure, Served};
use crate::message::Message;
use crate::provider_items::ProviderItems;
use crate::{ErrorCode, MessageId, ModelId, ProviderId, Spent, TurnId};

/// The agent begins a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputMessageStarted {
    /// The turn.
    pub turn_id: TurnId,
    /// The message that begins.
    pub message_id: MessageId,
    /// The model that writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Which reason step of the turn, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
}

/// More text of a message. Readers also get `accumulated`, which is built when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputMessageDelta {
    /// The turn.
    pub turn_id: TurnId,
    /// The message that grows.
    pub message_id: MessageId,
    /// The new text.
    pub delta: String,
    #[serde(skip)]
    /// Where it stands.
    pub private: DeltaPrivate,
}

impl OutputMessageDelta {
    /// Reads the stored form of a delta.
    pub fn decode(encoded: &Encoded) -> Result<Self, serde_json::Error> {
        let mut delta: Self = serde_json::from_str(&encoded.data)?;
        delta.private = serde_json::from_str(encoded.private.as_deref().unwrap_or("{}"))?;
        Ok(delta)
    }
}

/// The private part of a delta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaPrivate {
    /// Bytes of text before this delta.
    pub offset: usize,
}

/// A guardrail rewrote a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputMessageReplaced {
    /// The turn.
    pub turn_id: TurnId,
    /// The guardrail's capability.
    pub guardrail_capability_id: String,
    /// The guardrail.
    pub guardrail_id: String,
    /// Why, as a code.
    pub reason_code: String,
    /// The text that stands now.
    pub replacement: String,
    /// The message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
}

/// Which model wrote something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelMetadata {
    /// What its driver is asked for, such as `llmsim/echo`.
    pub model: String,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// Who serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderId>,
}

impl ModelMetadata {
    /// The model that a turn asks.
    pub(crate) fn of(served: Option<Served>) -> Option<Self> {
        let Served { model, served_by, .. } = served?;
        let (model_id, provider_id) = served_by.map(|by| (by.model_id, by.provider_id)).unzip();
        Some(Self { model, model_id, provider_id })
    }
}

/// A message of the agent is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputMessageCompleted {
    /// The message.
    pub message: Message,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ModelMetadata>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
    /// `commentary` before tool calls, `final_answer` at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Why the turn failed, when this message tells the user so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// Facts behind the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_fields: Option<Map<String, Value>>,
    /// How much of the error is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_disclosure: Option<ErrorDisclosure>,
    #[serde(skip)]
    /// What only the provider needs back.
    pub private: CompletedPrivate,
}

/// The private part of a completed message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CompletedPrivate {
    /// The provider's own items (reasoning, signatures), to be sent back to it unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_items: Option<Arc<ProviderItems>>,
    /// Messages before this sequence were in the prompt that it answers; 0: it answers none. An input that came while
    /// the model was answering stands before the answer in the log and after it in the conversation.
    #[serde(default)]
    pub answers_before: i64,
}
