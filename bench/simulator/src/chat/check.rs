//! What a request must be: as strict as OpenAI is about messages, calls and results.

use serde_json::Value;

use crate::call::Call;
use crate::failure::Failure;
use crate::fields::{self, array};
use crate::transcript::Transcript;

/// The conversation of a lawful request. Else a failure in OpenAI's words.
pub fn check(call: &Call<'_>) -> Result<Transcript, Failure> {
    let messages =
        array(call.body, "messages").ok_or_else(|| Failure::invalid("Missing required parameter: 'messages'."))?;
    if messages.is_empty() {
        return Err(Failure::invalid("Invalid 'messages': empty array. Expected an array with minimum length 1."));
    }
    let mut transcript = Transcript::default();
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let role = fields::text(message, "role").unwrap_or_default();
        if role == "tool" {
            let id = fields::text(message, "tool_call_id").ok_or_else(|| {
                Failure::invalid(format!("Missing required parameter: 'messages[{index}].tool_call_id'."))
            })?;
            let Some(place) = open.iter().position(|open| *open == id) else {
                return Err(Failure::invalid(format!(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with \
                     'tool_calls'. ('{id}' in messages[{index}])"
                )));
            };
            open.remove(place);
            continue;
        }
        unanswered(&open)?;
        match role {
            "system" | "developer" => said(message, index)?,
            "user" => {
                said(message, index)?;
                transcript.says(&fields::text_of_parts(&message["content"]));
            }
            "assistant" => {
                open = called(message, index)?;
                if open.is_empty() && message["content"].is_null() && message["refusal"].is_null() {
                    return Err(Failure::invalid(format!(
                        "Invalid value for 'content': expected a string, got null. (messages[{index}])"
                    )));
                }
                transcript.rounds += u64::from(!open.is_empty());
            }
            other => {
                return Err(Failure::invalid(format!(
                    "Invalid value: '{other}'. Supported values are: 'system', 'assistant', 'user', 'function', \
                     'tool', and 'developer'."
                )));
            }
        }
    }
    unanswered(&open)?;
    Ok(transcript)
}

fn unanswered(open: &[&str]) -> Result<(), Failure> {
    match open {
        [] => Ok(()),
        open => Err(Failure::invalid(format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
             'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            open.join(", ")
        ))),
    }
}

fn said(message: &Value, index: usize) -> Result<(), Failure> {
    match &message["content"] {
        Value::String(_) => Ok(()),
        Value::Array(parts) if parts.iter().all(|part| fields::text(part, "type").is_some()) => Ok(()),
        _ => Err(Failure::invalid(format!(
            "Invalid type for 'messages[{index}].content': expected one of a string or array of objects."
        ))),
    }
}

/// The ids of the calls of a message.
fn called(message: &Value, index: usize) -> Result<Vec<&str>, Failure> {
    if message["tool_calls"].is_null() {
        return Ok(Vec::new());
    }
    let calls = array(message, "tool_calls").unwrap_or_default();
    if calls.is_empty() {
        return Err(Failure::invalid(format!(
            "Invalid 'messages[{index}].tool_calls': empty array. Expected an array with minimum length 1, but got an \
             empty array instead."
        )));
    }
    let mut ids = Vec::new();
    for (place, call) in calls.iter().enumerate() {
        let wrong = |field: &str, wanted: &str| {
            Failure::invalid(format!(
                "Invalid type for 'messages[{index}].tool_calls[{place}].{field}': expected {wanted}."
            ))
        };
        ids.push(fields::text(call, "id").filter(|id| !id.is_empty()).ok_or_else(|| wrong("id", "a string"))?);
        let function = &call["function"];
        fields::text(function, "name").ok_or_else(|| wrong("function.name", "a string"))?;
        fields::text(function, "arguments").ok_or_else(|| wrong("function.arguments", "a string"))?;
    }
    Ok(ids)
}
