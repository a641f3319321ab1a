//! The answer of Gemini: pieces of it, until there are no more. Which was the last one is seen by its reason to stop.

use everruns_core::message::ToolCall;
use everruns_core::{ErrorCode, Usage};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::Events;
use crate::failure::{Refusal, cut_off, unreadable};
use crate::{Done, ModelError, Part};

/// What is known of an answer that is not complete.
#[derive(Default)]
pub(crate) struct Answer {
    done: Done,
    calls: usize,
    has_text: bool,
    /// The last text had a signature, which does not cover what is written next.
    is_signed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Counted>,
    response_id: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    #[serde(default)]
    prompt_token_count: u32,
    #[serde(default)]
    cached_content_token_count: u32,
    #[serde(default)]
    candidates_token_count: u32,
    #[serde(default)]
    thoughts_token_count: u32,
    #[serde(default)]
    tool_use_prompt_token_count: u32,
}

impl Events for Answer {
    fn event(&mut self, _: &str, data: &str, out: &mut Vec<Part>) -> Result<(), ModelError> {
        let chunk: Chunk = serde_json::from_str(data).map_err(unreadable)?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(Refusal::of_error(&json!({"error": error})).into_error());
        }
        self.done.response_id = chunk.response_id.or(self.done.response_id.take());
        if let Some(counted) = chunk.usage_metadata {
            self.done.usage = counted.usage();
        }
        if let Some(reason) = chunk.prompt_feedback.and_then(|feedback| feedback.block_reason) {
            self.done.finish_reason = Some(reason);
        }
        let Some(candidate) = chunk.candidates.into_iter().next() else { return Ok(()) };
        for part in candidate.content.map(|content| content.parts).unwrap_or_default() {
            self.part(part, out);
        }
        if candidate.finish_reason.is_some() {
            self.done.finish_reason = candidate.finish_reason;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError> {
        let done = std::mem::take(&mut self.done);
        let Some(reason) = done.finish_reason.as_deref() else { return Err(cut_off()) };
        if !self.has_text && self.calls == 0 {
            match reason {
                // The model's slip, which it seldom makes twice.
                "MALFORMED_FUNCTION_CALL" | "MALFORMED_RESPONSE" | "UNEXPECTED_TOOL_CALL" => {
                    let message = format!("the model wrote what its provider could not read ({reason})");
                    return Err(ModelError::passing(ErrorCode::ProcessingError, message));
                }
                "STOP" | "MAX_TOKENS" => {}
                // As other providers do it, a refusal is an answer: it was paid for, and asking again does not help.
                _ => out.push(Part::Text(format!("(the provider refused to answer: {reason})"))),
            }
        }
        out.push(Part::Done(done));
        Ok(())
    }
}

impl Answer {
    fn part(&mut self, mut part: Map<String, Value>, out: &mut Vec<Part>) {
        let signature = part.get("thoughtSignature").filter(|signature| signature.is_string()).cloned();
        let text = part.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(Value::Object(call)) = part.remove("functionCall") {
            if let Some(signature) = signature {
                out.push(Part::Item(json!({"for": "functionCall", "thoughtSignature": signature})));
            }
            out.push(Part::ToolCall(self.call(call)));
        } else if part.get("thought") == Some(&Value::Bool(true)) {
            if !text.is_empty() {
                out.push(Part::Thinking(text));
            }
            if signature.is_some() {
                out.push(Part::Item(Value::Object(part)));
            }
        } else if !text.is_empty() {
            // Where a signed text ends has to be known, so that it goes back as it came.
            if signature.is_some() || self.is_signed {
                let mut item = json!({"for": "text"});
                if let Some(signature) = &signature {
                    item["thoughtSignature"] = signature.clone();
                }
                out.push(Part::Item(item));
            }
            self.is_signed = signature.is_some();
            self.has_text = true;
            out.push(Part::Text(text));
        } else if let Some(signature) = signature {
            out.push(Part::Item(json!({"text": "", "thoughtSignature": signature})));
        }
    }

    fn call(&mut self, mut call: Map<String, Value>) -> ToolCall {
        self.calls += 1;
        let mut text = |key: &str| match call.remove(key) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let (id, name) = (text("id"), text("name"));
        // Many of its models give none.
        let id = if id.is_empty() { format!("call_{}", self.calls) } else { id };
        let arguments = call.remove("args").filter(Value::is_object).unwrap_or_else(|| json!({}));
        ToolCall { id, name, arguments }
    }
}

impl Counted {
    /// In disjoint buckets: here tokens of the cache are among those of the prompt, and thoughts not among the answer's.
    fn usage(&self) -> Usage {
        let fresh = self.prompt_token_count.saturating_sub(self.cached_content_token_count);
        Usage {
            input_tokens: fresh.saturating_add(self.tool_use_prompt_token_count),
            output_tokens: self.candidates_token_count.saturating_add(self.thoughts_token_count),
            cache_read_tokens: self.cached_content_token_count,
            cache_creation_tokens: 0,
        }
    }
}
