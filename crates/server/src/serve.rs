//! Serving: takes connections until the server closes, and ends when the last of them has ended.

use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::state::App;
use crate::{connection, router};

/// How long no connection is taken after one could not be: there are no file descriptors left, as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the routes to whoever connects, until `closing` is cancelled. Then no connection is taken any more, idle ones
/// are closed, requests are still answered, and it returns when the last connection has ended.
pub async fn serve(listener: TcpListener, router: Router, closing: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closing.cancelled() => break,
        };
        match accepted {
            Ok((socket, _)) => {
                connections.spawn(connection::run(socket, router.clone(), closing.clone()));
            }
            // The caller has hung up again already.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Serves all routes to the operator, as the owner of every organization, until `closing` is cancelled. Whoever reaches
/// the socket needs no key.
pub fn serve_operator(
    listener: UnixListener,
    app: &App,
    closing: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let router = router(app.for_operator());
    async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the operator's socket is served no more");
        }
    }
}
