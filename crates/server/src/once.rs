//! `Idempotency-Key`: a POST that is sent again under the same key gets the first answer again, and has no second
//! effect, whatever crashed in between.
//!
//! The record of the key is written in the transaction of what the request makes ([`everruns_store::Once`]); the answer
//! is put beside it afterwards. If a crash came between the two, the answer is made anew from what was made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use everruns_core::Hex;
use everruns_core::limits::{IDEMPOTENCY_KEY_CHARS_MAX, ONCE_ANSWER_BYTES_MAX, ONCE_WAIT_SECONDS_MAX};
use everruns_store::OnceRecord;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use tracing::Instrument as _;

use crate::api::{agents, images, messages};
use crate::auth::Caller;
use crate::fields;
use crate::problem::Problem;
use crate::state::App;

const HEADER: &str = "idempotency-key";
const REPLAYED: &str = "idempotent-replayed";

/// What is made with a POST, by the prefix of its id, and where it can be read.
const COLLECTIONS: &[(&str, &str)] =
    &[("agent_", "agents"), ("harness_", "harnesses"), ("session_", "sessions"), ("wsp_", "workspaces")];

/// The first request of a name holds its lock; the others wait.
type InFlight = Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>;

/// What answering once needs: the routes without it, to read what was made, and who is being answered.
#[derive(Clone)]
pub(crate) struct Once {
    app: App,
    routes: Router,
    in_flight: InFlight,
}

impl Once {
    pub(crate) fn new(app: App, routes: Router<App>) -> Self {
        Self { routes: routes.with_state(app.clone()), app, in_flight: InFlight::default() }
    }
}

/// Answers a POST with an idempotency key once. Others pass.
pub(crate) async fn answer_once(
    State(once): State<Once>,
    caller: Option<axum::Extension<Caller>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (Some(axum::Extension(caller)), Some(key)) = (caller, key(&request)?) else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix("/api").unwrap_or(parts.uri.path()).to_owned();
    let body = match fields::read(body).await {
        Err(problem) if path == "/v1/images" => {
            return Err(problem.with_remedy("or upload a large image without `Idempotency-Key`"));
        }
        body => body?,
    };
    let name = hash(&[caller.principal.to_string().as_bytes(), path.as_bytes(), key.as_bytes()]);
    let query = parts.uri.query().unwrap_or_default();
    let record = everruns_store::Once::new(
        caller.org,
        name.clone(),
        hash(&[query.as_bytes(), &body]),
        once.app.engine.source().now(),
    );

    let turn = Turn::take(&once.in_flight, &name).await?;
    if let Some(earlier) = once.app.engine.store().once_record(&record).await? {
        return once.again(caller, &path, &record, earlier).await;
    }
    // On its own task: a caller that hangs up and asks again shall find what became of it.
    let answering = tokio::spawn(
        async move {
            let response = record.scope(next.run(Request::from_parts(parts, Body::from(body)))).await;
            let answer = if record.is_repeated() {
                // Another process was faster.
                let earlier = once.app.engine.store().once_record(&record).await?.ok_or_else(Problem::in_flight)?;
                once.again(caller, &path, &record, earlier).await
            } else {
                Ok(once.keep(&record, response).await)
            };
            drop(turn);
            answer
        }
        .in_current_span(),
    );
    answering.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request with an idempotency key broke off");
        Err(Problem::internal())
    })
}

/// The key of a POST.
fn key(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(HEADER).filter(|_| request.method() == Method::POST) else {
        return Ok(None);
    };
    let remedy = format!("must be 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters");
    let key = value.to_str().unwrap_or_default();
    let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS_MAX || !is_plain {
        return Err(Problem::invalid("Idempotency-Key", remedy));
    }
    if request.headers().get_all(HEADER).iter().count() > 1 {
        return Err(Problem::invalid("Idempotency-Key", "must be given once"));
    }
    Ok(Some(key.to_owned()))
}

/// A hash over several pieces, whose borders count.
fn hash(pieces: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece);
    }
    Hex(hash.finalize()).to_string()
}

/// The right to answer a name: one request at a time has it.
struct Turn {
    in_flight: InFlight,
    name: String,
    guard: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Turn {
    async fn take(in_flight: &InFlight, name: &str) -> Result<Self, Problem> {
        let lock = lock(in_flight).entry(name.to_owned()).or_default().clone();
        let mut turn = Self { in_flight: in_flight.clone(), name: name.to_owned(), guard: None };
        let wait = Duration::from_secs(ONCE_WAIT_SECONDS_MAX);
        let guard = tokio::time::timeout(wait, lock.lock_owned()).await.map_err(|_| Problem::in_flight())?;
        turn.guard = Some(guard);
        Ok(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut in_flight = lock(&self.in_flight);
        self.guard = None;
        // Whoever waits has a share of it, and takes it away when done.
        if in_flight.get(&self.name).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            in_flight.remove(&self.name);
        }
    }
}

fn lock(in_flight: &InFlight) -> std::sync::MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<()>>>> {
    in_flight.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Once {
    /// Keeps the answer of a first request, if it is a success, and hands it on.
    async fn keep(&self, record: &everruns_store::Once, response: Response) -> Response {
        if !response.status().is_success() || !is_json(response.headers()) {
            return response;
        }
        let (parts, body) = response.into_parts();
        let body = match axum::body::to_bytes(body, usize::MAX).await {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "an answer broke off");
                return Problem::internal().into_response();
            }
        };
        // What must not be stored anywhere, such as the secret of a key, is not stored here either.
        let is_secret = parts.headers.get(header::CACHE_CONTROL).is_some_and(|control| control == "no-store");
        let is_kept = !is_secret && body.len() <= ONCE_ANSWER_BYTES_MAX;
        let text = std::str::from_utf8(&body).ok().filter(|_| is_kept);
        let answer = text.map(|text| (parts.status.as_u16(), text));
        if let Err(error) = self.app.engine.store().finish_once(record, answer).await {
            // What was made is there, and its record with it: the answer can be made anew.
            tracing::warn!(%error, "an answer is not kept for its idempotency key");
        }
        Response::from_parts(parts, Body::from(body))
    }

    /// The answer to a request that came before.
    async fn again(
        &self,
        caller: Caller,
        path: &str,
        record: &everruns_store::Once,
        earlier: OnceRecord,
    ) -> Result<Response, Problem> {
        if !record.is_same(&earlier) {
            let detail = "This `Idempotency-Key` was used with another request; choose a new key for a new request.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reuse", detail));
        }
        let (status, body) = match earlier.answer {
            Some((status, body)) => (status, Body::from(body)),
            None => (made_status(path).as_u16(), self.made(caller, path, earlier.made.as_deref()).await?),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }

    /// What an earlier request made, as its answer would have told.
    async fn made(&self, caller: Caller, path: &str, made: Option<&str>) -> Result<Body, Problem> {
        let made = made.unwrap_or_default();
        if let Ok(message) = made.parse() {
            return messages::create::stored(&self.app, caller, path, message).await.map(Body::from);
        }
        if let Ok(image) = made.parse() {
            return images::create::stored(&self.app, &caller, image).await.map(Body::from);
        }
        if let Ok(version) = made.parse() {
            return agents::versions::create::stored(&self.app, caller, path, version).await.map(Body::from);
        }
        let collection = COLLECTIONS.iter().find(|(prefix, _)| made.starts_with(prefix)).map(|(_, word)| word);
        let Some(collection) = collection else {
            let detail = format!("The first request with this key made {made:?}; its answer is not there any more.");
            return Err(Problem::conflict(detail));
        };
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = format!("/v1/{collection}/{made}").parse().map_err(|_| Problem::missing("resource"))?;
        request.extensions_mut().insert(caller);
        let response = self.routes.clone().oneshot(request).await;
        let response = response.unwrap_or_else(|never| match never {});
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        Err(Problem::missing("resource any more: what the first request with this key made was deleted"))
    }
}

/// The status of an answer that tells what was made: versions of agents and their forks are told of with a 200.
fn made_status(path: &str) -> StatusCode {
    let is_of_versions = path.starts_with("/v1/agents/") && path.contains("/versions");
    if is_of_versions { StatusCode::OK } else { StatusCode::CREATED }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}
