//! Failures as OpenAI writes them, in both of its formats.

use serde_json::{Value, json};

use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::failure::{Failure, Kind, Refusal};
use crate::sse::Frame;

/// The failure as an HTTP answer.
pub fn refusal(failure: &Failure, call: &Call<'_>) -> Refusal {
    let mut headers = vec![("x-request-id", call.id("req_", 0))];
    headers.extend(failure.headers());
    let status = failure.status.unwrap_or_else(|| row(failure.kind).0);
    Refusal { status, headers, body: json!({ "error": error(failure, call) }) }
}

/// The failure as a chunk of a completion.
pub(crate) fn broken(failure: &Failure, call: &Call<'_>) -> Chunk {
    let mut chunks = Chunks::new();
    chunks.event(Frame::Plain, &json!({ "error": error(failure, call) }));
    chunks.into_list().remove(0)
}

pub(crate) fn error(failure: &Failure, call: &Call<'_>) -> Value {
    let (_, kind, code, words) = row(failure.kind);
    let words = match failure.kind {
        Kind::Missing => format!("The model `{}` does not exist or you do not have access to it.", call.model),
        _ => words.to_owned(),
    };
    let param = matches!(failure.kind, Kind::ContextLength).then_some("messages");
    json!({ "message": failure.words(&words), "type": kind, "param": param, "code": code })
}

/// Status, type, code and words.
fn row(kind: Kind) -> (u16, &'static str, Option<&'static str>, &'static str) {
    const INVALID: &str = "invalid_request_error";
    match kind {
        Kind::Invalid => (400, INVALID, None, "The request is invalid."),
        Kind::ContextLength => (
            400,
            INVALID,
            Some("context_length_exceeded"),
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 150000 tokens. \
             Please reduce the length of the messages.",
        ),
        Kind::KeyMissing => (
            401,
            INVALID,
            None,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer \
             auth (i.e. Authorization: Bearer YOUR_KEY).",
        ),
        Kind::KeyWrong => (401, INVALID, Some("invalid_api_key"), "Incorrect API key provided."),
        Kind::Billing => (402, "unknown_error", Some("invalid_request_error"), "Insufficient Balance"),
        Kind::Forbidden => (403, INVALID, Some("unsupported_country_region_territory"), "Not supported here."),
        Kind::Missing => (404, INVALID, Some("model_not_found"), ""),
        Kind::Timeout => (408, "timeout", None, "Request timed out."),
        Kind::TooLarge => (413, INVALID, None, "Request body too large."),
        Kind::RateLimited => (429, "requests", Some("rate_limit_exceeded"), "Rate limit reached for requests."),
        Kind::Quota => (
            429,
            "insufficient_quota",
            Some("insufficient_quota"),
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        Kind::Broken => (
            500,
            "server_error",
            Some("server_error"),
            "The server had an error while processing your request. Sorry about that!",
        ),
        Kind::Unavailable => (503, "server_error", None, "The server is temporarily unavailable."),
        Kind::Overloaded => (
            503,
            "server_error",
            Some("server_is_overloaded"),
            "The engine is currently overloaded, please try again later.",
        ),
    }
}
