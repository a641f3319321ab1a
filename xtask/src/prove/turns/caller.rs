//! A caller who does not give up: posts until the server says that it has the message, and follows the events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use everruns_client::{Client, Error, Event, ListEvents, StreamOptions};
use everruns_core::{EventId, MessageId, SessionId};
use futures::StreamExt as _;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::case::Case;

/// The pause before a message without an answer is posted again.
const RETRY: Duration = Duration::from_millis(40);
/// The server cannot write now, and has not.
const UNAVAILABLE: u16 = 503;

/// A session and what the server acknowledged in it.
pub(in crate::prove) struct Called {
    pub(in crate::prove) case: Case,
    pub(in crate::prove) session: SessionId,
    /// Messages that were answered with 201.
    pub(in crate::prove) acknowledged: Vec<MessageId>,
    /// Posts without an answer: the message may stand in the log or not.
    pub(in crate::prove) unanswered: usize,
    /// Posts that were answered with 503: the message does not stand in the log.
    pub(in crate::prove) refused: usize,
}

impl Called {
    /// Makes the session.
    pub(in crate::prove) async fn new(client: &Client, case: Case) -> anyhow::Result<Self> {
        let session = client.sessions().create(&case.session()).await.context("make a session")?.id;
        Ok(Self { case, session, acknowledged: Vec::new(), unanswered: 0, refused: 0 })
    }

    /// Says everything there is to say: the first message after `first`, and if the turn is steered, another one.
    pub(in crate::prove) async fn converse(
        mut self,
        client: Client,
        first: Duration,
        second: Duration,
    ) -> anyhow::Result<Self> {
        sleep(first).await;
        self.post(&client, "first").await?;
        if self.case.steered {
            sleep(second).await;
            self.post(&client, "second").await?;
        }
        Ok(self)
    }

    /// Posts a message, as often as it takes.
    pub(in crate::prove) async fn post(&mut self, client: &Client, text: &str) -> anyhow::Result<()> {
        while !self.post_once(client, text).await? {
            sleep(RETRY).await;
        }
        Ok(())
    }

    /// Posts a message; whether the server took it.
    pub(in crate::prove) async fn post_once(&mut self, client: &Client, text: &str) -> anyhow::Result<bool> {
        match client.messages().create(self.session, text).await {
            Ok(message) => {
                self.acknowledged.push(message.id);
                Ok(true)
            }
            Err(Error::Api { status: UNAVAILABLE, .. }) => {
                self.refused += 1;
                Ok(false)
            }
            Err(error) if error.is_transient() => {
                self.unanswered += 1;
                Ok(false)
            }
            Err(error) => Err(error).context("post a message"),
        }
    }
}

/// Follows a session with the client's own stream, which comes back by itself and says what it saw last.
pub(in crate::prove) struct Reader {
    seen: Arc<Mutex<Vec<Event>>>,
    task: JoinHandle<()>,
}

impl Reader {
    /// Reads everything after the session's first event, which is there since the session was made.
    pub(in crate::prove) async fn open(client: &Client, session: SessionId) -> anyhow::Result<Self> {
        let there = client.events().list(session, &ListEvents::default()).await?;
        let first: EventId = there.first().context("a new session has no event")?.id;
        let options = StreamOptions { since_id: Some(first), ..StreamOptions::default() };
        let mut events = client.events().stream(session, options);
        let seen: Arc<Mutex<Vec<Event>>> = Arc::default();
        let into = seen.clone();
        let task = tokio::spawn(async move {
            while let Some(Ok(event)) = events.next().await {
                into.lock().unwrap_or_else(PoisonError::into_inner).push(event);
            }
        });
        Ok(Self { seen, task })
    }

    /// Waits until the reader has come as far as `stored`; what is wrong with what it saw.
    pub(in crate::prove) async fn compare(self, stored: &[Event], patience: Duration) -> Vec<String> {
        let last = stored.last().map_or(0, |event| event.sequence);
        let come = async {
            while self.seen().last().is_none_or(|event| event.sequence < last) {
                sleep(RETRY).await;
            }
        };
        let arrived = tokio::time::timeout(patience, come).await;
        self.task.abort();
        let seen = self.seen();
        let mut faults = Vec::new();
        if arrived.is_err() {
            faults.push(format!("a reader saw {} of {} events and then no more", seen.len(), stored.len() - 1));
        }
        let expected = &stored[1..];
        if let Some((saw, stands)) = seen.iter().zip(expected).find(|(saw, stands)| saw != stands) {
            let told = |event: &Event| format!("{} {} {}", event.sequence, event.type_name, event.data);
            faults.push(format!("a reader saw {}, where the log has {}", told(saw), told(stands)));
        }
        if seen.len() > expected.len() {
            faults.push(format!("a reader saw {} events more than the log has", seen.len() - expected.len()));
        }
        faults
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Event>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
