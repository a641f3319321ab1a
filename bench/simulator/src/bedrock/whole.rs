//! An answer in one piece.

use serde_json::{Value, json};

use super::{CALL_PREFIX, metrics, stop_reason, usage};
use crate::answer::{Answer, Part, Stop};
use crate::call::Call;
use crate::chunk::value_of;

/// The body of the answer.
pub fn whole(answer: &Answer, call: &Call<'_>) -> Value {
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    let block = |(index, part): (usize, &Part)| match part {
        Part::Text(text) | Part::Refusal(text) => json!({ "text": text }),
        Part::Thinking { text, signature } => {
            json!({ "reasoningContent": { "reasoningText": { "text": text, "signature": signature } } })
        }
        Part::Redacted(data) => json!({ "reasoningContent": { "redactedContent": data } }),
        Part::Call { id, name, arguments } => {
            let id = id.clone().unwrap_or_else(|| call.id(CALL_PREFIX, index));
            json!({ "toolUse": { "toolUseId": id, "name": name, "input": value_of(arguments) } })
        }
    };
    let content: Vec<Value> = parts.iter().enumerate().map(block).collect();
    json!({
        "output": { "message": { "role": "assistant", "content": content } },
        "stopReason": stop_reason(answer),
        "usage": usage(answer, call),
        "metrics": metrics(answer, call),
    })
}
