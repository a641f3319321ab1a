//! A response as an object: in one piece, and at both ends of a stream.

use serde_json::{Value, json};

use super::item::{Item, items};
use crate::answer::{Answer, Stop};
use crate::call::Call;

/// The body of the answer.
pub fn whole(answer: &Answer, call: &Call<'_>) -> Value {
    ended(answer, call, &items(answer, call))
}

/// A response that has ended: completed, or incomplete.
pub(super) fn ended(answer: &Answer, call: &Call<'_>, items: &[Item]) -> Value {
    let reason = match answer.ends() {
        Stop::End | Stop::Calls | Stop::Sequence => None,
        Stop::Length => Some("max_output_tokens"),
        // Words of refusal are an answer like others; a filter cuts one off.
        Stop::Refused if answer.stop.is_none() => None,
        Stop::Refused | Stop::Blocked => Some("content_filter"),
    };
    let status = if reason.is_some() { "incomplete" } else { "completed" };
    let mut response = begun(call);
    let last = items.len().saturating_sub(1);
    let done = |(index, item): (usize, &Item)| item.done(if index == last { status } else { "completed" });
    response["status"] = status.into();
    response["output"] = items.iter().enumerate().map(done).collect();
    response["incomplete_details"] = reason.map_or(Value::Null, |reason| json!({ "reason": reason }));
    let usage = call.usage(answer);
    response["usage"] = json!({
        "input_tokens": usage.prompt(),
        "input_tokens_details": { "cached_tokens": usage.cached },
        "output_tokens": usage.written(),
        "output_tokens_details": { "reasoning_tokens": usage.reasoning },
        "total_tokens": usage.prompt() + usage.written(),
    });
    response
}

/// A response at its beginning.
pub(super) fn begun(call: &Call<'_>) -> Value {
    let asked = |key: &str, default: Value| call.body.get(key).cloned().unwrap_or(default);
    let effort = call.body.pointer("/reasoning/effort").cloned().unwrap_or_default();
    let summary = call.body.pointer("/reasoning/summary").cloned().unwrap_or_default();
    json!({
        "id": call.id("resp_", 0),
        "object": "response",
        "created_at": call.created,
        "status": "in_progress",
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": asked("instructions", Value::Null),
        "max_output_tokens": asked("max_output_tokens", Value::Null),
        "metadata": asked("metadata", json!({})),
        "model": call.model,
        "output": [],
        "parallel_tool_calls": asked("parallel_tool_calls", true.into()),
        "previous_response_id": asked("previous_response_id", Value::Null),
        "reasoning": { "effort": effort, "summary": summary },
        "store": asked("store", true.into()),
        "temperature": asked("temperature", 1.0.into()),
        "text": asked("text", json!({ "format": { "type": "text" } })),
        "tool_choice": asked("tool_choice", "auto".into()),
        "tools": asked("tools", json!([])),
        "top_p": asked("top_p", 1.0.into()),
        "truncation": asked("truncation", "disabled".into()),
        "usage": null,
    })
}
