//! Everything that can happen to a turn.

use crate::event::Retry;
use crate::message::{ContentPart, ToolCall, ToolResult};
use crate::provider_items::ProviderItems;
use crate::{ErrorCode, Usage};

/// What happened, for [`super::decide`].
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Begin the turn.
    Start,
    /// What the model said so far in this attempt, whole.
    Said(Said),
    /// The model's finished answer.
    Answer(Answer),
    /// The model gave no answer, and will not be asked again.
    ModelFailed(Failure),
    /// A tool of the server ended.
    ToolEnded {
        /// Which call of the answer, from 0.
        ordinal: usize,
        /// How it ended.
        outcome: Outcome,
    },
    /// A client answered calls.
    Results(Vec<ToolResult>),
    /// Time passed or an input came: a parked turn looks whether it goes on.
    Wake,
    /// Somebody stops the turn.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// The turn ends for a message that opens the next one before all that is queued.
    GiveWay(GiveWay),
}

/// How a turn gives way to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveWay {
    /// What was said stays in the conversation.
    Interrupted,
    /// What was said leaves the conversation.
    RolledBack {
        /// Where the turn begins in the log.
        from: i64,
    },
}

/// What a model says while it says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// What it thinks before it answers.
    pub thinking: String,
    /// The text.
    pub text: String,
}

/// A model's finished answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Text and thoughts.
    pub said: Said,
    /// The tools it wants.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens spent.
    pub usage: Usage,
    /// What the provider says that it cost, billionths of a US dollar.
    pub cost_nanos: Option<u64>,
    /// Why the model stopped, in the provider's word.
    pub finish_reason: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// What the provider wants back with the message.
    pub provider_items: Option<ProviderItems>,
    /// How the call was made.
    pub called: Called,
}

/// How a model call was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Called {
    /// The sequence of the oldest message in the prompt.
    pub prompt_from: i64,
    /// How often the model was asked again, if at all.
    pub retry: Option<Retry>,
    /// Whether older messages were left out because the provider found the prompt too large.
    pub trimmed: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// For people, without secrets.
    pub message: String,
    /// How the call was made.
    pub called: Called,
}

/// How a tool ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Well, with this result.
    Success(Vec<ContentPart>),
    /// Badly; the model is told.
    Error(String),
    /// It took too long.
    Timeout(String),
    /// Nobody knows: the server stopped while it ran, and it must not run twice.
    Unknown,
}
