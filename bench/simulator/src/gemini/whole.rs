//! An answer in one piece.

use serde_json::{Value, json};

use super::{arguments, call_part, finish_reason, response, shows_thoughts, usage};
use crate::answer::{Answer, Part, Stop};
use crate::call::Call;

/// The body of the answer.
pub fn whole(answer: &Answer, call: &Call<'_>) -> Value {
    if answer.ends() == Stop::Blocked {
        return response(None, usage(answer, call, false), call);
    }
    let mut parts: Vec<Value> = Vec::new();
    let mut seal = None;
    for part in &answer.parts {
        match part {
            Part::Text(text) | Part::Refusal(text) => parts.push(json!({ "text": text })),
            Part::Thinking { text, signature } => {
                if shows_thoughts(call) {
                    parts.push(json!({ "text": text, "thought": true }));
                }
                seal = Some(signature.clone()).filter(|seal| !seal.is_empty());
            }
            Part::Redacted(_) => {}
            Part::Call { id, name, arguments: text } => {
                if let Some(args) = arguments(text) {
                    parts.push(call_part(id.as_deref(), name, args, seal.take()));
                }
            }
        }
    }
    // Without calls it stands at the end.
    if let (Some(seal), Some(last)) = (seal, parts.last_mut().filter(|part| part["thought"].is_null())) {
        last["thoughtSignature"] = Value::String(seal);
    }
    let content = match parts.is_empty() {
        true => json!({ "role": "model" }),
        false => json!({ "parts": parts, "role": "model" }),
    };
    let candidate = json!({ "content": content, "finishReason": finish_reason(answer), "index": 0 });
    response(Some(candidate), usage(answer, call, true), call)
}
