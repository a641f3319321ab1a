//! A completion in one piece.

use serde_json::{Value, json};

use super::{CALL_PREFIX, finish_reason, router, usage};
use crate::answer::{Answer, Part, Stop};
use crate::call::Call;

/// The body of the answer.
pub fn whole(answer: &Answer, call: &Call<'_>) -> Value {
    let (mut content, mut refusal, mut thinking) = (None, None, None);
    let mut calls = Vec::new();
    let add = |field: &mut Option<String>, text: &str| field.get_or_insert_with(String::new).push_str(text);
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    let mut details = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => add(&mut content, text),
            Part::Refusal(text) => add(&mut refusal, text),
            Part::Thinking { text, signature } => {
                add(&mut thinking, text);
                let mut thought = router::thought(text, index);
                thought["signature"] = signature.as_str().into();
                details.push(thought);
            }
            Part::Redacted(data) => details.push(router::encrypted(data, index)),
            Part::Call { id, name, arguments } => {
                let id = id.clone().unwrap_or_else(|| call.id(CALL_PREFIX, calls.len()));
                let function = json!({ "name": name, "arguments": arguments });
                calls.push(json!({ "id": id, "type": "function", "function": function }));
            }
        }
    }
    let mut message = json!({ "role": "assistant", "content": content, "refusal": refusal });
    if router::wants_details(call) {
        message["reasoning"] = thinking.into();
        message["reasoning_details"] = details.into();
    } else if let Some(thinking) = thinking {
        message["reasoning_content"] = thinking.into();
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    json!({
        "id": call.id("chatcmpl-", 0),
        "object": "chat.completion",
        "created": call.created,
        "model": call.model,
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(answer) }],
        "usage": usage(answer, call),
        "system_fingerprint": null,
    })
}
