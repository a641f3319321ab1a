//! Amazon Bedrock: `converse` and `converse-stream`.

mod check;
mod refuse;
mod stream;
mod whole;

pub use check::check;
pub use refuse::{broken, refusal};
pub use stream::{heartbeat, stream};
pub use whole::whole;

use serde_json::{Value, json};

use crate::answer::{Answer, Stop};
use crate::call::Call;

const CALL_PREFIX: &str = "tooluse_";

fn stop_reason(answer: &Answer) -> &'static str {
    match answer.ends() {
        Stop::End => "end_turn",
        Stop::Calls => "tool_use",
        Stop::Length => "max_tokens",
        Stop::Sequence => "stop_sequence",
        Stop::Refused => "content_filtered",
        Stop::Blocked => "guardrail_intervened",
    }
}

/// Thinking counts as output here.
fn usage(answer: &Answer, call: &Call<'_>) -> Value {
    let usage = call.usage(answer);
    json!({
        "inputTokens": usage.input,
        "outputTokens": usage.written(),
        "totalTokens": usage.prompt() + usage.written(),
        "cacheReadInputTokens": usage.cached,
        "cacheWriteInputTokens": usage.cache_written,
    })
}

/// As if each token had taken a while.
fn metrics(answer: &Answer, call: &Call<'_>) -> Value {
    const TOKEN_MS: u64 = 20;
    json!({ "latencyMs": call.usage(answer).written() * TOKEN_MS })
}
