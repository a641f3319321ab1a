//! The record of a model call: `llm.generation`.

use serde::{Deserialize, Serialize};

use crate::Spent;
use crate::message::ToolCall;

/// What went to the model and what came back. Readers also get `messages`, expanded from the private part when read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LlmGeneration {
    /// The tools offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<GenerationTool>,
    /// What came back.
    pub output: GenerationOutput,
    /// About the call.
    pub metadata: GenerationMetadata,
    #[serde(skip)]
    /// What went in.
    pub private: GenerationPrivate,
}

/// A tool that was offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerationTool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
}

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GenerationOutput {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
}

/// About a model call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerationMetadata {
    /// The model.
    pub model: String,
    /// Its provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether there is an answer.
    pub success: bool,
    /// Tokens spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From start to end, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// From start to the first text, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_first_token_ms: Option<u64>,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reasons: Option<Vec<String>>,
    /// The provider's id of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// The provider's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How often the model was asked again, if at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Whether messages were left out because the prompt was too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compaction: Option<Compaction>,
}

/// How often a model was asked again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Calls in all, the first one included.
    pub attempts: u32,
    /// Time between them, milliseconds.
    pub total_wait_ms: u64,
}

/// What was done to a prompt that was too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// Older messages were left out.
    pub compacted: bool,
}

/// The private part: the prompt by reference, so that the log grows with the conversation and not with its square.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationPrivate {
    /// The sequence of the oldest message in the prompt.
    pub from: i64,
    /// Messages before this sequence were in the prompt.
    pub before: i64,
    /// The provider's own words for what went wrong, whoever may read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
