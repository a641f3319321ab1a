//! The items of an output.

use serde_json::{Value, json};

use crate::answer::{Answer, Part, Stop};
use crate::call::Call;

/// An item in its final form.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) kind: Kind,
}

/// What an item is.
#[derive(Debug)]
pub(super) enum Kind {
    Reasoning { summary: Option<String>, encrypted: Option<String> },
    Message { text: String, is_refusal: bool },
    Call { call_id: String, name: String, arguments: String },
}

/// The items of an answer. A summary of reasoning is there only if the request asks for it, and so are encrypted contents.
pub(super) fn items(answer: &Answer, call: &Call<'_>) -> Vec<Item> {
    let with_summary = call.body.pointer("/reasoning/summary").is_some_and(Value::is_string);
    let includes = call.body["include"].as_array();
    let with_encrypted = includes.is_some_and(|list| list.iter().any(|one| one == "reasoning.encrypted_content"));
    let parts = if answer.ends() == Stop::Blocked { &[][..] } else { &answer.parts[..] };
    let item = |(index, part): (usize, &Part)| {
        let (prefix, kind) = match part {
            Part::Text(text) => ("msg_", Kind::Message { text: text.clone(), is_refusal: false }),
            Part::Refusal(text) => ("msg_", Kind::Message { text: text.clone(), is_refusal: true }),
            Part::Thinking { text, signature } => {
                let summary = Some(text.clone()).filter(|text| with_summary && !text.is_empty());
                let encrypted = Some(signature.clone()).filter(|seal| with_encrypted && !seal.is_empty());
                ("rs_", Kind::Reasoning { summary, encrypted })
            }
            Part::Redacted(data) => {
                let encrypted = Some(data.clone()).filter(|_| with_encrypted);
                ("rs_", Kind::Reasoning { summary: None, encrypted })
            }
            Part::Call { id, name, arguments } => {
                let call_id = id.clone().unwrap_or_else(|| call.id("call_", index));
                ("fc_", Kind::Call { call_id, name: name.clone(), arguments: arguments.clone() })
            }
        };
        Item { id: call.id(prefix, index), kind }
    };
    parts.iter().enumerate().map(item).collect()
}

impl Item {
    /// As it is when it is done.
    pub(super) fn done(&self, status: &str) -> Value {
        match &self.kind {
            Kind::Reasoning { summary, encrypted } => {
                let summary: Vec<Value> = summary.iter().map(|text| summary_part(text)).collect();
                self.reasoning(&summary, encrypted.as_deref())
            }
            Kind::Message { .. } => self.message(status, &[self.content_part()]),
            Kind::Call { arguments, .. } => self.function_call(status, arguments),
        }
    }

    /// As it is when it begins.
    pub(super) fn begun(&self) -> Value {
        match &self.kind {
            // What is encrypted grows with the thought: only the last form of it is worth keeping.
            Kind::Reasoning { encrypted, .. } => {
                self.reasoning(&[], encrypted.as_ref().map(|seal| format!("begun-{seal}")).as_deref())
            }
            Kind::Message { .. } => self.message("in_progress", &[]),
            Kind::Call { .. } => self.function_call("in_progress", ""),
        }
    }

    /// The one content of a message.
    pub(super) fn content_part(&self) -> Value {
        match &self.kind {
            Kind::Message { text, is_refusal } => content_part(text, *is_refusal),
            _ => Value::Null,
        }
    }

    fn reasoning(&self, summary: &[Value], encrypted: Option<&str>) -> Value {
        let mut item = json!({ "id": self.id, "type": "reasoning", "summary": summary });
        if let Some(encrypted) = encrypted {
            item["encrypted_content"] = encrypted.into();
        }
        item
    }

    fn message(&self, status: &str, content: &[Value]) -> Value {
        json!({ "id": self.id, "type": "message", "status": status, "role": "assistant", "content": content })
    }

    fn function_call(&self, status: &str, arguments: &str) -> Value {
        let Kind::Call { call_id, name, .. } = &self.kind else { return Value::Null };
        json!({
            "id": self.id,
            "type": "function_call",
            "status": status,
            "call_id": call_id,
            "name": name,
            "arguments": arguments,
        })
    }
}

pub(super) fn content_part(text: &str, is_refusal: bool) -> Value {
    match is_refusal {
        true => json!({ "type": "refusal", "refusal": text }),
        false => json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] }),
    }
}

pub(super) fn summary_part(text: &str) -> Value {
    json!({ "type": "summary_text", "text": text })
}
