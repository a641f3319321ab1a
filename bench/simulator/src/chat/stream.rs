//! The chunks of a streamed completion.

use serde_json::{Value, json};

use super::{CALL_PREFIX, finish_reason, router, usage};
use crate::answer::{Answer, Part, Stop, fragments, words};
use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::failure::Failure;
use crate::openai;
use crate::sse::Frame;

/// All chunks, `[DONE]` included. The one with the usage is there only if the request asks for it.
pub fn stream(answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
    let stream = Stream::of(call);
    let mut chunks = Chunks::new();
    chunks.event(Frame::Plain, &stream.chunk(json!({ "role": "assistant", "content": "", "refusal": null }), None));
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    let mut calls = 0;
    let details = router::wants_details(call);
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => stream.say(&mut chunks, "content", text),
            Part::Refusal(text) => stream.say(&mut chunks, "refusal", text),
            Part::Thinking { text, signature } if details => {
                for piece in words(text) {
                    let delta = json!({ "reasoning": piece, "reasoning_details": [router::thought(piece, index)] });
                    chunks.content(Frame::Plain, &stream.chunk(delta, None));
                }
                if !signature.is_empty() {
                    let delta = json!({ "reasoning_details": [router::seal(signature, index)] });
                    chunks.event(Frame::Plain, &stream.chunk(delta, None));
                }
            }
            Part::Thinking { text, .. } => stream.say(&mut chunks, "reasoning_content", text),
            Part::Redacted(data) if details => {
                let delta = json!({ "reasoning_details": [router::encrypted(data, index)] });
                chunks.event(Frame::Plain, &stream.chunk(delta, None));
            }
            // The format itself has no place for it.
            Part::Redacted(_) => {}
            Part::Call { id, name, arguments } => {
                let id = id.clone().unwrap_or_else(|| call.id(CALL_PREFIX, calls));
                let function = json!({ "name": name, "arguments": "" });
                let begun = json!({ "index": calls, "id": id, "type": "function", "function": function });
                chunks.event(Frame::Plain, &stream.chunk(json!({ "tool_calls": [begun] }), None));
                let before =
                    format!("{}{{\"tool_calls\":[{{\"index\":{calls},\"function\":{{\"arguments\":", stream.head);
                let behind = format!("}}}}]}}{}", stream.tail);
                for piece in fragments(arguments) {
                    chunks.delta(Frame::Plain, &before, piece, &behind);
                }
                calls += 1;
            }
        }
    }
    chunks.event(Frame::Plain, &stream.chunk(json!({}), Some(finish_reason(answer))));
    if stream.with_usage {
        let mut last = stream.chunk(json!({}), None);
        last["choices"] = json!([]);
        last["usage"] = usage(answer, call);
        chunks.event(Frame::Plain, &last);
    }
    chunks.push(false, |buffer| buffer.extend_from_slice(b"data: [DONE]\n\n"));
    chunks.into_list()
}

/// A failure within the stream, after which nothing comes, not even `[DONE]`.
pub fn broken(failure: &Failure, call: &Call<'_>) -> Chunk {
    openai::broken(failure, call)
}

/// What all chunks of a stream have in common.
struct Stream {
    id: String,
    model: String,
    created: u64,
    with_usage: bool,
    /// The JSON before the delta of a chunk, and behind it.
    head: String,
    tail: &'static str,
}

impl Stream {
    fn of(call: &Call<'_>) -> Self {
        let (id, model, created) = (call.id("chatcmpl-", 0), call.model.to_owned(), call.created);
        let with_usage = call.body.pointer("/stream_options/include_usage").and_then(Value::as_bool).unwrap_or(false);
        let head = format!(
            "{{\"id\":{},\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":{},\
             \"system_fingerprint\":null,\"choices\":[{{\"index\":0,\"delta\":",
            json!(id),
            json!(model)
        );
        let tail = match with_usage {
            true => ",\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}",
            false => ",\"logprobs\":null,\"finish_reason\":null}]}",
        };
        Self { id, model, created, with_usage, head, tail }
    }

    fn chunk(&self, delta: Value, finish_reason: Option<&str>) -> Value {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": null,
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }],
        });
        if self.with_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn say(&self, chunks: &mut Chunks, field: &str, text: &str) {
        let before = format!("{}{{\"{field}\":", self.head);
        let behind = format!("}}{}", self.tail);
        for piece in words(text) {
            chunks.delta(Frame::Plain, &before, piece, &behind);
        }
    }
}
