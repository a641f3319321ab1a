//! What happens to the server at moments that dice choose: it is killed and started again at once, stopped in good
//! order, or paused for a while.

use std::time::Duration;

use anyhow::ensure;
use everruns_client::{Client, Event};
use everruns_core::Timestamp;
use futures::future::try_join_all;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::prove::random::Random;
use crate::prove::server::{self, Server};
use crate::prove::turns::caller::Called;

/// Kills at least, pauses and stops, shuffled.
const KILLS_MIN: usize = 50;
const PAUSES: usize = 10;
const STOPS: usize = 10;
/// From a start to the next blow, milliseconds: mostly long enough for turns to get on …
const LIFE_MILLIS: (u64, u64) = (200, 3_000);
/// … and one time of four so short that the start itself is hit.
const SHORT_LIFE_MILLIS: (u64, u64) = (1, 120);
/// Before a blow messages are posted, so long before that some are answered and some are not, microseconds.
const LAST_WORDS_MICROS: (u64, u64) = (0, 6_000);
/// A paused server stands still for this time, milliseconds.
const PAUSE_MILLIS: (u64, u64) = (1_000, 4_000);
/// A server that is asked to stop ends within this time, whatever runs.
const STOP: Duration = Duration::from_secs(15);

/// One thing that happens to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// SIGKILL, and a start at once.
    Kill,
    /// SIGSTOP, and SIGCONT after a while: whoever holds a turn must not have lost it, and timers fire late.
    Pause,
    /// SIGTERM, and a start at once.
    Stop,
}

/// All blows in the order of the dice.
fn deck(random: &mut Random) -> Vec<Blow> {
    let kinds = [(Blow::Kill, KILLS_MIN), (Blow::Pause, PAUSES), (Blow::Stop, STOPS)];
    let mut deck: Vec<Blow> = kinds.into_iter().flat_map(|(blow, count)| std::iter::repeat_n(blow, count)).collect();
    for place in (1..deck.len()).rev() {
        deck.swap(place, random.between(0, place as u64 + 1) as usize);
    }
    deck
}

/// What happened to the server.
#[derive(Default)]
pub(super) struct Deaths {
    /// When it was dead each time, on the clock that the events are dated with.
    pub(super) at: Vec<Timestamp>,
    pub(super) kills: usize,
    pub(super) pauses: usize,
    pub(super) stops: usize,
    /// The longest time from a death to the first answer.
    pub(super) slowest_restart: Duration,
    /// The longest time from SIGTERM to the end.
    pub(super) slowest_stop: Duration,
}

/// Deals all blows, and goes on with kills until `finished` says so. In the sessions `last_words` messages are posted
/// while the server is hit.
pub(super) async fn rain(
    server: &mut Server,
    random: &mut Random,
    last_words: &mut [Called],
    finished: watch::Receiver<bool>,
) -> anyhow::Result<Deaths> {
    let client = server.client()?;
    let mut deaths = Deaths::default();
    let mut deck = deck(random);
    let mut born = Instant::now();
    let mut awaited = true;
    while !deck.is_empty() || !*finished.borrow() {
        let blow = deck.pop().unwrap_or(Blow::Kill);
        let (low, high) = if random.between(0, 4) == 0 { SHORT_LIFE_MILLIS } else { LIFE_MILLIS };
        let falls = born + Duration::from_millis(random.between(low, high));
        // A blow may come before the server is ready; a server that ends by itself is a fault.
        if let Ok(ready) = timeout(falls - Instant::now(), server.ready()).await {
            ready?;
            if awaited {
                deaths.slowest_restart = deaths.slowest_restart.max(born.elapsed());
            }
            sleep_until(falls).await;
        }
        if blow == Blow::Stop {
            // Before it listens to signals, SIGTERM just ends a process; that is what kills are for.
            server.ready().await?;
        }
        let pause = Duration::from_millis(random.between(PAUSE_MILLIS.0, PAUSE_MILLIS.1));
        let posts = try_join_all(last_words.iter_mut().map(|called| {
            let before = Duration::from_micros(random.between(LAST_WORDS_MICROS.0, LAST_WORDS_MICROS.1));
            say(&client, called, before)
        }));
        let blow = async {
            sleep(Duration::from_micros(LAST_WORDS_MICROS.1)).await;
            match blow {
                Blow::Kill => {
                    server.kill().await?;
                    deaths.kills += 1;
                }
                Blow::Pause => {
                    server.signal("STOP").await?;
                    sleep(pause).await;
                    server.signal("CONT").await?;
                    deaths.pauses += 1;
                }
                Blow::Stop => {
                    let (status, took) = server.stop(STOP).await?;
                    ensure!(status.success(), "a server that was asked to stop ended with {status}");
                    deaths.slowest_stop = deaths.slowest_stop.max(took);
                    deaths.stops += 1;
                }
            }
            born = Instant::now();
            awaited = blow != Blow::Pause;
            if awaited {
                // At once: messages that found nobody are not waited for.
                deaths.at.push(server::now());
                server.spawn()?;
            }
            anyhow::Ok(())
        };
        tokio::try_join!(posts, blow)?;
    }
    server.ready().await?;
    Ok(deaths)
}

async fn say(client: &Client, called: &mut Called, wait: Duration) -> anyhow::Result<()> {
    sleep(wait).await;
    called.post_once(client, "last words").await.map(drop)
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
    use super::*;
    use crate::prove::turns::log_of;
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

    #[test]
    fn all_blows_are_dealt_in_an_order_of_the_dice() {
        let dealt = |seed| deck(&mut Random::new(seed));
        let count = |blow| dealt(1).into_iter().filter(|dealt| *dealt == blow).count();
        assert_eq!((count(Blow::Kill), count(Blow::Pause), count(Blow::Stop)), (KILLS_MIN, PAUSES, STOPS));
        assert_eq!(dealt(1), dealt(1));
        assert_ne!(dealt(1), dealt(2));
    }
}
