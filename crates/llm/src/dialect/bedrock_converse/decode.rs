//! The answer of Converse: a message of blocks, then the tokens that it took.

use everruns_core::Usage;
use everruns_core::message::ToolCall;
use serde::Deserialize;
use serde_json::{Value, json};

use super::eventstream::{Frame, Frames};
use crate::failure::{Refusal, cut_off, unreadable};
use crate::{Done, ModelError, Part, arguments};

/// What is known of an answer that is not complete.
#[derive(Default)]
pub(crate) struct Answer {
    /// Blocks that have begun and not ended, as a rule one.
    open: Vec<(u64, Block)>,
    done: Done,
    counted: bool,
    ended: bool,
}

enum Block {
    Thought { text: String, signature: String },
    Call { id: String, name: String, arguments: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    content_block_index: u64,
    start: Option<Start>,
    delta: Option<Delta>,
    stop_reason: Option<String>,
    usage: Option<Counted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    tool_use: Option<ToolUse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolUse {
    tool_use_id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delta {
    text: Option<String>,
    tool_use: Option<Input>,
    reasoning_content: Option<Reasoning>,
}

#[derive(Deserialize)]
struct Input {
    input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reasoning {
    text: Option<String>,
    signature: Option<String>,
    redacted_content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    #[serde(default)]
    input_tokens: u32,
    #[serde(default)]
    output_tokens: u32,
    total_tokens: Option<u32>,
    #[serde(default)]
    cache_read_input_tokens: u32,
    #[serde(default)]
    cache_write_input_tokens: u32,
}

impl Frames for Answer {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Part>) -> Result<(), ModelError> {
        if self.ended {
            return Ok(());
        }
        if frame.header(":message-type").is_some_and(|kind| kind != "event") {
            return Err(refusal(frame).into_error());
        }
        let kind = frame.header(":event-type").unwrap_or_default();
        if !KNOWN.contains(&kind) {
            return Ok(());
        }
        let event: Event = serde_json::from_slice(frame.payload).map_err(unreadable)?;
        let index = event.content_block_index;
        if let Some(call) = event.start.and_then(|start| start.tool_use) {
            let block = Block::Call { id: call.tool_use_id, name: call.name, arguments: String::new() };
            self.open.push((index, block));
            out.push(Part::Progress);
        }
        if let Some(delta) = event.delta {
            self.go_on(index, delta, out);
        }
        if kind == "contentBlockStop"
            && let Some(place) = self.open.iter().position(|(known, _)| *known == index)
        {
            out.extend(self.open.remove(place).1.into_part());
        }
        if event.stop_reason.is_some() {
            self.done.finish_reason = event.stop_reason;
        }
        if let Some(counted) = event.usage {
            self.done.usage = counted.usage();
            self.counted = true;
        }
        // The tokens come last.
        if self.counted && self.done.finish_reason.is_some() { self.end(out) } else { Ok(()) }
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

const KNOWN: &[&str] =
    &["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"];

/// What a frame says that ends the stream: an exception with a name and a payload, or an error in the headers alone.
fn refusal(frame: &Frame<'_>) -> Refusal {
    let kind = frame.header(":exception-type").or(frame.header(":error-code")).unwrap_or_default();
    let read = serde_json::from_slice::<Value>(frame.payload).map(|body| Refusal::of_error(&body)).unwrap_or_default();
    let message = frame.header(":error-message").map_or(read.message, str::to_owned);
    let kinds = std::iter::once(kind.to_owned()).chain(read.kinds).collect();
    Refusal { kinds, message, ..Refusal::default() }
}

impl Answer {
    fn go_on(&mut self, index: u64, delta: Delta, out: &mut Vec<Part>) {
        out.extend(delta.text.filter(|text| !text.is_empty()).map(Part::Text));
        if let Some(more) = delta.tool_use {
            let open = self.open.iter_mut().find(|(known, _)| *known == index);
            if let Some((_, Block::Call { arguments, .. })) = open {
                arguments.push_str(&more.input);
            }
            out.push(Part::Progress);
        }
        let Some(more) = delta.reasoning_content else { return };
        // It comes whole, in one event.
        if let Some(redacted) = more.redacted_content.filter(|data| !data.is_empty()) {
            out.push(Part::Item(json!({"reasoningContent": {"redactedContent": redacted}})));
        }
        if more.text.is_none() && more.signature.is_none() {
            return;
        }
        // A thought begins without a word.
        if !self.open.iter().any(|(known, _)| *known == index) {
            self.open.push((index, Block::Thought { text: String::new(), signature: String::new() }));
        }
        let open = self.open.iter_mut().find(|(known, _)| *known == index);
        if let Some((_, Block::Thought { text, signature })) = open {
            text.push_str(more.text.as_deref().unwrap_or_default());
            signature.push_str(more.signature.as_deref().unwrap_or_default());
        }
        out.push(more.text.filter(|text| !text.is_empty()).map_or(Part::Progress, Part::Thinking));
    }
}

impl Block {
    fn into_part(self) -> Option<Part> {
        match self {
            // Without a signature the provider would not take a thought back.
            Self::Thought { signature, .. } if signature.is_empty() => None,
            Self::Thought { text, signature } => {
                let thought = json!({"reasoningText": {"text": text, "signature": signature}});
                Some(Part::Item(json!({"reasoningContent": thought})))
            }
            Self::Call { id, name, arguments } => {
                Some(Part::ToolCall(ToolCall { id, name, arguments: arguments::parse(&arguments) }))
            }
        }
    }
}

impl Counted {
    /// In disjoint buckets, as most models count; where the whole is no more than input and output, the input has the
    /// cached tokens in it.
    fn usage(&self) -> Usage {
        let cached = self.cache_read_input_tokens.saturating_add(self.cache_write_input_tokens);
        let has_them = cached > 0 && self.total_tokens == self.input_tokens.checked_add(self.output_tokens);
        Usage {
            input_tokens: if has_them { self.input_tokens.saturating_sub(cached) } else { self.input_tokens },
            output_tokens: self.output_tokens,
            cache_read_tokens: self.cache_read_input_tokens,
            cache_creation_tokens: self.cache_write_input_tokens,
        }
    }
}
