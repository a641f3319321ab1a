//! The events of a streamed response. Each has a type, by which it is named, and a number.

use serde_json::{Value, json};

use super::item::{Item, Kind, content_part, items, summary_part};
use super::whole::{begun, ended};
use crate::answer::{Answer, fragments, words};
use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::failure::{self, Failure};
use crate::openai;
use crate::sse::Frame;

/// All events, from `response.created` to `response.completed` or `response.incomplete`.
pub fn stream(answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
    let mut chunks = Chunks::new();
    let items = items(answer, call);
    event(&mut chunks, "response.created", json!({ "response": begun(call) }));
    event(&mut chunks, "response.in_progress", json!({ "response": begun(call) }));
    let ended = ended(answer, call, &items);
    for (index, item) in items.iter().enumerate() {
        event(&mut chunks, "response.output_item.added", json!({ "output_index": index, "item": item.begun() }));
        match &item.kind {
            Kind::Reasoning { summary, .. } => {
                if let Some(text) = summary {
                    think(&mut chunks, item, index, text);
                }
            }
            Kind::Message { text, is_refusal } => say(&mut chunks, item, index, text, *is_refusal),
            Kind::Call { name, arguments, .. } => {
                let delta = "response.function_call_arguments.delta";
                deltas(&mut chunks, delta, item, index, None, fragments(arguments));
                let done = json!({ "item_id": item.id, "output_index": index, "name": name, "arguments": arguments });
                event(&mut chunks, "response.function_call_arguments.done", done);
            }
        }
        let done = &ended["output"][index];
        event(&mut chunks, "response.output_item.done", json!({ "output_index": index, "item": done }));
    }
    let last = if ended["status"] == "completed" { "response.completed" } else { "response.incomplete" };
    event(&mut chunks, last, json!({ "response": ended }));
    chunks.into_list()
}

/// A failure within the stream, behind so many events: the response fails where the failure has a code that responses
/// have, else there is an event of its own.
pub fn broken(failure: &Failure, call: &Call<'_>, events: usize) -> Chunk {
    let error = openai::error(failure, call);
    let mut chunks = Chunks::new();
    let (name, mut data) = match failure.kind {
        failure::Kind::Broken | failure::Kind::RateLimited => {
            let mut response = begun(call);
            response["status"] = "failed".into();
            response["error"] = json!({ "code": error["code"], "message": error["message"] });
            ("response.failed", json!({ "response": response }))
        }
        _ => ("error", json!({ "code": error["code"], "message": error["message"], "param": error["param"] })),
    };
    data["type"] = name.into();
    data["sequence_number"] = events.into();
    chunks.event(Frame::Named(name), &data);
    chunks.into_list().remove(0)
}

fn event(chunks: &mut Chunks, name: &'static str, mut data: Value) {
    data["type"] = name.into();
    data["sequence_number"] = chunks.len().into();
    chunks.event(Frame::Named(name), &data);
}

fn think(chunks: &mut Chunks, item: &Item, index: usize, text: &str) {
    let part = |text: &str| json!({ "item_id": item.id, "output_index": index, "summary_index": 0, "part": summary_part(text) });
    event(chunks, "response.reasoning_summary_part.added", part(""));
    let delta = "response.reasoning_summary_text.delta";
    deltas(chunks, delta, item, index, Some("summary_index"), words(text));
    let done = json!({ "item_id": item.id, "output_index": index, "summary_index": 0, "text": text });
    event(chunks, "response.reasoning_summary_text.done", done);
    event(chunks, "response.reasoning_summary_part.done", part(text));
}

fn say(chunks: &mut Chunks, item: &Item, index: usize, text: &str, is_refusal: bool) {
    let place =
        |key: &str, value: Value| json!({ "item_id": item.id, "output_index": index, "content_index": 0, key: value });
    event(chunks, "response.content_part.added", place("part", content_part("", is_refusal)));
    let content = Some("content_index");
    if is_refusal {
        deltas(chunks, "response.refusal.delta", item, index, content, words(text));
        event(chunks, "response.refusal.done", place("refusal", text.into()));
    } else {
        deltas(chunks, "response.output_text.delta", item, index, content, words(text));
        let mut done = place("text", text.into());
        done["logprobs"] = json!([]);
        event(chunks, "response.output_text.done", done);
    }
    event(chunks, "response.content_part.done", place("part", item.content_part()));
}

/// One event for each piece. `within` names the index within the item, which is 0.
fn deltas<'a>(
    chunks: &mut Chunks,
    name: &'static str,
    item: &Item,
    index: usize,
    within: Option<&str>,
    pieces: impl Iterator<Item = &'a str>,
) {
    let within = within.map(|key| format!("\"{key}\":0,")).unwrap_or_default();
    let logprobs = if name == "response.output_text.delta" { ",\"logprobs\":[]" } else { "" };
    let before =
        format!("{{\"type\":\"{name}\",\"item_id\":\"{}\",\"output_index\":{index},{within}\"delta\":", item.id);
    for piece in pieces {
        // The provider pads deltas, so that their size tells nothing.
        let behind = format!("{logprobs},\"obfuscation\":\"x7Kq\",\"sequence_number\":{}}}", chunks.len());
        chunks.delta(Frame::Named(name), &before, piece, &behind);
    }
}
