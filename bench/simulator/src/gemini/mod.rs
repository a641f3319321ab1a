//! Google Gemini: `generateContent` and `streamGenerateContent`.

mod check;
mod refuse;
mod stream;
mod whole;

pub use check::check;
pub use refuse::{broken, refusal};
pub use stream::stream;
pub use whole::whole;

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Part, Stop};
use crate::call::Call;

/// A sign of life: a comment.
pub const HEARTBEAT: &[u8] = b": keep-alive\r\n\r\n";

/// Whether thoughts are told; their seals come anyway.
fn shows_thoughts(call: &Call<'_>) -> bool {
    let path = ["generationConfig", "thinkingConfig", "includeThoughts"];
    path.iter().fold(call.body, |value, key| field(value, key)).as_bool().unwrap_or(false)
}

/// A field by its name in camel case. As all of Google's, it may be written in snake case, too.
fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    let snake = || -> String {
        name.chars().flat_map(|one| one.is_uppercase().then_some('_').into_iter().chain(one.to_lowercase())).collect()
    };
    value.get(name).or_else(|| value.get(snake())).unwrap_or(&Value::Null)
}

/// The arguments of a call: an object, or the model has made a mess of it.
fn arguments(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

fn finish_reason(answer: &Answer) -> &'static str {
    let is_mess = |part: &Part| matches!(part, Part::Call { arguments: text, .. } if arguments(text).is_none());
    match answer.ends() {
        _ if answer.parts.iter().any(is_mess) => "MALFORMED_FUNCTION_CALL",
        Stop::End | Stop::Calls | Stop::Sequence => "STOP",
        Stop::Length => "MAX_TOKENS",
        Stop::Refused | Stop::Blocked => "SAFETY",
    }
}

/// The part of a call; a seal stands at the first of several.
fn call_part(id: Option<&str>, name: &str, args: Map<String, Value>, seal: Option<String>) -> Value {
    let mut function = json!({ "name": name, "args": args });
    if let Some(id) = id {
        function["id"] = id.into();
    }
    let mut part = json!({ "functionCall": function });
    if let Some(seal) = seal {
        part["thoughtSignature"] = seal.into();
    }
    part
}

/// What surrounds a candidate.
fn response(candidate: Option<Value>, usage: Value, call: &Call<'_>) -> Value {
    let mut response = json!({
        "usageMetadata": usage,
        "modelVersion": call.model,
        "responseId": call.id("", 0),
    });
    match candidate {
        Some(candidate) => response["candidates"] = json!([candidate]),
        None => response["promptFeedback"] = json!({ "blockReason": "PROHIBITED_CONTENT" }),
    }
    response
}

/// While the answer is made, and when it is done.
fn usage(answer: &Answer, call: &Call<'_>, is_done: bool) -> Value {
    let usage = call.usage(answer);
    let (output, reasoning) = if is_done { (usage.output, usage.reasoning) } else { (0, 0) };
    let mut metadata = json!({
        "promptTokenCount": usage.prompt(),
        "totalTokenCount": usage.prompt() + output + reasoning,
        "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": usage.prompt() }],
    });
    // What is zero is left out.
    for (key, tokens) in
        [("cachedContentTokenCount", usage.cached), ("candidatesTokenCount", output), ("thoughtsTokenCount", reasoning)]
    {
        if tokens > 0 {
            metadata[key] = tokens.into();
        }
    }
    metadata
}
