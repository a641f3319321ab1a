//! A message in one piece.

use serde_json::{Value, json};

use super::stream::stop_sequence;
use super::{CALL_PREFIX, stop_reason, usage};
use crate::answer::{Answer, Part, Stop};
use crate::call::Call;
use crate::chunk::value_of;

/// The body of the answer.
pub fn whole(answer: &Answer, call: &Call<'_>) -> Value {
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    let block = |(index, part): (usize, &Part)| match part {
        Part::Text(text) | Part::Refusal(text) => json!({ "type": "text", "text": text }),
        Part::Thinking { text, signature } => {
            json!({ "type": "thinking", "thinking": text, "signature": signature })
        }
        Part::Redacted(data) => json!({ "type": "redacted_thinking", "data": data }),
        Part::Call { id, name, arguments } => {
            let id = id.clone().unwrap_or_else(|| call.id(CALL_PREFIX, index));
            json!({ "type": "tool_use", "id": id, "name": name, "input": value_of(arguments) })
        }
    };
    json!({
        "id": call.id("msg_", 0),
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": parts.iter().enumerate().map(block).collect::<Vec<_>>(),
        "stop_reason": stop_reason(answer),
        "stop_sequence": stop_sequence(answer, call),
        "usage": usage(answer, call),
    })
}
