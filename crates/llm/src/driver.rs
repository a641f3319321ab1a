//! What every model provider looks like to the engine.

use std::sync::Arc;

use everruns_core::message::ToolCall;
use everruns_core::model::Offered;
use everruns_core::prompt::Prompt;
use everruns_core::{ErrorCode, Usage};
use futures::stream::BoxStream;

/// A piece of a model's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// More text.
    Text(String),
    /// The model wants a tool.
    ToolCall(ToolCall),
    /// The answer is complete.
    Done {
        /// Tokens spent.
        usage: Usage,
        /// Why the model stopped, in the provider's word.
        finish_reason: Option<String>,
        /// The provider's id of the answer.
        response_id: Option<String>,
    },
}

/// Why a model call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// For programs.
    pub code: ErrorCode,
    /// For people, without secrets.
    pub message: String,
    /// Whether the same call may succeed in a moment.
    pub retryable: bool,
}

impl ModelError {
    /// A failure that another attempt does not mend.
    pub fn permanent(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false }
    }
}

/// An answer as it arrives: any number of texts and tool calls, then one [`Part::Done`] or one error, then the end.
pub type Parts = BoxStream<'static, Result<Part, ModelError>>;

/// A provider's way to ask its models.
pub trait Driver: Send + Sync {
    /// Asks the model that the prompt's configuration names. Dropping the stream gives the call up.
    fn stream(&self, prompt: Arc<Prompt>) -> Parts;

    /// The models it serves; `None`: it cannot tell.
    fn models(&self) -> Option<Vec<Offered>> {
        None
    }
}
