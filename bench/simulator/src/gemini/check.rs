//! What a request must be: as strict as Gemini is about turns, calls, responses and seals.

use serde_json::Value;

use super::field;
use crate::call::Call;
use crate::failure::Failure;
use crate::fields::{array, text};
use crate::transcript::Transcript;

/// The conversation of a lawful request. Else a failure in Gemini's words.
pub fn check(call: &Call<'_>) -> Result<Transcript, Failure> {
    let contents = array(call.body, "contents").filter(|contents| !contents.is_empty());
    let contents = contents.ok_or_else(|| invalid("contents", "contents is not specified"))?;
    let mut transcript = Transcript::default();
    let mut open = 0;
    let mut unsealed = None;
    for (index, content) in contents.iter().enumerate() {
        let parts = parts(content, index)?;
        let calls = parts.iter().filter(|part| field(part, "functionCall").is_object()).count();
        let responses = parts.iter().filter(|part| field(part, "functionResponse").is_object()).count();
        if responses != open {
            return Err(Failure::invalid(match (responses, open) {
                (_, 0) => "Please ensure that function response turn comes immediately after a function call turn.",
                _ => {
                    "Please ensure that the number of function response parts is equal to the number of function call \
                     parts of the function call turn."
                }
            }));
        }
        open = calls;
        match text(content, "role") {
            Some("user" | "function") | None if calls == 0 => {
                let said: Vec<&str> = parts.iter().filter_map(|part| text(part, "text")).collect();
                if !said.is_empty() {
                    transcript.says(&said.join("\n"));
                    unsealed = None;
                }
            }
            Some("model") if responses == 0 => {
                if calls > 0 && index == 0 {
                    return Err(Failure::invalid(
                        "Please ensure that function call turn comes immediately after a user turn or after a function \
                         response turn.",
                    ));
                }
                let first = parts.iter().position(|part| field(part, "functionCall").is_object());
                let is_sealed = |place: usize| {
                    field(&parts[place], "thoughtSignature").as_str().is_some_and(|seal| !seal.is_empty())
                };
                if let Some(place) = first.filter(|place| !is_sealed(*place)) {
                    unsealed.get_or_insert((index, place));
                }
                transcript.rounds += u64::from(calls > 0);
            }
            Some("model" | "user" | "function") | None => {
                return Err(Failure::invalid("Please ensure that calls are of the model and responses of the user."));
            }
            Some(_) => return Err(Failure::invalid("Please use a valid role: user, model.")),
        }
    }
    if open > 0 {
        return Err(Failure::invalid(
            "Please ensure that the number of function response parts is equal to the number of function call parts of \
             the function call turn.",
        ));
    }
    // The third generation wants the seals of the turn that is open back.
    match unsealed.filter(|_| call.model.starts_with("gemini-3")) {
        Some((index, place)) => Err(Failure::invalid(format!(
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to work \
             correctly, and missing thought_signature may lead to degraded model performance. Additional data, function \
             call position {place} of contents[{index}]."
        ))),
        None => Ok(transcript),
    }
}

fn invalid(place: &str, what: &str) -> Failure {
    Failure::invalid(format!("* GenerateContentRequest.{place}: {what}\n"))
}

fn parts(content: &Value, index: usize) -> Result<&[Value], Failure> {
    const DATA: &[&str] = &["text", "inlineData", "fileData", "functionCall", "functionResponse"];
    let place = format!("contents[{index}].parts");
    let parts = array(content, "parts").filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| invalid(&place, "contents.parts must not be empty."))?;
    for (number, part) in parts.iter().enumerate() {
        if DATA.iter().all(|name| field(part, name).is_null()) {
            let what = "required oneof field 'data' must have one initialized field";
            return Err(invalid(&format!("{place}[{number}].data"), what));
        }
        for kind in ["functionCall", "functionResponse"] {
            let function = field(part, kind);
            if !function.is_null() && text(function, "name").is_none_or(str::is_empty) {
                return Err(invalid(&format!("{place}[{number}].{kind}.name"), "Name cannot be empty."));
            }
        }
        let response = field(part, "functionResponse");
        if !response.is_null() && !response["response"].is_object() {
            let what = "must be a Struct";
            return Err(invalid(&format!("{place}[{number}].functionResponse.response"), what));
        }
    }
    Ok(parts)
}
