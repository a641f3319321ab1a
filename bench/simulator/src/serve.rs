//! Connections and requests: from the socket to a plan that is played.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::call::Call;
use crate::chunk::Chunk;
use crate::dialect::{Dialect, Wish};
use crate::failure::{Failure, Kind, Refusal};
use crate::play::{Play, Severed};
use crate::record::{Ending, Request, Trace};
use crate::reply::{Cut, Reply};
use crate::simulator::Shared;
use crate::{headers, parameters, schedule};

/// Largest request, bytes: that of Anthropic.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long no connection is taken after one could not be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until it is aborted, and all connections with it.
pub(crate) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(connection(socket, shared.clone()));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(socket: TcpStream, shared: Arc<Shared>) {
    // Events are small and whole; waiting for more of them only adds delay. A socket that cannot is served as it is.
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { answer(request, &shared).await }
    });
    // How it ended stands in the records.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
}

/// An error drops the connection without an answer.
async fn answer(request: hyper::Request<Incoming>, shared: &Shared) -> Result<Response<Play>, Severed> {
    let (head, body) = request.into_parts();
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
    let route = Dialect::of(&head);
    let dialect = route.as_ref().map_or(Dialect::Chat, |(dialect, _)| *dialect);
    let read = read(body).await;
    let body = read.as_deref().map_or(Value::Null, |bytes| match bytes {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into()),
    });
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        serial: shared.serial(),
        method: head.method.to_string(),
        path,
        query,
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
        dialect,
        status: None,
        ending: None,
        said: Vec::new(),
    };
    let trace = shared.records.add(&request);
    let Some((_, wish)) = route else {
        let failure = Failure::new(Kind::Missing).message(format!("Invalid URL ({} {})", request.method, request.path));
        return Ok(refuse(dialect, &failure, &call(&request, "", shared), trace));
    };
    let checked = headers::check(&request, read.as_deref().unwrap_or_default(), &shared.settings).and(match read {
        Some(_) => Ok(()),
        None => Err(Failure::new(Kind::TooLarge)),
    });
    match wish {
        Wish::Models => {
            let outcome = checked.and_then(|()| shared.next_list());
            match outcome {
                Ok(()) => {
                    let settings = &shared.settings;
                    let list = dialect.models(&settings.models, settings.created, &request.query);
                    Ok(send(200, Vec::new(), &list, trace))
                }
                Err(failure) => Ok(refuse(dialect, &failure, &call(&request, "", shared), trace)),
            }
        }
        Wish::Answer { model, streams } => {
            let model = model.or_else(|| request.body.get("model")?.as_str().map(str::to_owned));
            let call = call(&request, model.as_deref().unwrap_or_default(), shared);
            let is_array = dialect == Dialect::Gemini && streams == Some(true) && !request.query.contains("alt=sse");
            let checked = checked.and(match is_array {
                true => Err(Failure::invalid("The simulated provider streams with `alt=sse` alone.")),
                false => Ok(()),
            });
            let reply = checked.and_then(|()| reply(&call, dialect, shared));
            match reply {
                Ok(reply) => play(reply, dialect, streams.unwrap_or_else(|| call.streams()), &call, trace).await,
                Err(failure) => Ok(refuse(dialect, &failure, &call, trace)),
            }
        }
    }
}

fn call<'a>(request: &'a Request, model: &'a str, shared: &Shared) -> Call<'a> {
    Call { model, serial: request.serial, created: shared.settings.created, body: &request.body }
}

/// The body, or nothing if it is too large or the client has gone.
async fn read(mut body: Incoming) -> Option<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame.ok()?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > BODY_BYTES_MAX {
            return None;
        }
    }
    Some(bytes.freeze())
}

/// What a request is answered with: the script, else its model's name. An unlawful one takes nothing from the script.
fn reply(call: &Call<'_>, dialect: Dialect, shared: &Shared) -> Result<Reply, Failure> {
    if !call.body.is_object() {
        return Err(Failure::invalid("We could not parse the JSON body of your request."));
    }
    if call.model.is_empty() {
        return Err(Failure::invalid("you must provide a model parameter"));
    }
    let transcript = dialect.check(call)?;
    match shared.next() {
        Some(reply) => Ok(reply),
        None => parameters::reply(call.model, &transcript),
    }
}

async fn play(
    reply: Reply,
    dialect: Dialect,
    streams: bool,
    call: &Call<'_>,
    mut trace: Trace,
) -> Result<Response<Play>, Severed> {
    if reply.cut == Some(Cut::BeforeHead) {
        pause(reply.headers_after).await;
        trace.ends(Ending::Cut);
        return Err(Severed);
    }
    let streams = streams && !reply.is_whole;
    // There is no stream to break in an answer of one piece: it fails as a whole.
    let within = reply.broken.as_ref().filter(|_| !streams).map(|(_, failure)| failure);
    if let Some(failure) = reply.failure.as_ref().or(within) {
        pause(reply.headers_after).await;
        return Ok(refuse(dialect, failure, call, trace));
    }
    let chunks = dialect.stream(&reply.answer, call);
    if !streams {
        let contents = chunks.iter().filter(|chunk| chunk.is_content).count();
        let body = Bytes::from(dialect.whole(&reply.answer, call).to_string());
        let length = body.len();
        let (wait, plan) = schedule::whole(body, contents, &reply);
        pause(reply.headers_after + wait).await;
        // A body that is cut was promised in full; garbage is as long as it is.
        let length = if plan.is_cut { length } else { plan.steps.iter().map(|step| step.bytes.len()).sum() };
        let headers = vec![("content-type", "application/json".to_owned())];
        return Ok(respond(200, headers, trace, |trace| Play::whole(length, plan, trace)));
    }
    let broken = |chunks| -> Option<Chunk> {
        let (_, failure) = reply.broken.as_ref()?;
        Some(dialect.broken(failure, call, chunks))
    };
    let plan = schedule::stream(chunks, &reply, &dialect.heartbeat(), broken);
    pause(reply.headers_after).await;
    let headers = vec![("content-type", dialect.stream_type().to_owned()), ("cache-control", "no-cache".to_owned())];
    Ok(respond(200, headers, trace, |trace| Play::stream(plan, trace)))
}

async fn pause(wait: Duration) {
    if !wait.is_zero() {
        sleep(wait).await;
    }
}

fn refuse(dialect: Dialect, failure: &Failure, call: &Call<'_>, trace: Trace) -> Response<Play> {
    let Refusal { status, headers, body } = dialect.refusal(failure, call);
    send(status, headers, &body, trace)
}

/// A JSON body, without any fault.
fn send(status: u16, mut headers: Vec<(&'static str, String)>, body: &Value, trace: Trace) -> Response<Play> {
    headers.push(("content-type", "application/json".to_owned()));
    let body = Bytes::from(body.to_string());
    let length = body.len();
    let (_, plan) = schedule::whole(body, 1, &Reply::default());
    respond(status, headers, trace, |trace| Play::whole(length, plan, trace))
}

fn respond(
    status: u16,
    headers: Vec<(&'static str, String)>,
    trace: Trace,
    body: impl FnOnce(Trace) -> Play,
) -> Response<Play> {
    trace.answers(status);
    let mut response = Response::new(body(trace));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
