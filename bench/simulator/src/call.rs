//! What an encoder knows of the request that it answers.

use serde_json::Value;

use crate::answer::{Answer, Part, Usage, words};

/// A request, as far as its answer depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The model's name, as asked for.
    pub model: &'a str,
    /// Which request it is; all ids are made of it.
    pub serial: u64,
    /// When the answer claims to be made, Unix seconds.
    pub created: u64,
    /// The body.
    pub body: &'a Value,
}

impl Call<'_> {
    /// An id: the provider's prefix, the serial, and which of its kind it is.
    pub(crate) fn id(&self, prefix: &str, index: usize) -> String {
        format!("{prefix}{:08x}{index:04x}", self.serial)
    }

    /// The tokens: as the answer says, else about four bytes of request and one word of answer each.
    pub(crate) fn usage(&self, answer: &Answer) -> Usage {
        answer.usage.unwrap_or_else(|| {
            let mut usage = Usage { input: size(self.body) / 4, ..Usage::default() };
            for part in &answer.parts {
                match part {
                    Part::Text(text) | Part::Refusal(text) => usage.output += words(text).count() as u64,
                    Part::Call { arguments, .. } => usage.output += 5 + arguments.len() as u64 / 4,
                    Part::Thinking { text, .. } => usage.reasoning += words(text).count() as u64,
                    Part::Redacted(data) => usage.reasoning += data.len() as u64 / 4,
                }
            }
            usage
        })
    }

    /// Whether the body asks for a stream.
    pub(crate) fn streams(&self) -> bool {
        self.body.get("stream").and_then(Value::as_bool).unwrap_or(false)
    }
}

/// About how many bytes a value has as JSON.
fn size(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
        Value::String(text) => text.len() as u64 + 2,
        Value::Array(items) => 2 + items.iter().map(|item| size(item) + 1).sum::<u64>(),
        Value::Object(fields) => 2 + fields.iter().map(|(key, value)| key.len() as u64 + 4 + size(value)).sum::<u64>(),
    }
}
