//! The events of a streamed answer: each is a whole response with what is new.

use serde_json::{Value, json};

use super::{arguments, call_part, finish_reason, response, shows_thoughts, usage};
use crate::answer::{Answer, Part, Stop, words};
use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::sse::Frame;

/// All events; the last one says why the answer ends.
pub fn stream(answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
    let mut chunks = Chunks::new();
    if answer.ends() == Stop::Blocked {
        chunks.event(Frame::Wide, &response(None, usage(answer, call, false), call));
        return chunks.into_list();
    }
    let begun = usage(answer, call, false);
    let around = |part: Value| {
        let content = json!({ "parts": [part], "role": "model" });
        response(Some(json!({ "content": content, "index": 0 })), begun.clone(), call)
    };
    let mut seal = None;
    for part in &answer.parts {
        match part {
            Part::Text(text) | Part::Refusal(text) => say(&mut chunks, text, |text| around(json!({ "text": text }))),
            Part::Thinking { text, signature } => {
                if shows_thoughts(call) {
                    say(&mut chunks, text, |text| around(json!({ "text": text, "thought": true })));
                }
                seal = Some(signature.clone()).filter(|seal| !seal.is_empty());
            }
            // The format has no place for it.
            Part::Redacted(_) => {}
            Part::Call { id, name, arguments: text } => {
                if let Some(args) = arguments(text) {
                    let event = around(call_part(id.as_deref(), name, args, seal.take()));
                    chunks.content(Frame::Wide, &event);
                }
            }
        }
    }
    let mut last = json!({ "text": "" });
    if let Some(seal) = seal {
        last["thoughtSignature"] = seal.into();
    }
    let content = json!({ "parts": [last], "role": "model" });
    let candidate = json!({ "content": content, "finishReason": finish_reason(answer), "index": 0 });
    chunks.event(Frame::Wide, &response(Some(candidate), usage(answer, call, true), call));
    chunks.into_list()
}

/// One event for each word.
fn say(chunks: &mut Chunks, text: &str, around: impl Fn(&str) -> Value) {
    // The event is written once, with a mark where the words stand.
    const MARK: &str = "\u{1}";
    let event = around(MARK).to_string();
    let Some((before, behind)) = event.split_once("\"\\u0001\"") else { return };
    for word in words(text) {
        chunks.delta(Frame::Wide, before, word, behind);
    }
}
