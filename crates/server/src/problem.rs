//! Errors as clients see them: RFC 9457 problem details, with `code`, `message` and `error` beside it, so that every
//! published client finds what it looks for.

use std::any::Any;
use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use everruns_core::TurnId;
use everruns_engine::{SealError, SubmitError};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An error answer.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after_seconds: Option<u32>,
    /// One more member of the body, for programs: its name and its value.
    fact: Option<(&'static str, Value)>,
}

/// The body of an error answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Always `about:blank`.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong, and the remedy.
    detail: String,
    /// What is wrong, for programs.
    code: String,
    /// Seconds after which to try again.
    retry_after_seconds: Option<u32>,
    /// The request, as a URI.
    instance: String,
    /// The request, as in `X-Request-Id` and in the server's log.
    request_id: String,
    /// With `sequence_conflict`: the session's last event.
    last_sequence: Option<i64>,
    /// With `turn_running`: the turn.
    turn_id: Option<TurnId>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after_seconds: None, fact: None }
    }

    /// 400: a field is wrong.
    pub(crate) fn invalid(field: &str, remedy: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "validation_error", format!("`{field}` {remedy}"))
    }

    /// 404: there is no such thing for this caller.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}."))
    }

    /// The same as a 404: what a field names is not there.
    pub(crate) fn into_missing(self) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "not_found", ..self }
    }

    /// 409: it does not fit what is there.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 409: a request with the same idempotency key is not answered yet.
    pub(crate) fn in_flight() -> Self {
        let detail = "A request with this `Idempotency-Key` is being answered; try again.";
        Self { retry_after_seconds: Some(1), ..Self::conflict(detail) }
    }

    /// The same with another way out.
    pub(crate) fn with_remedy(self, remedy: &str) -> Self {
        Self { detail: format!("{}, {remedy}", self.detail.trim_end_matches('.')), ..self }
    }

    /// 413: larger than a named limit.
    pub(crate) fn too_large(field: &str, limit: usize, unit: &str) -> Self {
        let detail = format!("`{field}` is larger than {limit} {unit}; send less, or in parts");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
    }

    /// 429: too much at once.
    pub(crate) fn too_many(detail: impl Into<String>, retry_after_seconds: u32) -> Self {
        let retry_after_seconds = Some(retry_after_seconds);
        Self { retry_after_seconds, ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail) }
    }

    /// 503: try again later.
    pub(crate) fn unavailable(detail: impl Into<String>, retry_after_seconds: u32) -> Self {
        let retry_after_seconds = Some(retry_after_seconds);
        Self { retry_after_seconds, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail) }
    }

    /// Whether the caller showed no good key.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// 500: it is our fault.
    pub(crate) fn internal() -> Self {
        let detail = "The server failed; its log tells more.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail)
    }
}

impl Problem {
    /// The answer to the request with this id.
    pub(crate) fn answer(&self, request_id: Option<&str>) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "message": self.detail,
            "error": { "code": self.code, "message": self.detail },
        });
        if let Some(seconds) = self.retry_after_seconds {
            body["retry_after_seconds"] = seconds.into();
        }
        if let Some(id) = request_id {
            body["instance"] = format!("urn:request:{id}").into();
            body["request_id"] = id.into();
        }
        if let Some((name, value)) = &self.fact {
            body[*name] = value.clone();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"everruns\""));
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl IntoResponse for Problem {
    /// The answer without the request's id, and beside it the problem itself, for whoever knows the id.
    fn into_response(self) -> Response {
        let mut response = self.answer(None);
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<everruns_store::Error> for Problem {
    fn from(error: everruns_store::Error) -> Self {
        use everruns_store::Error;
        match error {
            Error::Conflict(_) => Self::conflict("Another one holds this name or id; choose another."),
            Error::Repeated => Self::in_flight(),
            Error::Stale => Self::unavailable("It was changed by somebody else at the same time; try again.", 1),
            Error::Full => Self::unavailable("The server's disk is full; an operator has to make room.", 30),
            Error::Busy(_) => Self::unavailable("The server is busy; try again.", 1),
            Error::Broken(_) => Self::unavailable(
                "The server lost its connection to the database; the request may have had its effect all the same. Look \
                 before you try again, or send an `Idempotency-Key` with it.",
                1,
            ),
            Error::Large { bytes, max } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "page_too_large",
                format!("This page would have {bytes} bytes, more than {max}; ask for fewer rows with `limit`."),
            ),
            Error::Corrupt(_) | Error::Failed(_) => {
                tracing::error!(%error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<everruns_engine::Error> for Problem {
    fn from(error: everruns_engine::Error) -> Self {
        match error {
            everruns_engine::Error::NotFound => Self::missing("session"),
            everruns_engine::Error::SequenceConflict { last_sequence } => {
                let detail = format!(
                    "The session's last event is {last_sequence}, not the one in `expected_sequence`; read on and try again."
                );
                let fact = Some(("last_sequence", last_sequence.into()));
                Self { fact, ..Self::new(StatusCode::CONFLICT, "sequence_conflict", detail) }
            }
            everruns_engine::Error::TurnRunning(turn) => {
                let detail =
                    format!("{turn} is running; wait for its end, or choose another `delivery` than `reject`.");
                let fact = Some(("turn_id", turn.to_string().into()));
                Self { fact, ..Self::new(StatusCode::CONFLICT, "turn_running", detail) }
            }
            everruns_engine::Error::QueueFull(limit) => {
                let detail =
                    format!("{limit} messages are queued in this session, as many as may be; let turns end first.");
                let retry_after_seconds = Some(5);
                Self { retry_after_seconds, ..Self::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", detail) }
            }
            everruns_engine::Error::Store(error) => error.into(),
        }
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        match error {
            SealError::NoMasterKey => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "secrets_unavailable", error.to_string())
            }
            SealError::Vault(error) => {
                tracing::error!(%error, "a secret cannot be sealed");
                Self::internal()
            }
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            // Clients look for these very words before they try again.
            SubmitError::NotWaiting => Self::conflict("Session is not waiting for tool results"),
            SubmitError::UnknownCall(id) => {
                Self::invalid("tool_results[].tool_call_id", format!("{id:?} is no call of the running turn"))
            }
            SubmitError::Other(error) => error.into(),
        }
    }
}

/// A handler panicked: the caller gets a 500, the log the reason.
pub(crate) fn panicked(reason: Box<dyn Any + Send + 'static>) -> Response {
    let text = reason.downcast_ref::<String>().map(String::as_str).or_else(|| reason.downcast_ref::<&str>().copied());
    tracing::error!(reason = text.unwrap_or("unknown"), "a request handler panicked");
    Problem::internal().into_response()
}
