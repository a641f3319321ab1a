//! From a prompt and its parameters to a reply.

use everruns_core::ErrorCode;
use everruns_core::message::{Message, ToolCall, preview};
use everruns_core::prompt::Prompt;

use super::parameters::{Parameters, newest_user, one_of};
use super::{failure, fixed, lorem, tool};
use crate::ModelError;

/// All that a simulated model says to one prompt.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// First the text,
    pub(super) text: String,
    /// then the calls,
    pub(super) tool_calls: Vec<ToolCall>,
    /// and instead of a good end, perhaps this.
    pub(super) failure: Option<ModelError>,
}

impl Reply {
    /// Nothing but text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

type Behaviour = fn(&Prompt, &Parameters) -> Result<Reply, ModelError>;

/// What it can do, by name.
pub(super) const BEHAVIOURS: &[(&str, Behaviour)] = &[
    ("default", fixed::with_note),
    ("fixed", fixed::reply),
    ("echo", echo),
    ("lorem", lorem::reply),
    ("tool", tool::reply),
    ("error", failure::reply),
];

/// The reply of the behaviour that the parameters name.
pub(super) fn reply(prompt: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    let name = parameters.text("behaviour")?.unwrap_or_default();
    match BEHAVIOURS.iter().find(|(known, _)| *known == name) {
        Some((_, behaviour)) => behaviour(prompt, parameters),
        None => Err(ModelError::permanent(
            ErrorCode::ModelUnavailable,
            format!("llmsim: there is no model `llmsim/{}`; use {}", preview(name, 40), one_of(BEHAVIOURS)),
        )),
    }
}

fn echo(prompt: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    let prefix = parameters.text("prefix")?.unwrap_or_default();
    let said = newest_user(prompt).map(Message::text).unwrap_or_default();
    Ok(Reply::text(format!("{prefix}{said}")))
}
