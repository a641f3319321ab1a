//! One of those who use the server all day: they make sessions, talk, use tools, change their mind, look on and leave.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, Event, ListEvents, StreamOptions};
use everruns_core::SessionId;
use everruns_core::agent::Layer;
use everruns_core::capability::CapabilityRef;
use everruns_core::session::{SessionSpec, SessionStatus};
use futures::StreamExt as _;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use crate::prove::random::Random;

/// Between two things that one user does, milliseconds; this bounds the rate.
const PAUSE_MILLIS: (u64, u64) = (20, 300);
/// A session is deleted when it had so many turns, so that what the server remembers of sessions stays small.
const TURNS_OF_SESSION: u64 = 20;
/// Before a turn is cancelled, milliseconds.
const CANCEL_MILLIS: (u64, u64) = (0, 300);
/// How long somebody looks on, milliseconds.
const LOOK_MILLIS: (u64, u64) = (0, 1_000);
/// A turn ends within this time.
const TURN: Duration = Duration::from_secs(30);

const TEXT: &str = "llmsim/lorem?tokens=60&latency=fast";
const TOOL: &str = r#"llmsim/tool?name=test_echo&arguments={"value":"and so on and so forth"}&count=2&rounds=2"#;
const LONG: &str = "llmsim/lorem?tokens=200&latency=slow";

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) turns: u64,
    pub(super) tool_turns: u64,
    pub(super) cancelled: u64,
    pub(super) readers: u64,
    pub(super) sessions: u64,
}

impl Done {
    pub(super) fn add(&mut self, other: Self) {
        self.turns += other.turns;
        self.tool_turns += other.tool_turns;
        self.cancelled += other.cancelled;
        self.readers += other.readers;
        self.sessions += other.sessions;
    }
}

/// Uses the server until then.
pub(super) async fn use_until(client: Client, mut random: Random, end: Instant) -> anyhow::Result<Done> {
    let mut done = Done::default();
    while Instant::now() < end {
        let session = make(&client).await?;
        done.sessions += 1;
        for _ in 0..random.between(1, TURNS_OF_SESSION + 1) {
            if Instant::now() >= end {
                break;
            }
            one_thing(&client, session, &mut random, &mut done).await.with_context(|| session.to_string())?;
            sleep(Duration::from_millis(random.between(PAUSE_MILLIS.0, PAUSE_MILLIS.1))).await;
        }
        ended_well(&client.events().list(session, &ListEvents::default()).await?)?;
        client.sessions().delete(session).await?;
    }
    Ok(done)
}

async fn one_thing(client: &Client, session: SessionId, random: &mut Random, done: &mut Done) -> anyhow::Result<()> {
    let kind = random.between(0, 10);
    match kind {
        0..=4 => say(client, session, TEXT).await?,
        5..=6 => {
            say(client, session, TOOL).await?;
            done.tool_turns += 1;
        }
        7 => {
            say(client, session, LONG).await?;
            sleep(Duration::from_millis(random.between(CANCEL_MILLIS.0, CANCEL_MILLIS.1))).await;
            client.sessions().cancel(session).await?;
            done.cancelled += 1;
        }
        _ => {
            let looking = Duration::from_millis(random.between(LOOK_MILLIS.0, LOOK_MILLIS.1));
            say(client, session, TEXT).await?;
            let mut events = client.events().stream(session, StreamOptions::default());
            // They leave in the middle, or have nothing more to see.
            let _ = timeout(looking, async { while let Some(Ok(_)) = events.next().await {} }).await;
            done.readers += 1;
        }
    }
    done.turns += 1;
    let begun = Instant::now();
    while client.sessions().get(session).await?.status != SessionStatus::Idle {
        ensure!(begun.elapsed() < TURN, "a turn does not end");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn make(client: &Client) -> anyhow::Result<SessionId> {
    let capabilities = vec![CapabilityRef { id: "test_tools".to_owned(), config: Value::Null }];
    let layer = Layer { capabilities, ..Layer::default() };
    Ok(client.sessions().create(&SessionSpec { layer, ..SessionSpec::default() }).await?.id)
}

async fn say(client: &Client, session: SessionId, model: &str) -> anyhow::Result<()> {
    let mut message = everruns_client::NewMessage::text("Go on, please.");
    message.controls = Some(serde_json::from_value(serde_json::json!({"model_id": model}))?);
    client.messages().send(session, &message).await?;
    Ok(())
}

/// Each turn ended once, and none failed.
fn ended_well(log: &[Event]) -> anyhow::Result<()> {
    let count = |name: &str| log.iter().filter(|event| event.type_name == name).count();
    let ended = count("turn.completed") + count("turn.cancelled");
    ensure!(count("turn.failed") == 0 && count("turn.started") == ended, "a turn failed or did not end");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::turns::log_of;

    #[test]
    fn turns_that_fail_or_hang_are_seen() {
        #[track_caller]
        fn check(names: &[&'static str], holds: bool) {
            let log = log_of(names.iter().map(|name| (*name, Value::Null)));
            assert_eq!(ended_well(&log).is_ok(), holds, "{names:?}");
        }
        check(&["turn.started", "turn.completed", "turn.started", "turn.cancelled"], true);
        check(&["turn.started"], false);
        check(&["turn.started", "turn.failed"], false);
        check(&["turn.started", "turn.completed", "turn.completed"], false);
    }
}
