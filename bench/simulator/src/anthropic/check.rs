//! What a request must be: as strict as Anthropic is about blocks, calls, results and thinking.

use serde_json::Value;

use crate::call::Call;
use crate::failure::Failure;
use crate::fields::{array, text, text_of_parts};
use crate::transcript::Transcript;

/// Blocks that may be marked for the cache.
const CACHE_MARKS_MAX: usize = 4;

/// The conversation of a lawful request. Else a failure in Anthropic's words.
pub fn check(call: &Call<'_>) -> Result<Transcript, Failure> {
    let body = call.body;
    if body["max_tokens"].as_u64().is_none_or(|tokens| tokens == 0) {
        return Err(Failure::invalid("max_tokens: Field required"));
    }
    let messages = array(body, "messages").ok_or_else(|| Failure::invalid("messages: Field required"))?;
    if messages.is_empty() {
        return Err(Failure::invalid("messages: at least one message is required"));
    }
    let marks = cache_marks(body);
    if marks > CACHE_MARKS_MAX {
        return Err(Failure::invalid(format!(
            "A maximum of {CACHE_MARKS_MAX} blocks with cache_control may be provided. Found {marks}."
        )));
    }
    // The loop of calls that is open now has to show its thoughts; those before it need not.
    let mut loop_begins: Option<(usize, &[Value])> = None;
    let mut transcript = Transcript::default();
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let blocks = blocks(message, index)?;
        match text(message, "role") {
            Some("user") => {
                open = answered(&open, blocks, index)?;
                let said = text_of_parts(&message["content"]);
                if !said.is_empty() {
                    transcript.says(&said);
                    loop_begins = None;
                }
            }
            Some("assistant") if index == 0 => {
                return Err(Failure::invalid("messages: first message must use the \"user\" role"));
            }
            Some("assistant") => {
                unanswered(&open, index - 1)?;
                open =
                    blocks.iter().filter(|block| is(block, "tool_use")).filter_map(|block| text(block, "id")).collect();
                if transcript.rounds == 0 {
                    loop_begins = Some((index, blocks)).filter(|_| !open.is_empty());
                }
                transcript.rounds += u64::from(!open.is_empty());
            }
            _ => {
                return Err(Failure::invalid(format!("messages.{index}.role: Input should be 'user' or 'assistant'")));
            }
        }
    }
    unanswered(&open, messages.len() - 1)?;
    let thinks = body.pointer("/thinking/type").and_then(Value::as_str) == Some("enabled");
    if let Some((index, blocks)) = loop_begins.filter(|_| thinks) {
        begins_with_thinking(blocks, index)?;
    }
    Ok(transcript)
}

fn is(block: &Value, kind: &str) -> bool {
    text(block, "type") == Some(kind)
}

fn cache_marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            usize::from(fields.get("cache_control").is_some_and(Value::is_object))
                + fields.values().map(cache_marks).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(cache_marks).sum(),
        _ => 0,
    }
}

/// The blocks of a message; none if it is a text.
fn blocks(message: &Value, index: usize) -> Result<&[Value], Failure> {
    let blocks = match &message["content"] {
        Value::String(text) if text.is_empty() => {
            return Err(Failure::invalid(format!("messages.{index}: user messages must have non-empty content")));
        }
        Value::String(_) => return Ok(&[]),
        Value::Array(blocks) if !blocks.is_empty() => blocks,
        Value::Array(_) => {
            return Err(Failure::invalid(format!("messages.{index}: all messages must have non-empty content")));
        }
        _ => return Err(Failure::invalid(format!("messages.{index}.content: Input should be a valid list"))),
    };
    for (place, block) in blocks.iter().enumerate() {
        let at = |what: &str| Failure::invalid(format!("messages.{index}.content.{place}.{what}"));
        match text(block, "type") {
            Some("text") if text(block, "text").is_none_or(str::is_empty) => {
                return Err(Failure::invalid("messages: text content blocks must be non-empty"));
            }
            Some("thinking") if text(block, "signature").is_none_or(str::is_empty) => {
                return Err(at("thinking.signature: Field required"));
            }
            Some("tool_use") if !block["input"].is_object() => {
                return Err(at("tool_use.input: Input should be a valid dictionary"));
            }
            Some("tool_use") if text(block, "id").is_none_or(str::is_empty) => {
                return Err(at("tool_use.id: Field required"));
            }
            Some("tool_result") if text(block, "tool_use_id").is_none() => {
                return Err(at("tool_result.tool_use_id: Field required"));
            }
            Some(_) => {}
            None => return Err(at("type: Field required")),
        }
    }
    Ok(blocks)
}

/// What stays open behind a message of the user: nothing, or it fails.
fn answered<'a>(open: &[&'a str], blocks: &[Value], index: usize) -> Result<Vec<&'a str>, Failure> {
    let mut left = open.to_vec();
    let mut others = false;
    for (place, block) in blocks.iter().enumerate() {
        let Some(id) = text(block, "tool_use_id").filter(|_| is(block, "tool_result")) else {
            others = true;
            continue;
        };
        let Some(found) = left.iter().position(|open| *open == id) else {
            return Err(Failure::invalid(format!(
                "messages.{index}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each \
                 `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )));
        };
        if others {
            return Err(Failure::invalid(format!(
                "messages.{index}: `tool_result` blocks must come first in the content of a message"
            )));
        }
        left.remove(found);
    }
    unanswered(&left, index.saturating_sub(1))?;
    Ok(Vec::new())
}

fn unanswered(open: &[&str], index: usize) -> Result<(), Failure> {
    match open {
        [] => Ok(()),
        open => Err(Failure::invalid(format!(
            "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each \
             `tool_use` block must have a corresponding `tool_result` block in the next message.",
            open.join(", ")
        ))),
    }
}

fn begins_with_thinking(blocks: &[Value], index: usize) -> Result<(), Failure> {
    match blocks.first().and_then(|block| text(block, "type")) {
        Some("thinking" | "redacted_thinking") => Ok(()),
        other => Err(Failure::invalid(format!(
            "messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{}`. When \
             `thinking` is enabled, a final `assistant` message must start with a thinking block.",
            other.unwrap_or("nothing")
        ))),
    }
}
