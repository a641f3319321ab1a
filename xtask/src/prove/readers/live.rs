//! Readers who keep up, and how long after its time each event reaches them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, Event, ListEvents, StreamOptions};
use everruns_core::SessionId;
use futures::StreamExt as _;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::prove::server;

/// A reader has the last event within this time.
const ARRIVES: Duration = Duration::from_secs(10);

/// What a reader saw, and how late, milliseconds.
type Seen = Vec<(Event, u64)>;

pub(super) struct Live {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Live {
    /// Reads everything after the session's first event.
    pub(super) async fn open(client: &Client, session: SessionId) -> anyhow::Result<Self> {
        let there = client.events().list(session, &ListEvents::default()).await?;
        let since_id = Some(there.first().context("a new session has no event")?.id);
        let mut events = client.events().stream(session, StreamOptions { since_id, ..StreamOptions::default() });
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let into = seen.clone();
        let task = tokio::spawn(async move {
            while let Some(Ok(event)) = events.next().await {
                let late = server::now().millis_since(event.ts);
                into.lock().unwrap_or_else(PoisonError::into_inner).push((event, late));
            }
        });
        Ok(Self { seen, task })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How late each event from this sequence on came.
    pub(super) fn delays_from(&self, sequence: i64) -> Vec<u64> {
        self.seen().iter().filter(|(event, _)| event.sequence >= sequence).map(|(_, late)| *late).collect()
    }

    /// Waits for the last event of the log, compares, and leaves.
    pub(super) async fn compare(self, log: &[Event]) -> anyhow::Result<()> {
        let last = log.last().map_or(0, |event| event.sequence);
        let come = async {
            while self.seen().last().is_none_or(|(event, _)| event.sequence < last) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(ARRIVES, come).await.context("a reader who keeps up does not see the end")?;
        self.task.abort();
        let seen = self.seen();
        let same = seen.len() + 1 == log.len() && seen.iter().zip(&log[1..]).all(|((saw, _), stands)| saw == stands);
        ensure!(same, "a reader who keeps up saw {} events and not the {} of the log", seen.len(), log.len() - 1);
        Ok(())
    }
}

/// The value that so many of a hundred do not exceed.
pub(super) fn percentile(values: &mut [u64], percent: usize) -> u64 {
    values.sort_unstable();
    let place = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(place).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values() {
        #[track_caller]
        fn check(values: &[u64], percent: usize, expected: u64) {
            assert_eq!(percentile(&mut values.to_vec(), percent), expected, "{values:?} {percent}");
        }
        check(&[3, 1, 2, 4], 50, 2);
        check(&[3, 1, 2, 4], 99, 4);
        check(&[7], 1, 7);
        check(&[], 99, 0);
    }
}
