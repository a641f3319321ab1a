//! OpenAI Chat Completions, which many others speak too.

mod check;
mod router;
mod stream;
mod whole;

pub use check::check;
pub use stream::{broken, stream};
pub use whole::whole;

use serde_json::{Value, json};

use crate::answer::{Answer, Stop, Usage};
use crate::call::Call;

/// A sign of life: a comment, as gateways send them.
pub const HEARTBEAT: &[u8] = b": keep-alive\n\n";

const CALL_PREFIX: &str = "call_";

fn finish_reason(answer: &Answer) -> &'static str {
    match answer.ends() {
        Stop::End | Stop::Sequence => "stop",
        Stop::Calls => "tool_calls",
        Stop::Length => "length",
        // Words of refusal are an answer like others; a filter cuts one off.
        Stop::Refused if answer.stop.is_none() => "stop",
        Stop::Refused | Stop::Blocked => "content_filter",
    }
}

fn usage(answer: &Answer, call: &Call<'_>) -> Value {
    let usage: Usage = call.usage(answer);
    let mut told = json!({
        "prompt_tokens": usage.prompt(),
        "completion_tokens": usage.written(),
        "total_tokens": usage.prompt() + usage.written(),
        "prompt_tokens_details": { "cached_tokens": usage.cached, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    });
    if let Some(cost) = router::cost(&usage, call) {
        told["cost"] = cost.into();
    }
    told
}
