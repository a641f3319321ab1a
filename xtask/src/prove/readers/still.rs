//! Readers who take nothing, or next to nothing, of a stream that is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use everruns_core::SessionId;
use futures::future::try_join_all;
use tokio::io::{AsyncReadExt as _, Interest};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::prove::wire;

/// So small that the kernel keeps little of what is sent; what waits, waits in the server.
const RECEIVE_BYTES: u32 = 4_096;
/// Connections that are opened at the same time.
const AT_ONCE: usize = 50;
/// How often a connection is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// The slow reader takes a byte each time.
const SLOW: Duration = Duration::from_secs(1);

/// Connections that nobody reads from.
pub(super) struct Dead(Vec<TcpStream>);

impl Dead {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Opens so many more.
    pub(super) async fn open(
        &mut self,
        port: u16,
        session: SessionId,
        query: &str,
        count: usize,
    ) -> anyhow::Result<()> {
        let path = format!("/v1/sessions/{session}/sse{query}");
        for begin in (0..count).step_by(AT_ONCE) {
            let some =
                (begin..count.min(begin + AT_ONCE)).map(|_| wire::send(port, "GET", &path, None, Some(RECEIVE_BYTES)));
            self.0.extend(try_join_all(some).await?);
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// How many the server has let go of: the connection is reset.
    pub(super) async fn let_go(&self) -> usize {
        let mut gone = 0;
        for socket in &self.0 {
            let state = tokio::time::timeout(Duration::from_millis(1), socket.ready(Interest::ERROR)).await;
            gone += usize::from(
                state.is_ok_and(|ready| ready.is_ok_and(|ready| ready.is_error() || ready.is_read_closed())),
            );
        }
        gone
    }
}

/// A reader of one byte a second.
pub(super) struct Slow {
    taken: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Slow {
    pub(super) async fn open(port: u16, session: SessionId) -> anyhow::Result<Self> {
        let path = format!("/v1/sessions/{session}/sse?after_sequence=0");
        let mut socket = wire::send(port, "GET", &path, None, Some(RECEIVE_BYTES)).await?;
        let taken: Arc<AtomicUsize> = Arc::default();
        let count = taken.clone();
        let task = tokio::spawn(async move {
            while socket.read_u8().await.is_ok() {
                count.fetch_add(1, Ordering::Relaxed);
                sleep(SLOW).await;
            }
        });
        Ok(Self { taken, task })
    }

    /// How many bytes it took; then it leaves.
    pub(super) fn leave(self) -> usize {
        self.task.abort();
        self.taken.load(Ordering::Relaxed)
    }
}
