//! Failures as Anthropic writes them.

use serde_json::{Value, json};

use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::failure::{Failure, Kind, Refusal};
use crate::sse::Frame;

/// The failure as an HTTP answer.
pub fn refusal(failure: &Failure, call: &Call<'_>) -> Refusal {
    let mut headers = vec![("request-id", call.id("req_", 0))];
    headers.extend(failure.headers());
    let status = failure.status.unwrap_or_else(|| row(failure.kind).0);
    Refusal { status, headers, body: body(failure, call) }
}

/// The failure as an event of a stream.
pub fn broken(failure: &Failure, call: &Call<'_>) -> Chunk {
    let mut chunks = Chunks::new();
    chunks.event(Frame::Named("error"), &body(failure, call));
    chunks.into_list().remove(0)
}

fn body(failure: &Failure, call: &Call<'_>) -> Value {
    let (_, kind, words) = row(failure.kind);
    let words = match failure.kind {
        Kind::Missing => format!("model: {}", call.model),
        _ => words.to_owned(),
    };
    let error = json!({ "type": kind, "message": failure.words(&words) });
    json!({ "type": "error", "error": error, "request_id": call.id("req_", 0) })
}

/// Status, type and words.
fn row(kind: Kind) -> (u16, &'static str, &'static str) {
    const INVALID: &str = "invalid_request_error";
    match kind {
        Kind::Invalid => (400, INVALID, "The request is invalid."),
        Kind::ContextLength => (400, INVALID, "prompt is too long: 215000 tokens > 200000 maximum"),
        Kind::KeyMissing => (401, "authentication_error", "x-api-key header is required"),
        Kind::KeyWrong => (401, "authentication_error", "invalid x-api-key"),
        Kind::Billing => (402, "billing_error", "There is an issue with your billing or payment information."),
        Kind::Forbidden => {
            (403, "permission_error", "Your API key does not have permission to use the specified resource.")
        }
        Kind::Missing => (404, "not_found_error", ""),
        Kind::Timeout => (504, "timeout_error", "The request timed out while processing."),
        Kind::TooLarge => (413, "request_too_large", "Request exceeds the maximum size"),
        Kind::RateLimited => (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
        Kind::Quota => (
            400,
            INVALID,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or \
             purchase credits.",
        ),
        Kind::Broken => (500, "api_error", "Internal server error"),
        Kind::Unavailable => (503, "api_error", "Service unavailable"),
        Kind::Overloaded => (529, "overloaded_error", "Overloaded"),
    }
}
