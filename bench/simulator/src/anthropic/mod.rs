//! Anthropic Messages.

mod check;
mod refuse;
mod stream;
mod whole;

pub use check::check;
pub use refuse::{broken, refusal};
pub use stream::stream;
pub use whole::whole;

use serde_json::{Value, json};

use crate::answer::{Answer, Stop};
use crate::call::Call;

/// A sign of life.
pub const HEARTBEAT: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";

const CALL_PREFIX: &str = "toolu_";

fn stop_reason(answer: &Answer) -> &'static str {
    match answer.ends() {
        Stop::End => "end_turn",
        Stop::Calls => "tool_use",
        Stop::Length => "max_tokens",
        Stop::Sequence => "stop_sequence",
        Stop::Refused | Stop::Blocked => "refusal",
    }
}

/// Thinking counts as output here.
fn usage(answer: &Answer, call: &Call<'_>) -> Value {
    let usage = call.usage(answer);
    json!({
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.written(),
    })
}
