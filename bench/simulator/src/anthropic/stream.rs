//! The events of a streamed message.

use serde_json::{Value, json};

use super::{CALL_PREFIX, HEARTBEAT, stop_reason, usage};
use crate::answer::{Answer, Part, Stop, fragments, words};
use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::sse::Frame;

/// All events, from `message_start` to `message_stop`.
pub fn stream(answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
    let mut chunks = Chunks::new();
    chunks.event(Frame::Named("message_start"), &json!({ "type": "message_start", "message": begun(answer, call) }));
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    for (index, part) in parts.iter().enumerate() {
        let block = match part {
            Part::Text(_) | Part::Refusal(_) => json!({ "type": "text", "text": "" }),
            Part::Thinking { .. } => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Part::Redacted(data) => json!({ "type": "redacted_thinking", "data": data }),
            Part::Call { id, name, .. } => {
                let id = id.clone().unwrap_or_else(|| call.id(CALL_PREFIX, index));
                json!({ "type": "tool_use", "id": id, "name": name, "input": {} })
            }
        };
        let start = json!({ "type": "content_block_start", "index": index, "content_block": block });
        chunks.event(Frame::Named("content_block_start"), &start);
        if index == 0 {
            chunks.push(false, |buffer| buffer.extend_from_slice(HEARTBEAT));
        }
        match part {
            Part::Text(text) | Part::Refusal(text) => say(&mut chunks, index, "text_delta", "text", words(text)),
            Part::Thinking { text, signature } => {
                say(&mut chunks, index, "thinking_delta", "thinking", words(text));
                if !signature.is_empty() {
                    let delta = json!({ "type": "signature_delta", "signature": signature });
                    let event = json!({ "type": "content_block_delta", "index": index, "delta": delta });
                    chunks.event(Frame::Named("content_block_delta"), &event);
                }
            }
            Part::Redacted(_) => {}
            Part::Call { arguments, .. } => {
                // The first piece is empty, as at the provider.
                let pieces = std::iter::once("").chain(fragments(arguments));
                say(&mut chunks, index, "input_json_delta", "partial_json", pieces);
            }
        }
        let stop = json!({ "type": "content_block_stop", "index": index });
        chunks.event(Frame::Named("content_block_stop"), &stop);
    }
    let delta = json!({ "stop_reason": stop_reason(answer), "stop_sequence": stop_sequence(answer, call) });
    let last = json!({ "type": "message_delta", "delta": delta, "usage": usage(answer, call) });
    chunks.event(Frame::Named("message_delta"), &last);
    chunks.event(Frame::Named("message_stop"), &json!({ "type": "message_stop" }));
    chunks.into_list()
}

fn begun(answer: &Answer, call: &Call<'_>) -> Value {
    let mut usage = usage(answer, call);
    let written = usage["cache_creation_input_tokens"].clone();
    usage["cache_creation"] = json!({ "ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0 });
    usage["output_tokens"] = 1.into();
    usage["service_tier"] = "standard".into();
    json!({
        "id": call.id("msg_", 0),
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage,
    })
}

/// The sequence that ended the answer: the first of those that the request names.
pub(super) fn stop_sequence(answer: &Answer, call: &Call<'_>) -> Value {
    match answer.ends() {
        Stop::Sequence => call.body.pointer("/stop_sequences/0").cloned().unwrap_or_default(),
        _ => Value::Null,
    }
}

fn say<'a>(chunks: &mut Chunks, index: usize, kind: &str, field: &str, pieces: impl Iterator<Item = &'a str>) {
    let before =
        format!("{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{kind}\",\"{field}\":");
    for piece in pieces {
        chunks.delta(Frame::Named("content_block_delta"), &before, piece, "}}");
    }
}
