//! The OpenAPI document: what the handlers say of themselves, and what holds for all of them.

use axum::http::{Method, StatusCode};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, PathItem, Ref, RefOr, Required};
use utoipa::{Modify, OpenApi};

use crate::problem::ProblemBody;

/// The media type of error answers.
const PROBLEM: &str = "application/problem+json";
/// The name of the one security scheme.
const KEY: &str = "key";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Everruns API",
        description = "Durable AI agents: agents, sessions, messages and events. The same routes stand under `/v1` and \
            `/api/v1`. Unknown fields and parameters are ignored.",
        license(name = "MIT", identifier = "MIT")
    ),
    components(schemas(ProblemBody)),
    modifiers(&Common)
)]
pub(crate) struct Document;

/// Completes the document once all routes are in it.
pub(crate) fn complete(document: &mut utoipa::openapi::OpenApi) {
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    // The router's word for a place that takes slashes too.
    let paths = std::mem::take(&mut document.paths.paths);
    document.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for item in document.paths.paths.values_mut() {
        for (verb, operation) in operations(item) {
            answers(verb, operation);
            parameters(verb, operation);
            operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(KEY, [])]);
        }
    }
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    all.into_iter().filter_map(|(verb, operation)| Some((verb, operation.as_mut()?)))
}

/// Every operation there is: method, path, id.
pub(crate) fn routes(document: &utoipa::openapi::OpenApi) -> impl Iterator<Item = (Method, String, String)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let mut item = item.clone();
        let routes: Vec<_> = operations(&mut item)
            .filter_map(|(verb, operation)| {
                let method = verb.to_uppercase().parse().ok()?;
                Some((method, path.clone(), operation.operation_id.clone().unwrap_or_default()))
            })
            .collect();
        routes
    })
}

/// Errors that every operation may answer with, and words for all of its answers.
fn answers(verb: &str, operation: &mut Operation) {
    let body = operation.request_body.is_some();
    let common: &[u16] = if body { &[400, 401, 403, 413, 429, 503] } else { &[400, 401, 403, 429, 503] };
    // An idempotency key may be in use, or be used already; and its request is read whole.
    let once: &[u16] = if verb == "post" { &[409, 413, 422] } else { &[] };
    for status in common.iter().chain(once) {
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| RefOr::T(Response::new("")));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let code = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
        if response.description.is_empty() {
            response.description = code.and_then(|code| code.canonical_reason()).unwrap_or("See the error.").to_owned();
        }
        if code.is_some_and(|code| !code.is_success() && !code.is_redirection()) {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content = [(PROBLEM.to_owned(), RefOr::T(content))].into_iter().collect();
        }
    }
}

/// Headers that every operation reads.
fn parameters(verb: &str, operation: &mut Operation) {
    let header = |name: &str, description: &str| {
        let mut header = Parameter::new(name);
        header.parameter_in = ParameterIn::Header;
        header.required = Required::False;
        header.description = Some(description.to_owned());
        header.schema = Some(ObjectBuilder::new().schema_type(Type::String).into());
        RefOr::T(header)
    };
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(header("X-Org-Id", "The organization to act for; absent: the key's own."));
    if verb != "get" {
        let reason = "Why the change is made, percent-encoded UTF-8 of at most 1000 characters; kept in the history.";
        parameters.push(header("Everruns-Change-Reason", reason));
    }
    if verb == "post" {
        let key = "Makes the request safe to send again for 24 hours: the first answer is given once more.";
        parameters.push(header("Idempotency-Key", key));
    }
}

/// How callers show who they are.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A key (`evr_pat_…`), with or without `Bearer` before it; in dev mode anything or nothing.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(KEY, SecurityScheme::Http(scheme));
    }
}
