//! A connection: HTTP/1.1 by hyper, until an answer is an event stream. Then the socket is taken from it.
//!
//! hyper keeps buffers for a connection's whole life that a stream has no use for. Ten thousand idle streams are an
//! ordinary day, so a stream has its socket to itself ([`event_socket`](crate::event_socket)) and costs a few kilobytes.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use futures::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::event_socket;

/// Serves a connection to its end.
pub(crate) async fn run(socket: TcpStream, router: Router, closing: CancellationToken) {
    if let Err(error) = set_up(&socket) {
        tracing::debug!(%error, "a connection is served as it is");
    }
    // In a box, so that what HTTP takes is gone while a stream runs.
    if let Some((socket, response)) = Box::pin(http(socket, router, closing)).await {
        event_socket::run(socket, response).await;
    }
}

fn set_up(socket: &TcpStream) -> std::io::Result<()> {
    // Frames are small and whole; waiting for more of them only adds delay.
    socket.set_nodelay(true)?;
    // Who takes nothing would hold its connection, and what was encoded for it, for ever. Only Linux can tell.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(socket).set_tcp_user_timeout(Some(STALL_MAX))?;
    Ok(())
}

#[cfg(target_os = "linux")]
const STALL_MAX: std::time::Duration =
    std::time::Duration::from_secs(everruns_core::limits::CONNECTION_STALL_SECONDS_MAX);

/// Where the answer is put that takes the socket over.
type Slot = Arc<Mutex<Option<Response<Body>>>>;

/// Answers requests. If an answer is an event stream: the socket, and that answer.
async fn http(socket: TcpStream, router: Router, closing: CancellationToken) -> Option<(TcpStream, Response<Body>)> {
    let slot = Slot::default();
    let service = service_fn({
        let slot = slot.clone();
        move |request: Request<Incoming>| answer(request, router.clone(), slot.clone()).boxed()
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    let mut closed = pin!(closing.cancelled_owned().fuse());
    let taken = poll_fn(|context| {
        if closed.as_mut().poll(context).is_ready() {
            Pin::new(&mut connection).graceful_shutdown();
        }
        match connection.poll_without_shutdown(context) {
            Poll::Ready(ended) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                Poll::Ready(None)
            }
            Poll::Pending => match slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(response) => Poll::Ready(Some(response)),
                None => Poll::Pending,
            },
        }
    })
    .await;
    taken.map(|response| (connection.into_parts().io.into_inner(), response))
}

/// Answers a request; an event stream goes to the slot, and hyper gets no answer to write.
async fn answer(request: Request<Incoming>, router: Router, slot: Slot) -> Result<Response<Body>, Infallible> {
    let plain = request.method() == Method::GET && request.version() == Version::HTTP_11;
    let response = router.oneshot(request.map(Body::new)).await?;
    let is_stream =
        response.status() == StatusCode::OK && response.headers().get(header::CONTENT_TYPE) == Some(&EVENT_STREAM);
    if plain && is_stream {
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
        return pending().await;
    }
    Ok(response)
}

/// The content type of event streams.
pub(crate) const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
