//! What went wrong with a call, from what the provider answered: one code for programs, one sentence for people.

use std::time::Duration;

use everruns_core::ErrorCode;
use everruns_core::limits::{PROVIDER_ERROR_CHARS_MAX, PROVIDER_RETRY_SECONDS_MAX};
use serde_json::Value;

use crate::ModelError;

/// What a provider said when it refused or broke off.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Refusal {
    /// The HTTP status; 0 for an error within a stream.
    pub(crate) status: u16,
    /// The provider's word for it: a `type`, `code` or `status` of its error.
    pub(crate) kinds: Vec<String>,
    /// The provider's sentence.
    pub(crate) message: String,
    /// When it wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    /// From the status and the body of an answer, in whatever form the vendor writes errors.
    pub(crate) fn of_body(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let read = match serde_json::from_slice::<Value>(body) {
            Ok(body) => Self::of_error(&body),
            Err(_) => Self { message: String::from_utf8_lossy(body).trim().to_owned(), ..Self::default() },
        };
        Self { status, retry_after: retry_after.or(read.retry_after), ..read }
    }

    /// From an error within a stream. Most vendors write `{"error": {"type", "code", "message"}}`; some leave out the
    /// outer object, some put a text in its place, some put all of it into a list.
    pub(crate) fn of_error(body: &Value) -> Self {
        let body = body.get(0).unwrap_or(body);
        let error = body.get("error").filter(|error| !error.is_null()).unwrap_or(body);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let said = ["message", "Message", "detail"].iter().find_map(|key| error.get(*key).and_then(text));
        let message = said.or_else(|| text(error)).unwrap_or_else(|| error.to_string());
        let kinds = ["type", "code", "status", "__type"].iter().filter_map(|key| match error.get(*key)? {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        // Google's status is broad, and one of its details says what it was.
        let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
        let reasons = details
            .filter_map(|detail| detail.get("reason").or(detail.pointer("/violations/0/quotaId")).and_then(text));
        Self { kinds: kinds.chain(reasons).collect(), message, retry_after: google_pause(error), ..Self::default() }
    }

    /// What it means.
    pub(crate) fn into_error(self) -> ModelError {
        let (code, retryable) = self.meaning();
        let message: String = self.message.chars().take(PROVIDER_ERROR_CHARS_MAX).collect();
        let message = match self.status {
            0 => format!("the provider broke off: {message}"),
            status if message.is_empty() => format!("the provider answered with status {status}"),
            status => format!("the provider answered with status {status}: {message}"),
        };
        let retry_after = self.retry_after.filter(|wait| wait.as_secs() <= PROVIDER_RETRY_SECONDS_MAX);
        // A provider that wants to be left alone for longer than anybody waits is not asked again.
        let retryable = retryable && self.retry_after.is_none_or(|wait| wait.as_secs() <= PROVIDER_RETRY_SECONDS_MAX);
        ModelError { code, message, retryable, retry_after }
    }

    fn meaning(&self) -> (ErrorCode, bool) {
        let message = self.message.to_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        let is = |words: &[&str]| self.kinds.iter().any(|kind| words.iter().any(|word| kind.contains(word)));
        // Nobody follows a redirect, whatever else is said with it.
        if matches!(self.status, 300..400) {
            return (ErrorCode::ProviderMisconfigured, false);
        }
        if self.status == 413 || is(&["context_length", "request_too_large"]) || says(TOO_LARGE) {
            return (ErrorCode::RequestTooLarge, false);
        }
        // Google calls the requests of a minute a quota too. It asks for a short pause even where a day has to end.
        if is(&["RESOURCE_EXHAUSTED"]) && self.retry_after.is_some() && !is(&["PerDay"]) {
            return (ErrorCode::ProviderRateLimited, true);
        }
        if is(&["insufficient_quota", "billing", "credits_exhausted", "PerDay", "ServiceQuotaExceeded"])
            || self.status == 402
            || says(OUT_OF_CREDIT)
        {
            return (ErrorCode::ProviderQuotaExhausted, false);
        }
        if is(&["usage_limit"]) || says(&["usage limit", "weekly limit", "monthly limit", "tokens per day"]) {
            return (ErrorCode::ProviderUsageLimitReached, false);
        }
        if says(&["must be verified", "verify your organization", "attestation"]) {
            return (ErrorCode::ProviderAttestationRequired, false);
        }
        if is(&["invalid_api_key", "authentication_error", "permission_error", "UNAUTHENTICATED", "AccessDenied"])
            || is(&["UnrecognizedClient", "InvalidSignature", "PERMISSION_DENIED", "API_KEY_INVALID"])
            || matches!(self.status, 401 | 403)
            || says(&["api key not valid", "api_key_invalid", "invalid api key"])
        {
            return (ErrorCode::ProviderMisconfigured, false);
        }
        if is(&["model_not_found", "not_found_error", "NOT_FOUND", "ResourceNotFound"]) || self.status == 404 {
            return (ErrorCode::ModelUnavailable, false);
        }
        if is(&["rate_limit", "RESOURCE_EXHAUSTED", "throttling", "Throttling"]) || self.status == 429 {
            return (ErrorCode::ProviderRateLimited, true);
        }
        if says(TOOL_SCHEMA) || is(&["invalid_function_parameters"]) {
            return (ErrorCode::InvalidToolSchema, false);
        }
        if matches!(self.status, 408 | 409 | 425 | 500..) || is(PASSING) {
            return (ErrorCode::ProviderUnavailable, true);
        }
        (ErrorCode::ProcessingError, false)
    }
}

/// The pause that Google asks for: `"details": [{"@type": "…RetryInfo", "retryDelay": "37s"}]`.
fn google_pause(error: &Value) -> Option<Duration> {
    let details = error.get("details")?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str()?.strip_suffix('s'))?;
    Duration::try_from_secs_f64(delay.parse().ok()?).ok()
}

const TOO_LARGE: &[&str] = &[
    "prompt is too long",
    "context length",
    "context window",
    "context_length",
    "input is too long",
    "too many input tokens",
    "input token count",
    "exceeds the maximum number of tokens",
    "maximum context",
    "request too large",
];
const OUT_OF_CREDIT: &[&str] = &[
    "credit balance is too low",
    "exceeded your current quota",
    "insufficient balance",
    "insufficient credits",
    "enable billing",
];
const TOOL_SCHEMA: &[&str] =
    &["invalid schema for function", "input_schema", "function_declarations", "invalid tool", "toolspec"];
/// Words for troubles that pass, within streams.
const PASSING: &[&str] = &[
    "overloaded",
    "server_error",
    "api_error",
    "internal",
    "INTERNAL",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "unavailable",
    "Unavailable",
    "timeout",
    "Timeout",
    "modelStreamError",
    "ModelStreamError",
    "modelTimeout",
    "internalServer",
    "InternalServer",
];

/// A stream that ended before the answer did.
pub fn cut_off() -> ModelError {
    ModelError::passing(ErrorCode::ProviderUnavailable, "the provider's stream ended before its answer was complete")
}

/// An answer that should have been a stream, by its first line. Some providers tell an error so, with a status that
/// promises an answer.
pub(crate) fn no_stream(line: &str) -> ModelError {
    let body: Value = serde_json::from_str(line).unwrap_or_default();
    let error = body.get(0).unwrap_or(&body).get("error");
    match error.filter(|error| !error.is_null()) {
        Some(_) => Refusal::of_error(&body).into_error(),
        None => unreadable("it is one document and no stream"),
    }
}

/// A clock ran out: what somebody did all that time.
pub(crate) fn late(what: &str, wait: Duration) -> ModelError {
    let message = format!("{what} for {} seconds", wait.as_secs_f32());
    ModelError::passing(ErrorCode::ProviderUnavailable, message)
}

/// An answer that cannot be read.
pub(crate) fn unreadable(what: impl std::fmt::Display) -> ModelError {
    ModelError::permanent(ErrorCode::ProcessingError, format!("the provider's answer cannot be read: {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(status: u16, body: Value, code: ErrorCode, retryable: bool) {
        let error = Refusal::of_body(status, body.to_string().as_bytes(), None).into_error();
        assert_eq!((error.code, error.retryable), (code, retryable), "{status} {body}: {error}");
    }

    #[test]
    fn what_providers_answer_has_one_meaning() {
        use ErrorCode::*;
        let openai =
            |kind: &str, code: &str, message: &str| json!({"error": {"type": kind, "code": code, "message": message}});
        let anthropic =
            |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}});
        let gemini = |code: u16, status: &str, message: &str| json!({"error": {"code": code, "status": status, "message": message}});
        let aws = |kind: &str, message: &str| json!({"__type": kind, "message": message});
        check(
            401,
            openai("invalid_request_error", "invalid_api_key", "Incorrect API key"),
            ProviderMisconfigured,
            false,
        );
        check(403, openai("", "", "Country not supported"), ProviderMisconfigured, false);
        check(403, openai("", "", "Your organization must be verified"), ProviderAttestationRequired, false);
        check(
            429,
            openai("insufficient_quota", "insufficient_quota", "You exceeded it"),
            ProviderQuotaExhausted,
            false,
        );
        check(429, openai("requests", "rate_limit_exceeded", "Slow down"), ProviderRateLimited, true);
        check(429, openai("usage_limit_reached", "", "Try tomorrow"), ProviderUsageLimitReached, false);
        check(404, openai("invalid_request_error", "model_not_found", "No such model"), ModelUnavailable, false);
        check(400, openai("invalid_request_error", "context_length_exceeded", "x"), RequestTooLarge, false);
        let schema = "Invalid schema for function 'f'";
        check(400, openai("invalid_request_error", "invalid_function_parameters", schema), InvalidToolSchema, false);
        check(400, openai("invalid_request_error", "", "Unknown parameter"), ProcessingError, false);
        check(500, openai("server_error", "", "Sorry"), ProviderUnavailable, true);
        check(503, json!("upstream connect error"), ProviderUnavailable, true);
        check(402, json!({"error": "Insufficient Balance"}), ProviderQuotaExhausted, false);
        check(401, anthropic("authentication_error", "invalid x-api-key"), ProviderMisconfigured, false);
        check(400, anthropic("invalid_request_error", "prompt is too long: 9 > 8"), RequestTooLarge, false);
        check(400, anthropic("invalid_request_error", "Your credit balance is too low"), ProviderQuotaExhausted, false);
        check(413, anthropic("request_too_large", "x"), RequestTooLarge, false);
        check(429, anthropic("rate_limit_error", "x"), ProviderRateLimited, true);
        check(529, anthropic("overloaded_error", "Overloaded"), ProviderUnavailable, true);
        check(404, anthropic("not_found_error", "model: claude-9"), ModelUnavailable, false);
        check(400, gemini(400, "INVALID_ARGUMENT", "API key not valid."), ProviderMisconfigured, false);
        let long = "The input token count (9) exceeds the maximum number of tokens allowed (8).";
        check(400, gemini(400, "INVALID_ARGUMENT", long), RequestTooLarge, false);
        check(429, gemini(429, "RESOURCE_EXHAUSTED", "x"), ProviderRateLimited, true);
        let mut key = gemini(400, "INVALID_ARGUMENT", "Der API-Schlüssel ist ungültig.");
        key["error"]["details"] = json!([{"@type": "google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]);
        check(400, key, ProviderMisconfigured, false);
        let quota = "You exceeded your current quota, please check your plan and billing details.";
        check(429, gemini(429, "RESOURCE_EXHAUSTED", quota), ProviderQuotaExhausted, false);
        let mut minute = gemini(429, "RESOURCE_EXHAUSTED", quota);
        minute["error"]["details"] = json!([{"@type": "google.rpc.QuotaFailure"}, {"retryDelay": "37.5s"}]);
        check(429, minute.clone(), ProviderRateLimited, true);
        minute["error"]["details"][0]["violations"] = json!([{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]);
        check(429, minute, ProviderQuotaExhausted, false);
        let billing = "Please enable billing on your project in Google AI Studio.";
        check(400, gemini(400, "FAILED_PRECONDITION", billing), ProviderQuotaExhausted, false);
        check(503, json!([gemini(503, "UNAVAILABLE", "x")]), ProviderUnavailable, true);
        check(400, aws("ValidationException", "Input is too long for requested model."), RequestTooLarge, false);
        check(403, aws("UnrecognizedClientException", "x"), ProviderMisconfigured, false);
        check(400, aws("ServiceQuotaExceededException", "x"), ProviderQuotaExhausted, false);
        check(429, aws("ThrottlingException", "Too many tokens per day"), ProviderUsageLimitReached, false);
        check(429, aws("ThrottlingException", "x"), ProviderRateLimited, true);
        check(408, aws("ModelTimeoutException", "x"), ProviderUnavailable, true);
        check(302, json!(""), ProviderMisconfigured, false);
        check(307, openai("server_error", "server_error", "Moved"), ProviderMisconfigured, false);
        check(400, aws("ServiceQuotaExceededException", "Too many tokens per day"), ProviderQuotaExhausted, false);
        check(418, json!({}), ProcessingError, false);
    }

    #[test]
    fn an_error_within_a_stream_has_one_too() {
        #[track_caller]
        fn check(body: Value, code: ErrorCode, retryable: bool) {
            let error = Refusal::of_error(&body).into_error();
            assert_eq!((error.code, error.retryable), (code, retryable), "{body}: {error}");
        }
        check(json!({"error": {"type": "overloaded_error", "message": "x"}}), ErrorCode::ProviderUnavailable, true);
        check(json!({"error": {"message": "x", "type": "server_error"}}), ErrorCode::ProviderUnavailable, true);
        check(json!({"code": "rate_limit_exceeded", "message": "x"}), ErrorCode::ProviderRateLimited, true);
        check(json!({"message": "x"}), ErrorCode::ProcessingError, false);
        check(json!("something"), ErrorCode::ProcessingError, false);
    }

    #[test]
    fn it_is_not_asked_again_when_it_wants_hours() {
        let wait = |seconds| Some(Duration::from_secs(seconds));
        let error = |seconds| Refusal::of_body(429, b"{}", wait(seconds)).into_error();
        assert_eq!((error(7).retryable, error(7).retry_after), (true, wait(7)));
        assert_eq!((error(86_400).retryable, error(86_400).retry_after), (false, None));
        let google = |delay: &str| {
            let body =
                json!({"error": {"status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": delay}]}}).to_string();
            Refusal::of_body(429, body.as_bytes(), None).into_error().retry_after
        };
        assert_eq!((google("7s"), google("soon"), google("-1s")), (wait(7), None, None));
    }
}
