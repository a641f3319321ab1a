//! A session with a long past, made through the API, and questions to it with the time that each answer takes.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, EventStream, ListEvents, NewMessage, StreamOptions};
use everruns_core::SessionId;
use everruns_core::agent::Layer;
use everruns_core::capability::CapabilityRef;
use everruns_core::session::SessionSpec;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, timeout};

use super::wire;

/// A short answer that comes at once: 11 events in two commits. No other way through the API is quicker.
const MODEL: &str = "llmsim/fixed?text=Here you are.";
/// Turns before it is looked how many events there are.
const TURNS_AT_ONCE: i64 = 500;
const EVENTS_PER_TURN: i64 = 11;
const TURN: Duration = Duration::from_secs(60);
/// The longest answer, a list of everything, is there within this time.
const ANSWER: Duration = Duration::from_secs(300);
const READ_BYTES: usize = 256 * 1024;

/// A session that grows.
pub(super) struct LongSession {
    pub(super) id: SessionId,
    client: Client,
    ends: EventStream,
}

impl LongSession {
    pub(super) async fn make(client: Client) -> anyhow::Result<Self> {
        let capabilities = vec![CapabilityRef { id: "test_tools".to_owned(), config: Value::Null }];
        let layer = Layer { capabilities, ..Layer::default() };
        let spec = SessionSpec { model_id: Some(MODEL.to_owned()), layer, ..SessionSpec::default() };
        let id = client.sessions().create(&spec).await?.id;
        let types = vec!["turn.completed".to_owned()];
        let ends = client.events().stream(id, StreamOptions { types, ..StreamOptions::default() });
        Ok(Self { id, client, ends })
    }

    /// Lets it grow to about so many events.
    pub(super) async fn grow_to(&mut self, events: i64) -> anyhow::Result<i64> {
        loop {
            let last = self.last().await?;
            if last >= events {
                return Ok(last);
            }
            for _ in 0..((events - last) / EVENTS_PER_TURN).clamp(1, TURNS_AT_ONCE) {
                self.say("And so on and so forth.", None).await?;
            }
        }
    }

    /// One turn, in which the model calls a tool, if one is named.
    pub(super) async fn say(&mut self, text: &str, tool: Option<&str>) -> anyhow::Result<()> {
        let mut message = NewMessage::text(text);
        if let Some(name) = tool {
            let llmsim = json!({"behaviour": "tool", "name": name, "arguments": {"value": "x"}});
            message.metadata = json!({ "llmsim": llmsim }).as_object().cloned();
        }
        self.client.messages().send(self.id, &message).await?;
        let end = timeout(TURN, self.ends.next()).await.context("a turn does not end")?;
        end.context("the stream ended")?.context("a turn's end is not told")?;
        Ok(())
    }

    /// The sequence of the last event: they have no gaps.
    pub(super) async fn last(&self) -> anyhow::Result<i64> {
        let newest = ListEvents { limit: Some(1), ..ListEvents::default() };
        let events = self.client.events().list(self.id, &newest).await?;
        Ok(events.first().context("a session without events")?.sequence)
    }
}

/// An answer that nobody kept.
pub(super) struct Taken {
    pub(super) took: Duration,
    pub(super) bytes: usize,
}

/// Asks with GET and reads the answer to its end without keeping it; it must be 200. A connection of its own is part of
/// the time.
pub(super) async fn take(port: u16, path: &str) -> anyhow::Result<Taken> {
    let asked = async {
        let begun = Instant::now();
        let mut socket = wire::send(port, "GET", path, None, None).await?;
        let mut buffer = vec![0; READ_BYTES];
        let (mut bytes, mut start) = (0, Vec::new());
        loop {
            let read = socket.read(&mut buffer).await?;
            if read == 0 {
                break;
            }
            if start.len() < 12 {
                start.extend_from_slice(&buffer[..read.min(64)]);
            }
            bytes += read;
        }
        ensure!(start.starts_with(b"HTTP/1.1 200"), "GET {path}: {}", String::from_utf8_lossy(&start));
        Ok(Taken { took: begun.elapsed(), bytes })
    };
    timeout(ANSWER, asked).await.with_context(|| format!("GET {path} is not answered"))?
}

/// The median and the longest, milliseconds.
pub(super) fn median_and_worst(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let millis = |place: usize| times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0);
    (millis(times.len() / 2), millis(times.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_stands_in_the_middle() {
        #[track_caller]
        fn check(millis: &[u64], expected: (f64, f64)) {
            let mut times: Vec<Duration> = millis.iter().copied().map(Duration::from_millis).collect();
            assert_eq!(median_and_worst(&mut times), expected, "{millis:?}");
        }
        check(&[3, 1, 2], (2.0, 3.0));
        check(&[9, 1, 2, 4], (4.0, 9.0));
        check(&[7], (7.0, 7.0));
        assert!(median_and_worst(&mut []).0.is_nan());
    }
}
