//! Changes of what has a name: who makes one, why, and on which version it rests.

use axum::Json;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use everruns_core::change_reason::read_reason;
use everruns_store::Change;
use serde::Serialize;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

const REASON: &str = "everruns-change-reason";

/// Clients that say a reason say it with every request, reads included: a bad one is refused wherever it comes.
pub(crate) async fn checked_reason(request: Request, next: Next) -> Response {
    match reason(request.headers()) {
        Ok(_) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn reason(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let said = headers.get(REASON).map(|value| read_reason(value.as_bytes()));
    said.transpose().map(Option::flatten).map_err(|error| {
        let detail = format!("`Everruns-Change-Reason` {error}.");
        Problem::new(StatusCode::BAD_REQUEST, "invalid_change_reason", detail)
    })
}

/// What a changing request says about the change itself.
pub(crate) struct Changing {
    /// Who, why and when.
    pub(crate) change: Change,
    if_match: Option<IfMatch>,
}

/// What the caller wants to be there before it is changed.
#[derive(Clone, Copy)]
enum IfMatch {
    /// `*`: anything.
    Any,
    /// The version that the caller has read.
    Version(i64),
}

impl Changing {
    /// 412 if the caller has read another version than `version`.
    pub(crate) fn check(&self, version: i64) -> Result<(), Problem> {
        match self.if_match {
            Some(IfMatch::Version(wanted)) if wanted != version => Err(stale(&format!(
                "It has version {version}, not {wanted} as `If-Match` says; read it and make the change anew."
            ))),
            _ => Ok(()),
        }
    }

    /// 412 if the caller wants to change what is not there.
    pub(crate) fn check_absent(&self) -> Result<(), Problem> {
        self.if_match.map_or(Ok(()), |_| Err(stale("There is none, and `If-Match` says there is; make it without.")))
    }
}

fn stale(detail: &str) -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail)
}

impl FromRequestParts<App> for Changing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let if_match = parts.headers.get(header::IF_MATCH).map(|value| {
            let text = value.to_str().unwrap_or_default().trim();
            let quoted = text.strip_prefix("W/").unwrap_or(text);
            let number = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted);
            match number.parse() {
                _ if text == "*" => Ok(IfMatch::Any),
                Ok(version) => Ok(IfMatch::Version(version)),
                Err(_) => Err(Problem::invalid("If-Match", "must be a version as `ETag` has it, such as `\"3\"`")),
            }
        });
        let caller = Caller::from_request_parts(parts, app).await?;
        let change = Change {
            actor: caller.principal.to_string(),
            reason: reason(&parts.headers)?,
            at: app.engine.source().now(),
        };
        Ok(Self { change, if_match: if_match.transpose()? })
    }
}

/// An answer that shows one version of something; `ETag` says which.
pub(crate) struct Versioned<T> {
    pub(crate) status: StatusCode,
    pub(crate) version: i64,
    pub(crate) body: T,
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        (self.status, [(header::ETAG, format!("\"{}\"", self.version))], Json(self.body)).into_response()
    }
}
