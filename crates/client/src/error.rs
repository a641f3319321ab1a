//! What goes wrong with a call, sorted by what the caller can do about it.

use std::time::Duration;

use serde::Deserialize;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused. Changing the request may help; `code` is for programs, `message` for people.
    #[error("{message} ({code}, HTTP {status})")]
    Api {
        /// HTTP status.
        status: u16,
        /// Constant word such as `not_found`; `unknown` when the answer was not written by Everruns.
        code: String,
        /// Text for people.
        message: String,
        /// When to come back, if the server says so.
        retry_after: Option<Duration>,
        /// The server's id of the request, for whoever reads its log.
        request_id: Option<String>,
    },
    /// The server was not reached, or the connection broke. Whether the call took effect is unknown; trying again may
    /// help.
    #[error("no answer from the server: {0}")]
    Transport(#[from] reqwest::Error),
    /// The server's answer makes no sense to this client. Trying again does not help.
    #[error("unreadable answer: {0}")]
    Decode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No request can say this; nothing was sent.
    #[error("{0}")]
    Request(String),
}

#[derive(Deserialize)]
struct Body {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
    message: String,
}

impl Error {
    pub(crate) fn api(status: u16, body: &[u8], retry_after: Option<Duration>, request_id: Option<String>) -> Self {
        // A proxy's error page is no JSON; its text is better than nothing.
        let Body { error } = serde_json::from_slice(body).unwrap_or_else(|_| Body {
            error: Reason { code: "unknown".to_owned(), message: String::from_utf8_lossy(body).trim().to_owned() },
        });
        Self::Api { status, code: error.code, message: error.message, retry_after, request_id }
    }

    pub(crate) fn decode(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Decode(source.into())
    }

    pub(crate) fn request(reason: impl Into<String>) -> Self {
        Self::Request(reason.into())
    }

    /// Whether the same request may work later without a change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::Transport(error) => !error.is_builder(),
            Self::Decode(_) | Self::Request(_) => false,
        }
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// When to come back, if the server says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_an_error_is_read_or_shown() {
        #[track_caller]
        fn check(status: u16, body: &str, text: &str, transient: bool) {
            let error = Error::api(status, body.as_bytes(), None, None);
            assert_eq!(error.to_string(), text);
            assert_eq!(error.is_transient(), transient, "{text}");
        }
        let problem = r#"{"status":404,"code":"not_found","error":{"code":"not_found","message":"No such agent"}}"#;
        check(404, problem, "No such agent (not_found, HTTP 404)", false);
        check(502, "Bad gateway\n", "Bad gateway (unknown, HTTP 502)", true);
        check(429, "", " (unknown, HTTP 429)", true);
        check(400, r#"{"error":"old form"}"#, r#"{"error":"old form"} (unknown, HTTP 400)"#, false);
    }
}
