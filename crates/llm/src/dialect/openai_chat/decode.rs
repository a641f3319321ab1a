//! The answer of Chat Completions: chunks, then `[DONE]`.

use everruns_core::Usage;
use everruns_core::message::ToolCall;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::Events;
use crate::failure::{Refusal, cut_off, unreadable};
use crate::{Done, ModelError, Part, arguments};

/// What is known of an answer that is not complete.
#[derive(Default)]
pub(crate) struct Answer {
    calls: Vec<Calling>,
    done: Done,
    /// Thoughts, for vendors that want them back.
    reasoning: String,
    reasoning_details: Vec<Value>,
    ended: bool,
}

#[derive(Default)]
struct Calling {
    index: u64,
    id: String,
    name: String,
    arguments: String,
}

#[derive(Deserialize)]
struct Chunk {
    id: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Counted>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<Value>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    reasoning_details: Option<Vec<Value>>,
    tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Deserialize)]
struct CallDelta {
    index: Option<u64>,
    id: Option<String>,
    function: Option<FunctionDelta>,
}

#[derive(Deserialize)]
struct FunctionDelta {
    name: Option<String>,
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
    prompt_tokens_details: Option<PromptDetails>,
    /// DeepSeek's word for tokens that its cache served.
    prompt_cache_hit_tokens: Option<u32>,
    /// OpenRouter's bill, US dollars.
    cost: Option<f64>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u32>,
    cache_write_tokens: Option<u32>,
}

impl Events for Answer {
    fn event(&mut self, _: &str, data: &str, out: &mut Vec<Part>) -> Result<(), ModelError> {
        if self.ended {
            return Ok(());
        }
        if data.trim() == "[DONE]" {
            return self.end(out);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(unreadable)?;
        if chunk.error.as_ref().is_some_and(|error| !error.is_null()) {
            let body: Value = serde_json::from_str(data).map_err(unreadable)?;
            return Err(Refusal::of_error(&body).into_error());
        }
        if self.done.response_id.is_none() {
            self.done.response_id = chunk.id.filter(|id| !id.is_empty());
        }
        if let Some(counted) = chunk.usage {
            self.done.usage = counted.usage();
            self.done.cost_nanos = counted.cost.filter(|cost| *cost >= 0.0).map(|cost| (cost * 1e9).round() as u64);
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(()) };
        if choice.finish_reason.is_some() {
            self.done.finish_reason = choice.finish_reason;
        }
        self.delta(choice.delta.unwrap_or_default(), out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError> {
        if self.ended {
            return Ok(());
        }
        // Without a reason to stop the stream was cut, whatever stood in it.
        if self.done.finish_reason.is_none() {
            return Err(cut_off());
        }
        self.ended = true;
        let own = self.own();
        if !own.is_empty() {
            out.push(Part::Item(Value::Object(own)));
        }
        for call in std::mem::take(&mut self.calls) {
            let arguments = arguments::parse(&call.arguments);
            out.push(Part::ToolCall(ToolCall { id: call.id, name: call.name, arguments }));
        }
        out.push(Part::Done(std::mem::take(&mut self.done)));
        Ok(())
    }
}

impl Answer {
    fn delta(&mut self, delta: Delta, out: &mut Vec<Part>) {
        let thought = delta.reasoning_content.or(delta.reasoning).filter(|text| !text.is_empty());
        if let Some(thought) = thought {
            self.reasoning.push_str(&thought);
            out.push(Part::Thinking(thought));
        }
        self.reasoning_details.extend(delta.reasoning_details.into_iter().flatten());
        let texts = match delta.content {
            Some(Value::String(text)) => vec![text],
            // Mistral's form: pieces, thoughts among them.
            Some(Value::Array(pieces)) => pieces.iter().filter_map(|piece| self.piece(piece, out)).collect(),
            _ => Vec::new(),
        };
        let texts = texts.into_iter().chain(delta.refusal);
        out.extend(texts.filter(|text| !text.is_empty()).map(Part::Text));
        for call in delta.tool_calls.into_iter().flatten() {
            self.call(call);
            out.push(Part::Progress);
        }
    }

    fn piece(&mut self, piece: &Value, out: &mut Vec<Part>) -> Option<String> {
        let text = |piece: &Value| piece.get("text").and_then(Value::as_str).map(str::to_owned);
        let Some(thoughts) = piece.get("thinking").and_then(Value::as_array) else { return text(piece) };
        out.extend(thoughts.iter().filter_map(text).filter(|thought| !thought.is_empty()).map(Part::Thinking));
        None
    }

    /// A vendor that gives no index sends each call whole, or goes on with the one before.
    fn call(&mut self, delta: CallDelta) {
        let id = delta.id.filter(|id| !id.is_empty());
        let known = match delta.index {
            Some(index) => self.calls.iter().position(|call| call.index == index),
            None if id.is_none() => self.calls.len().checked_sub(1),
            None => self.calls.iter().position(|call| Some(&call.id) == id.as_ref()),
        };
        let place = known.unwrap_or_else(|| {
            let index = delta.index.unwrap_or(self.calls.len() as u64);
            self.calls.push(Calling { index, ..Calling::default() });
            self.calls.len() - 1
        });
        let call = &mut self.calls[place];
        if let Some(id) = id {
            call.id = id;
        }
        let Some(function) = delta.function else { return };
        if let Some(name) = function.name.filter(|_| call.name.is_empty()) {
            call.name = name;
        }
        match function.arguments {
            Some(Value::String(piece)) => call.arguments.push_str(&piece),
            // Some write the arguments as JSON and not as a text of it.
            Some(whole @ Value::Object(_)) => call.arguments = whole.to_string(),
            _ => {}
        }
    }

    /// What goes back with the message.
    fn own(&mut self) -> Map<String, Value> {
        let mut own = Map::new();
        if !self.reasoning_details.is_empty() {
            own.insert("reasoning_details".into(), json!(std::mem::take(&mut self.reasoning_details)));
        } else if !self.reasoning.is_empty() {
            own.insert("reasoning_content".into(), json!(std::mem::take(&mut self.reasoning)));
        }
        own
    }
}

impl Counted {
    /// In disjoint buckets: here cached tokens are among those of the prompt.
    fn usage(&self) -> Usage {
        let details = self.prompt_tokens_details.as_ref();
        let read = details.and_then(|details| details.cached_tokens).or(self.prompt_cache_hit_tokens).unwrap_or(0);
        let written = details.and_then(|details| details.cache_write_tokens).unwrap_or(0);
        Usage {
            input_tokens: self.prompt_tokens.saturating_sub(read).saturating_sub(written),
            output_tokens: self.completion_tokens,
            cache_read_tokens: read,
            cache_creation_tokens: written,
        }
    }
}
