//! The frames of a streamed conversation.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::{Value, json};

use super::{CALL_PREFIX, metrics, stop_reason, usage};
use crate::answer::{Answer, Part, Stop, fragments, words};
use crate::call::Call;
use crate::chunk::{Chunk, Chunks, put_text, put_value};
use crate::eventstream;

/// All frames, from `messageStart` to `metadata`.
pub fn stream(answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
    let mut chunks = Chunks::new();
    frame(&mut chunks, "messageStart", json!({ "role": "assistant" }));
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) | Part::Refusal(text) => say(&mut chunks, index, "{\"text\":", words(text), "}"),
            Part::Thinking { text, signature } => {
                say(&mut chunks, index, "{\"reasoningContent\":{\"text\":", words(text), "}}");
                if !signature.is_empty() {
                    let delta = json!({ "reasoningContent": { "signature": signature } });
                    frame(&mut chunks, "contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta }));
                }
            }
            Part::Redacted(data) => {
                let delta = json!({ "reasoningContent": { "redactedContent": data } });
                frame(&mut chunks, "contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta }));
            }
            Part::Call { id, name, arguments } => {
                let id = id.clone().unwrap_or_else(|| call.id(CALL_PREFIX, index));
                let start = json!({ "toolUse": { "toolUseId": id, "name": name } });
                frame(&mut chunks, "contentBlockStart", json!({ "contentBlockIndex": index, "start": start }));
                say(&mut chunks, index, "{\"toolUse\":{\"input\":", fragments(arguments), "}}");
            }
        }
        frame(&mut chunks, "contentBlockStop", json!({ "contentBlockIndex": index }));
    }
    frame(&mut chunks, "messageStop", json!({ "stopReason": stop_reason(answer) }));
    frame(&mut chunks, "metadata", json!({ "usage": usage(answer, call), "metrics": metrics(answer, call) }));
    chunks.into_list()
}

/// A sign of life. The format has none; a frame of a kind that nobody knows is nearest to one.
pub fn heartbeat() -> Bytes {
    let mut buffer = BytesMut::new();
    put(&mut buffer, "ping", |buffer| buffer.put_slice(b"{}"));
    buffer.freeze()
}

fn frame(chunks: &mut Chunks, kind: &str, mut data: Value) {
    // The provider pads its frames, so that their size tells nothing.
    data["p"] = "abcdefgh".into();
    chunks.push(false, |buffer| put(buffer, kind, |buffer| put_value(buffer, &data)));
}

fn say<'a>(chunks: &mut Chunks, index: usize, before: &str, pieces: impl Iterator<Item = &'a str>, behind: &str) {
    let before = format!("{{\"contentBlockIndex\":{index},\"delta\":{before}");
    for piece in pieces {
        chunks.push(true, |buffer| {
            put(buffer, "contentBlockDelta", |buffer| {
                buffer.put_slice(before.as_bytes());
                put_text(buffer, piece);
                buffer.put_slice(behind.as_bytes());
                buffer.put_slice(b",\"p\":\"abcd\"}");
            });
        });
    }
}

fn put(buffer: &mut BytesMut, kind: &str, payload: impl FnOnce(&mut BytesMut)) {
    let headers = [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")];
    eventstream::put(buffer, &headers, payload);
}
