//! What a request must be: as strict as Bedrock is about turns, calls and results.

use serde_json::Value;

use crate::call::Call;
use crate::failure::Failure;
use crate::fields::{array, text};
use crate::transcript::Transcript;

/// The conversation of a lawful request. Else a failure in Bedrock's words.
pub fn check(call: &Call<'_>) -> Result<Transcript, Failure> {
    let messages = array(call.body, "messages").filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| {
        Failure::invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with \
             a user message.",
        )
    })?;
    let mut transcript = Transcript::default();
    let mut open: Vec<&str> = Vec::new();
    let mut has_tools = false;
    for (index, message) in messages.iter().enumerate() {
        let wanted = if index % 2 == 0 { "user" } else { "assistant" };
        match text(message, "role") {
            Some(role) if role == wanted => {}
            Some("user" | "assistant") if index == 0 => {
                return Err(Failure::invalid(
                    "A conversation must start with a user message. Try again with a conversation that starts with a \
                     user message.",
                ));
            }
            Some("user" | "assistant") => {
                return Err(Failure::invalid(
                    "A conversation must alternate between user and assistant roles. Make sure the conversation \
                     alternates between user and assistant roles and try again.",
                ));
            }
            _ => {
                return Err(Failure::invalid(format!(
                    "1 validation error detected: Value at 'messages.{}.member.role' failed to satisfy constraint: \
                     Member must satisfy enum value set: [user, assistant]",
                    index + 1
                )));
            }
        }
        let blocks = blocks(message, index)?;
        let results = blocks.iter().filter_map(|block| text(&block["toolResult"], "toolUseId"));
        open = answered(open, results, index)?;
        let calls = blocks.iter().filter_map(|block| text(&block["toolUse"], "toolUseId"));
        open.extend(calls);
        has_tools |= blocks.iter().any(|block| block["toolUse"].is_object() || block["toolResult"].is_object());
        if wanted == "user" {
            let said: Vec<&str> = blocks.iter().filter_map(|block| text(block, "text")).collect();
            if !said.is_empty() {
                transcript.says(&said.join("\n"));
            }
        } else {
            transcript.rounds += u64::from(!open.is_empty());
        }
    }
    answered(open, std::iter::empty(), messages.len())?;
    if has_tools && array(&call.body["toolConfig"], "tools").is_none_or(<[Value]>::is_empty) {
        return Err(Failure::invalid(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        ));
    }
    Ok(transcript)
}

fn blocks(message: &Value, index: usize) -> Result<&[Value], Failure> {
    let blocks = array(message, "content").filter(|blocks| !blocks.is_empty()).ok_or_else(|| {
        Failure::invalid(format!(
            "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the \
             content field and try again."
        ))
    })?;
    for (place, block) in blocks.iter().enumerate() {
        if text(block, "text").is_some_and(|text| text.trim().is_empty()) {
            return Err(Failure::invalid(format!(
                "The text field in the ContentBlock object at messages.{index}.content.{place} is blank. Add text to the \
                 text field, and try again."
            )));
        }
        if block.get("toolUse").is_some_and(|call| !call["input"].is_object()) {
            return Err(Failure::invalid(format!(
                "The format of the value at messages.{index}.content.{place}.toolUse.input is invalid. Provide a json \
                 object for the field and try again."
            )));
        }
        if block.get("toolResult").is_some_and(|result| array(result, "content").is_none()) {
            return Err(Failure::invalid(format!(
                "The content field in the ToolResultBlock object at messages.{index}.content.{place} is missing."
            )));
        }
    }
    Ok(blocks)
}

/// What stays open behind a message: nothing, or it fails.
fn answered<'a, 'b>(
    mut open: Vec<&'a str>,
    results: impl Iterator<Item = &'b str>,
    index: usize,
) -> Result<Vec<&'a str>, Failure> {
    for id in results {
        let Some(place) = open.iter().position(|open| *open == id) else {
            return Err(Failure::invalid(format!(
                "The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of \
                 previous turn."
            )));
        };
        open.remove(place);
    }
    match &open[..] {
        [] => Ok(open),
        left => Err(Failure::invalid(format!(
            "Expected toolResult blocks at messages.{index}.content for the following Ids: {}",
            left.join(", ")
        ))),
    }
}
