//! `tool`: asks for tools, then tells what they answered.

use std::sync::Arc;

use everruns_core::message::{ContentPart, Message, Role, ToolCall, ToolResult};
use everruns_core::prompt::Prompt;
use serde_json::{Value, json};

use super::behaviour::Reply;
use super::parameters::Parameters;
use crate::ModelError;

/// More than the engine carries out of one answer, so that its limit can be tried.
const COUNT_MAX: u64 = 1_000;
/// More than the iterations of a turn, so that their limit can be tried.
const ROUNDS_MAX: u64 = 10_000;

/// `count` calls of the tool `name`, `rounds` times in a row, then the results of the last round.
pub(super) fn reply(prompt: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    let count = parameters.number("count", COUNT_MAX)?.unwrap_or(1);
    let rounds = parameters.number("rounds", ROUNDS_MAX)?.unwrap_or(1);
    let arguments = parameters.object("arguments")?.unwrap_or_else(|| json!({}));
    let text = parameters.text("text")?.unwrap_or_default();
    let named = parameters.text("name")?;

    let since_input = since_input(prompt);
    if asked(since_input) as u64 >= rounds {
        return Ok(Reply::text(results(since_input)));
    }
    let first = prompt.config.tools.first().map(|tool| tool.name.as_str());
    let Some(name) = named.or(first) else {
        return Ok(Reply::text("There is no tool to call."));
    };
    Ok(Reply {
        text: text.to_owned(),
        tool_calls: (0..count).map(|ordinal| call(prompt, ordinal, name, &arguments)).collect(),
        failure: None,
    })
}

/// The id is the same whenever the same prompt is asked again, and differs from every other prompt's of the session:
/// where a prompt begins and how long it is says which one it is.
fn call(prompt: &Prompt, ordinal: u64, name: &str, arguments: &Value) -> ToolCall {
    ToolCall {
        id: format!("call_{}_{}_{ordinal}", prompt.from, prompt.messages.len()),
        name: name.to_owned(),
        arguments: arguments.clone(),
    }
}

/// The messages after the newest user message.
fn since_input(prompt: &Prompt) -> &[Arc<Message>] {
    let mut messages = prompt.messages.rsplit(|message| message.role == Role::User);
    messages.next().unwrap_or_default()
}

fn asks(message: &Message) -> bool {
    message.role == Role::Agent && message.tool_calls().next().is_some()
}

fn asked(messages: &[Arc<Message>]) -> usize {
    messages.iter().filter(|message| asks(message)).count()
}

/// What the tools of the last round answered.
fn results(messages: &[Arc<Message>]) -> String {
    let last_round = messages.rsplit(|message| asks(message)).next().unwrap_or_default();
    let results: Vec<String> = last_round
        .iter()
        .flat_map(|message| &message.content)
        .filter_map(|part| match part {
            ContentPart::ToolResult(result) => Some(shown(result)),
            _ => None,
        })
        .collect();
    format!("Result: {}", results.join(", "))
}

fn shown(result: &ToolResult) -> String {
    match (&result.error, &result.result) {
        (Some(error), _) => format!("error: {error}"),
        (None, Some(value)) => value.to_string(),
        (None, None) => Value::Null.to_string(),
    }
}
