//! The killer: ends the server at moments that dice choose, starts it again at once, and notes how long that took.

use std::time::Duration;

use everruns_client::{Client, Event};
use everruns_core::Timestamp;
use futures::future::try_join_all;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::caller::Called;
use crate::prove::random::Random;
use crate::prove::server::Server;

/// Kills at least.
pub(super) const KILLS_MIN: usize = 20;
/// From a start to the next kill, milliseconds: mostly long enough for turns to get on …
const LIFE_MILLIS: (u64, u64) = (200, 3_000);
/// … and one time of four so short that the start itself is hit.
const SHORT_LIFE_MILLIS: (u64, u64) = (1, 120);
/// Before a kill messages are posted, so long before that some are answered and some are not, microseconds.
const LAST_WORDS_MICROS: (u64, u64) = (0, 6_000);

/// What happened to the server.
#[derive(Default)]
pub(super) struct Deaths {
    /// When it was dead each time, on the clock that the events are dated with.
    pub(super) at: Vec<Timestamp>,
    /// The longest time from a kill to the first answer.
    pub(super) slowest_restart: Duration,
}

/// Kills and restarts until `finished` says so and it was often enough. In the sessions `last_words` messages are posted
/// while the server dies.
pub(super) async fn rain(
    server: &mut Server,
    random: &mut Random,
    last_words: &mut [Called],
    finished: watch::Receiver<bool>,
) -> anyhow::Result<Deaths> {
    let client = server.client()?;
    let mut deaths = Deaths::default();
    let mut born = Instant::now();
    while deaths.at.len() < KILLS_MIN || !*finished.borrow() {
        let (low, high) = if random.between(0, 4) == 0 { SHORT_LIFE_MILLIS } else { LIFE_MILLIS };
        let dies = born + Duration::from_millis(random.between(low, high));
        // A kill may come before the server is ready; a server that ends by itself is a fault.
        if let Ok(ready) = timeout(dies - Instant::now(), server.ready()).await {
            ready?;
            deaths.slowest_restart = deaths.slowest_restart.max(born.elapsed());
            sleep_until(dies).await;
        }
        let posts = try_join_all(last_words.iter_mut().map(|called| {
            let before = Duration::from_micros(random.between(LAST_WORDS_MICROS.0, LAST_WORDS_MICROS.1));
            say(&client, called, before)
        }));
        let kill = async {
            sleep(Duration::from_micros(LAST_WORDS_MICROS.1)).await;
            born = Instant::now();
            server.kill().await
        };
        tokio::try_join!(posts, kill)?;
        deaths.at.push(now());
        server.spawn()?;
    }
    server.ready().await?;
    Ok(deaths)
}

async fn say(client: &Client, called: &mut Called, wait: Duration) -> anyhow::Result<()> {
    sleep(wait).await;
    called.post_once(client, "last words").await.map(drop)
}

#[expect(clippy::disallowed_methods, reason = "a kill is compared with the times of events, on this machine's clock")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// How often unfinished turns were taken up, and the longest time from a death until one of them went on, milliseconds.
pub(super) fn recoveries(deaths: &[Timestamp], logs: &[Vec<Event>]) -> (usize, u64) {
    let next = deaths.iter().skip(1).copied().map(Some).chain([None]);
    let waits: Vec<u64> = deaths.iter().zip(next).filter_map(|(death, next)| wait(*death, next, logs)).collect();
    (waits.len(), waits.iter().copied().max().unwrap_or(0))
}

/// From a death until the first turn that was open went on; `None`: no turn was open, or the next death came first.
fn wait(death: Timestamp, next: Option<Timestamp>, logs: &[Vec<Event>]) -> Option<u64> {
    let went_on = logs.iter().filter_map(|log| {
        let before = log.partition_point(|event| event.ts <= death);
        let edge = |event: &&Event| event.type_name == "turn.started" || event.ends_turn();
        let open = log[..before].iter().rev().find(edge).is_some_and(|event| event.type_name == "turn.started");
        let next_step = log[before..].iter().find(|event| event.type_name != "input.message");
        next_step.filter(|_| open).map(|event| event.ts)
    });
    let first = went_on.min().filter(|first| next.is_none_or(|next| *first < next))?;
    Some(first.millis_since(death))
}

#[cfg(test)]
mod tests {
    use super::super::log_of;
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(names: &[&'static str], death_seconds: &[i64], expected: (usize, u64)) {
        let log = log_of(names.iter().map(|name| (*name, json!({}))));
        let begun = log[0].ts;
        let deaths: Vec<Timestamp> = death_seconds.iter().map(|second| begun.plus_seconds(*second)).collect();
        assert_eq!(recoveries(&deaths, &[log]), expected);
    }

    #[test]
    fn a_recovery_is_the_next_step_of_an_open_turn() {
        // One event a second, the first at 0.
        let turn = ["turn.started", "reason.started", "input.message", "turn.completed", "session.idled"];
        check(&turn, &[], (0, 0));
        check(&turn, &[0], (1, 1_000));
        check(&turn, &[1], (1, 2_000));
        // Killed again before the turn went on.
        check(&turn, &[1, 2], (1, 1_000));
        // The turn was over.
        check(&turn, &[3], (0, 0));
        check(&["input.message", "turn.started"], &[0], (0, 0));
    }
}
