//! Failures as Amazon writes them: the name in a header, or in the frame of a stream.

use serde_json::{Value, json};

use crate::call::Call;
use crate::chunk::{Chunk, Chunks, put_value};
use crate::eventstream;
use crate::failure::{Failure, Kind, Refusal};

/// The failure as an HTTP answer.
pub fn refusal(failure: &Failure, call: &Call<'_>) -> Refusal {
    let (own, name, _) = row(failure.kind);
    let mut headers = vec![("x-amzn-errortype", name.to_owned()), ("x-amzn-requestid", call.id("", 0))];
    headers.extend(failure.headers());
    Refusal { status: failure.status.unwrap_or(own), headers, body: body(failure) }
}

/// The failure as a frame of a stream.
pub fn broken(failure: &Failure, _: &Call<'_>) -> Chunk {
    let kind = match failure.kind {
        Kind::RateLimited | Kind::Quota => "throttlingException",
        Kind::Invalid | Kind::ContextLength => "validationException",
        Kind::Unavailable | Kind::Overloaded => "serviceUnavailableException",
        Kind::Timeout => "modelStreamErrorException",
        _ => "internalServerException",
    };
    let headers = [(":exception-type", kind), (":content-type", "application/json"), (":message-type", "exception")];
    let mut chunks = Chunks::new();
    let body = body(failure);
    chunks.push(false, |buffer| eventstream::put(buffer, &headers, |buffer| put_value(buffer, &body)));
    chunks.into_list().remove(0)
}

fn body(failure: &Failure) -> Value {
    json!({ "message": failure.words(row(failure.kind).2) })
}

/// Status, name and words.
fn row(kind: Kind) -> (u16, &'static str, &'static str) {
    match kind {
        Kind::Invalid => (400, "ValidationException", "The request is invalid."),
        Kind::ContextLength => (400, "ValidationException", "Input is too long for requested model."),
        Kind::KeyMissing => (403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        Kind::KeyWrong => {
            (403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        }
        Kind::Billing => {
            (403, "AccessDeniedException", "Your account has an invalid payment instrument. Try again later.")
        }
        Kind::Forbidden => {
            (403, "AccessDeniedException", "You don't have access to the model with the specified model ID.")
        }
        Kind::Missing => (404, "ResourceNotFoundException", "The provided model identifier is invalid."),
        Kind::Timeout => (408, "ModelTimeoutException", "Model has timed out in processing the request."),
        Kind::TooLarge => (413, "RequestEntityTooLargeException", "The request is too large."),
        Kind::RateLimited => (429, "ThrottlingException", "Too many requests, please wait before trying again."),
        Kind::Quota => (400, "ServiceQuotaExceededException", "Too many tokens per day, please wait."),
        Kind::Broken => (500, "InternalServerException", "The system encountered an unexpected error."),
        Kind::Unavailable | Kind::Overloaded => {
            (503, "ServiceUnavailableException", "Bedrock is unable to process your request.")
        }
    }
}
