//! What every model provider looks like to the engine.

use std::sync::Arc;
use std::time::Duration;

use everruns_core::message::ToolCall;
use everruns_core::model::{Offered, ServedBy};
use everruns_core::prompt::Prompt;
use everruns_core::{ErrorCode, Usage};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;

use crate::access::Access;
use crate::images::Images;

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The conversation, and the configuration with its instructions and tools.
    pub prompt: Arc<Prompt>,
    /// The model, such as `openai/gpt-5`: the provider's type, a slash, and the provider's name for it.
    pub model: String,
    /// Whose model that is, if it stands in the organization's book of models.
    pub served_by: Option<ServedBy>,
    /// Where its provider answers, and the keys for it. The simulated one needs none.
    pub access: Access,
    /// The uploaded images that the conversation names.
    pub images: Arc<Images>,
    /// Names the conversation, so that a provider finds what it kept of the last request.
    pub conversation: String,
}

impl Request {
    /// A request to the model of the prompt's configuration, without keys and images.
    pub fn of(prompt: Arc<Prompt>) -> Self {
        let (model, served_by) = (prompt.config.model.clone().unwrap_or_default(), prompt.config.served_by);
        let (access, images, conversation) = (Access::default(), Arc::default(), String::new());
        Self { prompt, model, served_by, access, images, conversation }
    }
}

/// A piece of a model's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// More text.
    Text(String),
    /// More of what it thinks before it answers.
    Thinking(String),
    /// Something that the provider wants back with this message, in its own form.
    Item(Value),
    /// The model wants a tool. Arguments that are not JSON are a text.
    ToolCall(ToolCall),
    /// The model writes something that is not shown yet, such as the arguments of a call.
    Progress,
    /// The answer is complete.
    Done(Done),
}

/// How an answer ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// Tokens spent.
    pub usage: Usage,
    /// Why the model stopped, in the provider's word.
    pub finish_reason: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// The provider's id of the request, by which its support finds it.
    pub request_id: Option<String>,
    /// What the provider says that the call cost, billionths of a US dollar.
    pub cost_nanos: Option<u64>,
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
    /// When the provider wants to be asked again.
    pub retry_after: Option<Duration>,
}

impl ModelError {
    /// A failure that another attempt does not mend.
    pub fn permanent(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false, retry_after: None }
    }

    /// A failure that another attempt may mend.
    pub fn passing(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { retryable: true, ..Self::permanent(code, message) }
    }
}

/// An answer as it arrives: any number of pieces, then one [`Part::Done`] or one error, then the end.
pub type Parts = BoxStream<'static, Result<Part, ModelError>>;

/// A provider's way to ask its models.
pub trait Driver: Send + Sync {
    /// Asks a model. Dropping the stream gives the call up and closes its connection.
    fn stream(&self, request: Request) -> Parts;

    /// The models that it serves without being asked; `None`: only the provider can tell.
    fn models(&self) -> Option<Vec<Offered>> {
        None
    }

    /// The names of the models that the provider serves now; `None`: it has no way to tell.
    fn list(&self, access: Access) -> BoxFuture<'static, Result<Option<Vec<String>>, ModelError>> {
        let _ = access;
        Box::pin(async { Ok(None) })
    }
}
