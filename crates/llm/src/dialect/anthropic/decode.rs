//! The answer of Anthropic's Messages: a message of blocks, each begun, continued and ended by events.

use everruns_core::Usage;
use everruns_core::message::ToolCall;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::Events;
use crate::failure::{Refusal, cut_off, unreadable};
use crate::{Done, ModelError, Part, arguments};

/// What is known of an answer that is not complete.
#[derive(Default)]
pub(crate) struct Answer {
    /// Blocks that have begun and not ended, as a rule one.
    open: Vec<(u64, Block)>,
    done: Done,
    ended: bool,
}

enum Block {
    /// As it goes back.
    Thought(Map<String, Value>),
    Call {
        id: String,
        name: String,
        /// What came with the beginning, as some proxies send them.
        given: Value,
        arguments: String,
    },
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    index: u64,
    message: Option<Message>,
    content_block: Option<Map<String, Value>>,
    delta: Option<Map<String, Value>>,
    usage: Option<Counted>,
}

#[derive(Deserialize)]
struct Message {
    id: Option<String>,
    usage: Option<Counted>,
}

/// Tokens so far; what is left out is as before.
#[derive(Deserialize)]
struct Counted {
    input_tokens: Option<u32>,
    output_tokens: Option<u32>,
    cache_read_input_tokens: Option<u32>,
    cache_creation_input_tokens: Option<u32>,
}

impl Events for Answer {
    fn event(&mut self, _: &str, data: &str, out: &mut Vec<Part>) -> Result<(), ModelError> {
        if self.ended {
            return Ok(());
        }
        let event: Event = serde_json::from_str(data).map_err(unreadable)?;
        match event.kind.as_str() {
            "message_start" => {
                let message = event.message.ok_or_else(|| unreadable("a message that begins without one"))?;
                self.done.response_id = message.id.filter(|id| !id.is_empty());
                self.count(message.usage);
            }
            "content_block_start" => self.begin(event.index, event.content_block.unwrap_or_default(), out),
            "content_block_delta" => self.go_on(event.index, event.delta.unwrap_or_default(), out),
            "content_block_stop" => self.close(event.index, out),
            "message_delta" => {
                self.count(event.usage);
                let reason = event.delta.as_ref().and_then(|delta| text(delta, "stop_reason"));
                if let Some(reason) = reason {
                    self.done.finish_reason = Some(reason.to_owned());
                }
            }
            "message_stop" => return self.end(out),
            "error" => {
                let body: Value = serde_json::from_str(data).map_err(unreadable)?;
                return Err(Refusal::of_error(&body).into_error());
            }
            // Heartbeats, and what may be added later.
            _ => {}
        }
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
        for (_, block) in std::mem::take(&mut self.open) {
            out.extend(block.into_part());
        }
        out.push(Part::Done(std::mem::take(&mut self.done)));
        Ok(())
    }
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str)
}

fn owned(map: &Map<String, Value>, key: &str) -> String {
    text(map, key).unwrap_or_default().to_owned()
}

impl Answer {
    fn begin(&mut self, index: u64, block: Map<String, Value>, out: &mut Vec<Part>) {
        match text(&block, "type") {
            Some("text") => out.extend(said(&block, "text").map(Part::Text)),
            Some("thinking" | "redacted_thinking") => {
                out.push(said(&block, "thinking").map_or(Part::Progress, Part::Thinking));
                self.open.push((index, Block::Thought(block)));
            }
            Some("tool_use") => {
                let given = block.get("input").cloned().unwrap_or_default();
                let (id, name) = (owned(&block, "id"), owned(&block, "name"));
                self.open.push((index, Block::Call { id, name, given, arguments: String::new() }));
                out.push(Part::Progress);
            }
            // The provider's own tools and the like: nobody here asked for them.
            _ => {}
        }
    }

    fn go_on(&mut self, index: u64, delta: Map<String, Value>, out: &mut Vec<Part>) {
        let kind = text(&delta, "type");
        if kind == Some("text_delta") {
            out.extend(said(&delta, "text").map(Part::Text));
            return;
        }
        let Some((_, block)) = self.open.iter_mut().find(|(known, _)| *known == index) else { return };
        match (kind, block) {
            (Some("thinking_delta"), Block::Thought(thought)) => {
                append(thought, "thinking", &delta);
                out.extend(said(&delta, "thinking").map(Part::Thinking));
            }
            (Some("signature_delta"), Block::Thought(thought)) => {
                append(thought, "signature", &delta);
                out.push(Part::Progress);
            }
            (Some("input_json_delta"), Block::Call { arguments, .. }) => {
                arguments.push_str(text(&delta, "partial_json").unwrap_or_default());
                out.push(Part::Progress);
            }
            _ => {}
        }
    }

    fn close(&mut self, index: u64, out: &mut Vec<Part>) {
        if let Some(place) = self.open.iter().position(|(known, _)| *known == index) {
            out.extend(self.open.remove(place).1.into_part());
        }
    }

    fn count(&mut self, counted: Option<Counted>) {
        let Some(counted) = counted else { return };
        let usage = &mut self.done.usage;
        *usage = Usage {
            input_tokens: counted.input_tokens.unwrap_or(usage.input_tokens),
            output_tokens: counted.output_tokens.unwrap_or(usage.output_tokens),
            cache_read_tokens: counted.cache_read_input_tokens.unwrap_or(usage.cache_read_tokens),
            cache_creation_tokens: counted.cache_creation_input_tokens.unwrap_or(usage.cache_creation_tokens),
        };
    }
}

/// A text that is not empty.
fn said(map: &Map<String, Value>, key: &str) -> Option<String> {
    text(map, key).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn append(thought: &mut Map<String, Value>, key: &str, delta: &Map<String, Value>) {
    let more = text(delta, key).unwrap_or_default();
    match thought.get_mut(key) {
        Some(Value::String(before)) => before.push_str(more),
        _ => {
            thought.insert(key.to_owned(), more.into());
        }
    }
}

impl Block {
    fn into_part(self) -> Option<Part> {
        match self {
            // Without a signature the provider would not take a thought back.
            Self::Thought(thought) => {
                let is_whole = said(&thought, "signature").or_else(|| said(&thought, "data")).is_some();
                is_whole.then_some(Part::Item(Value::Object(thought)))
            }
            Self::Call { id, name, given, arguments } => {
                let is_given = arguments.is_empty() && given.is_object();
                let arguments = if is_given { given } else { arguments::parse(&arguments) };
                Some(Part::ToolCall(ToolCall { id, name, arguments }))
            }
        }
    }
}
