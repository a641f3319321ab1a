//! Requests and answers of Responses, as OpenAI documents them.

mod answer;
mod lawful;
mod request;

use serde_json::{Value, json};

/// A thought as the model gives it.
fn reasoning() -> Value {
    json!({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Two cities."}],
        "encrypted_content": "gAAAA", "content": null, "status": "completed"})
}
