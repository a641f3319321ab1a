//! What people are told while the server is away.

use everruns_client::Loss;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Losses of an event stream's connection, as texts.
pub(super) struct Losses(UnboundedReceiver<Loss>);

impl Losses {
    /// Them, and where a stream says them.
    pub(super) fn new() -> (UnboundedSender<Loss>, Self) {
        let (sender, receiver) = unbounded_channel();
        (sender, Self(receiver))
    }

    /// The next one; waits for ever when there is none.
    pub(super) async fn next(&mut self) -> String {
        match self.0.recv().await {
            Some(loss) => format!(
                "· the connection is lost ({}); trying again in {:.0} s",
                loss.reason,
                loss.wait.as_secs_f64().max(1.0)
            ),
            None => std::future::pending().await,
        }
    }
}
