//! Failures as Google writes them.

use serde_json::{Value, json};

use crate::call::Call;
use crate::chunk::{Chunk, Chunks};
use crate::failure::{Failure, Kind, Refusal};
use crate::sse::Frame;

/// The failure as an HTTP answer. There is no header for a request's id.
pub fn refusal(failure: &Failure, call: &Call<'_>) -> Refusal {
    let (status, body) = body(failure, call);
    Refusal { status, headers: failure.headers(), body }
}

/// The failure as an event of a stream.
pub fn broken(failure: &Failure, call: &Call<'_>) -> Chunk {
    let mut chunks = Chunks::new();
    chunks.event(Frame::Wide, &body(failure, call).1);
    chunks.into_list().remove(0)
}

fn body(failure: &Failure, call: &Call<'_>) -> (u16, Value) {
    let (own, name, words) = row(failure.kind);
    let status = failure.status.unwrap_or(own);
    let words = match failure.kind {
        Kind::Missing => format!(
            "models/{} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to \
             see the list of available models and their supported methods.",
            call.model
        ),
        _ => words.to_owned(),
    };
    let mut error = json!({ "code": status, "message": failure.words(&words), "status": name });
    let details = details(failure);
    if !details.is_empty() {
        error["details"] = details.into();
    }
    (status, json!({ "error": error }))
}

fn details(failure: &Failure) -> Vec<Value> {
    let mut details = Vec::new();
    if failure.kind == Kind::KeyWrong {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": { "service": "generativelanguage.googleapis.com" },
        }));
    }
    if failure.kind == Kind::Quota {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{
                "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
                "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
                "quotaValue": "250",
            }],
        }));
    }
    if let Some(seconds) = failure.retry_after {
        let delay = format!("{seconds}s");
        details.push(json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay }));
    }
    details
}

/// Status, its name, and words.
fn row(kind: Kind) -> (u16, &'static str, &'static str) {
    const INVALID: &str = "INVALID_ARGUMENT";
    match kind {
        Kind::Invalid => (400, INVALID, "Request contains an invalid argument."),
        Kind::ContextLength => {
            (400, INVALID, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")
        }
        Kind::KeyMissing => (
            403,
            "PERMISSION_DENIED",
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or \
             other form of API consumer identity to call this API.",
        ),
        Kind::KeyWrong => (400, INVALID, "API key not valid. Please pass a valid API key."),
        Kind::Billing => (400, "FAILED_PRECONDITION", "Please enable billing on your project in Google AI Studio."),
        Kind::Forbidden => (403, "PERMISSION_DENIED", "The caller does not have permission"),
        Kind::Missing => (404, "NOT_FOUND", ""),
        Kind::Timeout => (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        Kind::TooLarge => (413, INVALID, "Request payload size exceeds the limit: 20971520 bytes."),
        Kind::RateLimited => (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
        Kind::Quota => {
            (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.")
        }
        Kind::Broken => (500, "INTERNAL", "An internal error has occurred. Please retry or report."),
        Kind::Unavailable => (503, "UNAVAILABLE", "The service is currently unavailable."),
        Kind::Overloaded => (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    }
}
