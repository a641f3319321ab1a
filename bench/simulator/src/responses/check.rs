//! What a request must be: as strict as OpenAI is about items, calls and their outputs.

use serde_json::Value;

use crate::call::Call;
use crate::failure::{Failure, Kind};
use crate::fields::{text, text_of_parts};
use crate::transcript::Transcript;

/// The conversation of a lawful request. Else a failure in OpenAI's words.
pub fn check(call: &Call<'_>) -> Result<Transcript, Failure> {
    let mut transcript = Transcript::default();
    let items = match &call.body["input"] {
        Value::String(said) => {
            transcript.says(said);
            return Ok(transcript);
        }
        Value::Array(items) if !items.is_empty() => items,
        _ => return Err(Failure::invalid("Missing required parameter: 'input'.")),
    };
    // What a response before this one has called is not known here.
    let continues = call.body["previous_response_id"].is_string();
    let stores = call.body["store"].as_bool().unwrap_or(true);
    let mut open: Vec<&str> = Vec::new();
    let mut was_call = false;
    for (index, item) in items.iter().enumerate() {
        let kind = text(item, "type").unwrap_or("message");
        match kind {
            "message" => message(item, index, &mut transcript)?,
            "function_call" => {
                open.push(required(item, "call_id", index)?);
                required(item, "name", index)?;
                required(item, "arguments", index)?;
                transcript.rounds += u64::from(!was_call);
            }
            "function_call_output" => {
                let id = required(item, "call_id", index)?;
                match open.iter().position(|open| *open == id) {
                    Some(place) => drop(open.remove(place)),
                    None if continues => {}
                    None => {
                        let words = format!("No tool call found for function call output with call_id {id}.");
                        return Err(Failure::invalid(words));
                    }
                }
                if item["output"].is_null() {
                    return Err(Failure::invalid(format!("Missing required parameter: 'input[{index}].output'.")));
                }
            }
            "reasoning" => reasoning(item, items.get(index + 1), index, stores)?,
            "item_reference" => {}
            other => {
                return Err(Failure::invalid(format!("Invalid value: '{other}'. (input[{index}].type)")));
            }
        }
        was_call = matches!(kind, "function_call" | "reasoning") && (was_call || kind == "function_call");
    }
    match open.first() {
        Some(id) => Err(Failure::invalid(format!("No tool output found for function call {id}."))),
        None => Ok(transcript),
    }
}

fn required<'a>(item: &'a Value, key: &str, index: usize) -> Result<&'a str, Failure> {
    text(item, key).ok_or_else(|| Failure::invalid(format!("Missing required parameter: 'input[{index}].{key}'.")))
}

fn message(item: &Value, index: usize, transcript: &mut Transcript) -> Result<(), Failure> {
    let role = text(item, "role").unwrap_or_default();
    let wanted = match role {
        "user" | "system" | "developer" => "input_text",
        "assistant" => "output_text",
        other => {
            return Err(Failure::invalid(format!(
                "Invalid value: '{other}'. Supported values are: 'assistant', 'system', 'developer', and 'user'."
            )));
        }
    };
    let unwanted = if wanted == "input_text" { "output_text" } else { "input_text" };
    match &item["content"] {
        Value::String(_) => {}
        Value::Array(parts) => {
            if let Some(place) = parts.iter().position(|part| text(part, "type") == Some(unwanted)) {
                return Err(Failure::invalid(format!(
                    "Invalid value: '{unwanted}'. Supported values are: '{wanted}' and others. \
                     (input[{index}].content[{place}])"
                )));
            }
        }
        _ => return Err(Failure::invalid(format!("Missing required parameter: 'input[{index}].content'."))),
    }
    if role == "user" {
        transcript.says(&text_of_parts(&item["content"]));
    }
    Ok(())
}

fn reasoning(item: &Value, next: Option<&Value>, index: usize, stores: bool) -> Result<(), Failure> {
    let id = required(item, "id", index)?;
    if !item["summary"].is_array() {
        return Err(Failure::invalid(format!("Missing required parameter: 'input[{index}].summary'.")));
    }
    if !stores && item["encrypted_content"].as_str().is_none_or(str::is_empty) {
        return Err(Failure::new(Kind::Missing).message(format!(
            "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with \
             `store` set to true, or remove this item from your input."
        )));
    }
    let follows = next.is_some_and(|next| match text(next, "type").unwrap_or("message") {
        "function_call" | "reasoning" | "item_reference" => true,
        "message" => text(next, "role") == Some("assistant"),
        _ => false,
    });
    match follows {
        true => Ok(()),
        false => Err(Failure::invalid(format!(
            "Item '{id}' of type 'reasoning' was provided without its required following item."
        ))),
    }
}
