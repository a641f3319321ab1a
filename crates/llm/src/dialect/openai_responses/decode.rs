//! The answer of Responses: typed events, item after item, until one that says how it ended.

use everruns_core::Usage;
use everruns_core::message::ToolCall;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Events;
use crate::failure::{Refusal, cut_off, unreadable};
use crate::{Done, ModelError, Part, arguments};

/// What is known of an answer that is not complete.
#[derive(Default)]
pub(crate) struct Answer {
    done: Done,
    /// The last thought: which item, and which part of it.
    thought: Option<(u64, u64)>,
    /// Arguments of the call that is being written.
    arguments: String,
    /// There was text before the message that is being written.
    has_text: bool,
    /// An empty line is due before the next text.
    gap: bool,
    has_calls: bool,
    is_refusal: bool,
    ended: bool,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: Option<String>,
    delta: Option<Value>,
    arguments: Option<Value>,
    #[serde(default)]
    output_index: u64,
    summary_index: Option<u64>,
    content_index: Option<u64>,
    item: Option<Value>,
    response: Option<Response>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Response {
    id: Option<String>,
    error: Option<Value>,
    incomplete_details: Option<Incomplete>,
    usage: Option<Counted>,
}

#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    input_tokens: u32,
    #[serde(default)]
    output_tokens: u32,
    input_tokens_details: Option<InputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    cached_tokens: Option<u32>,
    cache_write_tokens: Option<u32>,
}

impl Events for Answer {
    fn event(&mut self, name: &str, data: &str, out: &mut Vec<Part>) -> Result<(), ModelError> {
        // Some gateways end every stream in the way of Chat Completions.
        if self.ended || data.trim() == "[DONE]" {
            return Ok(());
        }
        let event: Event = serde_json::from_str(data).map_err(unreadable)?;
        let delta = event.delta.as_ref().and_then(Value::as_str).unwrap_or_default();
        match event.kind.as_deref().unwrap_or(name) {
            "response.created" => self.done.response_id = event.response.and_then(|response| response.id),
            "response.output_item.added" => self.begin(&event.item.unwrap_or_default(), out),
            "response.output_text.delta" => self.text(delta, out),
            "response.refusal.delta" => {
                self.is_refusal = true;
                self.text(delta, out);
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                let part = event.summary_index.or(event.content_index).unwrap_or(0);
                self.think((event.output_index, part), delta, out);
            }
            "response.function_call_arguments.delta" => {
                self.arguments.push_str(delta);
                out.push(Part::Progress);
            }
            "response.function_call_arguments.done" => {
                if let Some(whole) = event.arguments.as_ref().and_then(Value::as_str) {
                    whole.clone_into(&mut self.arguments);
                }
            }
            "response.output_item.done" => self.complete(event.item.unwrap_or_default(), out),
            "response.completed" | "response.incomplete" => self.done(event.response, out),
            "response.failed" => {
                let error = event.response.and_then(|response| response.error).filter(|error| !error.is_null());
                let error = error.unwrap_or_else(|| "it gave no answer and no reason".into());
                return Err(Refusal::of_error(&json!({"error": error})).into_error());
            }
            "error" => return Err(broken(data)),
            "" if event.error.is_some_and(|error| !error.is_null()) => return Err(broken(data)),
            // Signs of life, ends of what its pieces told already, and whatever the provider thinks of next.
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, _: &mut Vec<Part>) -> Result<(), ModelError> {
        if self.ended { Ok(()) } else { Err(cut_off()) }
    }
}

impl Answer {
    fn begin(&mut self, item: &Value, out: &mut Vec<Part>) {
        self.arguments.clear();
        if item["type"] == "message" {
            self.gap = self.has_text;
            // Some models say what a message is for and want to hear it again.
            if item["phase"].is_string() {
                out.push(Part::Item(json!({"type": "message", "phase": item["phase"]})));
            }
        }
        out.push(Part::Progress);
    }

    fn text(&mut self, delta: &str, out: &mut Vec<Part>) {
        if delta.is_empty() {
            return;
        }
        let gap = if std::mem::take(&mut self.gap) { "\n\n" } else { "" };
        self.has_text = true;
        out.push(Part::Text(format!("{gap}{delta}")));
    }

    fn think(&mut self, part: (u64, u64), delta: &str, out: &mut Vec<Part>) {
        if delta.is_empty() {
            return;
        }
        let is_next = self.thought.replace(part).is_some_and(|before| before != part);
        let gap = if is_next { "\n\n" } else { "" };
        out.push(Part::Thinking(format!("{gap}{delta}")));
    }

    fn complete(&mut self, mut item: Value, out: &mut Vec<Part>) {
        let pieces = std::mem::take(&mut self.arguments);
        match item["type"].as_str() {
            Some("reasoning") => out.push(Part::Item(item)),
            Some("function_call") => {
                let mut text = |key: &str| match item[key].take() {
                    Value::String(text) => text,
                    _ => String::new(),
                };
                let (id, name, whole) = (text("call_id"), text("name"), text("arguments"));
                let arguments = arguments::parse(if whole.is_empty() { &pieces } else { &whole });
                self.has_calls = true;
                out.push(Part::ToolCall(ToolCall { id, name, arguments }));
            }
            _ => {}
        }
    }

    fn done(&mut self, response: Option<Response>, out: &mut Vec<Part>) {
        self.ended = true;
        let mut done = std::mem::take(&mut self.done);
        let (id, usage, incomplete) = match response {
            Some(response) => (response.id, response.usage, response.incomplete_details),
            None => (None, None, None),
        };
        done.response_id = id.or(done.response_id);
        done.usage = usage.map(|counted| counted.usage()).unwrap_or_default();
        // A complete answer comes without a reason: those are the words of the provider's other dialect.
        let complete = match (self.has_calls, self.is_refusal) {
            (true, _) => "tool_calls",
            (false, true) => "refusal",
            (false, false) => "stop",
        };
        let reason = incomplete.and_then(|incomplete| incomplete.reason);
        done.finish_reason = Some(reason.unwrap_or_else(|| complete.to_owned()));
        out.push(Part::Done(done));
    }
}

impl Counted {
    /// In disjoint buckets: here tokens of the cache are among those of the input, and thoughts among the output.
    fn usage(&self) -> Usage {
        let details = self.input_tokens_details.as_ref();
        let read = details.and_then(|details| details.cached_tokens).unwrap_or(0);
        let written = details.and_then(|details| details.cache_write_tokens).unwrap_or(0);
        Usage {
            input_tokens: self.input_tokens.saturating_sub(read).saturating_sub(written),
            output_tokens: self.output_tokens,
            cache_read_tokens: read,
            cache_creation_tokens: written,
        }
    }
}

fn broken(data: &str) -> ModelError {
    match serde_json::from_str(data) {
        Ok(body) => Refusal::of_error(&body).into_error(),
        Err(error) => unreadable(error),
    }
}
