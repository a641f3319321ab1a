//! Who calls: the organization that a request acts for.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use everruns_core::{DEFAULT_ORG, DEFAULT_PRINCIPAL, OrgId, PrincipalId};
use everruns_store::{DEFAULT_ORG_KEY, OrgKey};

use crate::problem::Problem;
use crate::state::App;

/// How callers are recognized.
#[derive(Debug)]
pub enum Auth {
    /// Dev mode: everybody acts for the default organization, with any key or none.
    Anyone,
    /// By token: each acts for one organization.
    Tokens(HashMap<String, (OrgId, OrgKey)>),
}

/// The caller of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) org_id: OrgId,
    pub(crate) org: OrgKey,
    pub(crate) principal: PrincipalId,
}

impl Auth {
    fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let (org_id, org) = match self {
            Self::Anyone => (DEFAULT_ORG, DEFAULT_ORG_KEY),
            Self::Tokens(tokens) => {
                let known = token(headers).and_then(|token| tokens.get(token));
                *known.ok_or_else(unknown)?
            }
        };
        match headers.get("x-org-id") {
            Some(wanted) if wanted.to_str().ok() != Some(org_id.to_string().as_str()) => {
                let detail = "The caller does not belong to the organization that `X-Org-Id` names.";
                Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
            }
            _ => Ok(Caller { org_id, org, principal: DEFAULT_PRINCIPAL }),
        }
    }
}

/// The key, with or without a `Bearer` before it: clients send both.
fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        _ => Some(value),
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().copied().ok_or_else(unknown)
    }
}

/// Finds out who calls, before anything else of a request is looked at.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Problem> {
    let caller = app.auth.caller(request.headers())?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn unknown() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "The `Authorization` header holds no valid key.")
}
