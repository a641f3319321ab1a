//! How OpenRouter differs: thoughts as details with their seals, and what an answer cost.

use serde_json::{Value, json};

use crate::answer::Usage;
use crate::call::Call;

const FORMAT: &str = "anthropic-claude-v1";

/// Whether a request asks for thoughts in OpenRouter's way, with an object.
pub(super) fn wants_details(call: &Call<'_>) -> bool {
    call.body["reasoning"].is_object()
}

/// A piece of a thought.
pub(super) fn thought(text: &str, index: usize) -> Value {
    json!({ "type": "reasoning.text", "text": text, "format": FORMAT, "index": index })
}

/// The seal of a thought.
pub(super) fn seal(signature: &str, index: usize) -> Value {
    json!({ "type": "reasoning.text", "signature": signature, "format": FORMAT, "index": index })
}

/// A thought that nobody may read.
pub(super) fn encrypted(data: &str, index: usize) -> Value {
    json!({ "type": "reasoning.encrypted", "data": data, "format": FORMAT, "index": index })
}

/// What it cost in dollars, if the request asks: as if a million tokens were 1 to read and 5 to write.
pub(super) fn cost(usage: &Usage, call: &Call<'_>) -> Option<f64> {
    let asked = call.body.pointer("/usage/include").and_then(Value::as_bool).unwrap_or(false);
    asked.then(|| (usage.prompt() + 5 * usage.written()) as f64 / 1e6)
}
