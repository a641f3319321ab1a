//! `bench fanout`: one session with many readers, and how long after the first of them the others know.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, value_parser};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::agent::Agent;
use crate::clock::now;
use crate::figure::Figure;
use crate::http::Connection;
use crate::latency::Latencies;
use crate::load::{SECONDS_MAX, TURN_TIME_MAX};
use crate::probe::Probe;
use crate::report::Run;
use crate::stream::Stream;
use crate::target::Target;
use crate::{open_files, turns};

const READERS_MAX: i64 = 10_000;
/// Turns before it counts.
const WARM_UP: usize = 3;

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub(crate) url: Target,
    /// Readers; the limit of open files must allow them
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=READERS_MAX))]
    pub(crate) readers: u32,
    /// Readers ask for the last event of a turn alone, so that one event goes to all of them
    #[arg(long)]
    pub(crate) one_event: bool,
    /// How long to measure
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    pub(crate) seconds: u32,
    #[command(flatten)]
    pub(crate) probe: Probe,
}

/// What turns took.
#[derive(Default)]
struct Tally {
    turns: usize,
    /// From the first reader's receipt to each reader's.
    after_first: Vec<Duration>,
    /// From the post to each reader's receipt.
    after_post: Vec<Duration>,
    /// From the first reader's receipt to the last one's.
    last_after_first: Vec<Duration>,
}

impl Tally {
    fn add(&mut self, post: Instant, receipts: &[Instant]) {
        let (Some(first), Some(last)) = (receipts.iter().min(), receipts.iter().max()) else {
            return;
        };
        self.turns += 1;
        self.after_first.extend(receipts.iter().map(|at| *at - *first));
        self.after_post.extend(receipts.iter().map(|at| *at - post));
        self.last_after_first.push(*last - *first);
    }
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { url, readers, one_event, seconds, probe } = options;
    open_files::allow(*readers)?;
    let agent = Agent::create(url, "bench-fanout", turns::MODEL, &[]).await?;
    let mut connection = Connection::open(url).await?;
    let session = agent.session(&mut connection).await?;
    let message = agent.message_request(&session);

    let query = if *one_event { "?types=turn.completed" } else { "" };
    let round = Arc::new(Round::default());
    let mut tasks = JoinSet::new();
    for _ in 0..*readers {
        tasks.spawn(read(Stream::open(url, &session, query).await?, *readers as usize, round.clone()));
    }

    let mut turn = async || {
        let post = now();
        connection.exchange(&message).await?;
        tokio::select! {
            all = timeout(TURN_TIME_MAX, round.is_full.notified()) => all.context("a turn takes too long")?,
            Some(ended) = tasks.join_next() => ended??,
        }
        anyhow::Ok((post, std::mem::take(&mut *round.receipts())))
    };
    for _ in 0..WARM_UP {
        turn().await?;
    }
    let before = probe.read().await?;
    let end = now() + Duration::from_secs((*seconds).into());
    let mut tally = Tally::default();
    while now() < end {
        let (post, seen) = turn().await?;
        tally.add(post, &seen);
    }

    let mut figures = vec![Figure::new("turns", tally.turns as f64)];
    figures.extend(Latencies::new(tally.after_first).figures("after_first_"));
    figures.extend(Latencies::new(tally.last_after_first).figures("last_after_first_"));
    figures.extend(Latencies::new(tally.after_post).figures("after_post_"));
    figures.extend(probe.figures(&before, "turn", tally.turns).await?);
    let suffix = if *one_event { "_one_event" } else { "" };
    let parameters = json!({ "readers": readers, "one_event": one_event, "seconds": seconds });
    Ok(Run { name: format!("fanout.{readers}{suffix}"), kind: "fanout", parameters, figures })
}

/// When the readers saw the end of the turn that is running.
#[derive(Default)]
struct Round {
    receipts: Mutex<Vec<Instant>>,
    is_full: Notify,
}

impl Round {
    fn receipts(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes when it saw the end of each turn, until one cannot be read. The last of all `readers` says so.
async fn read(mut stream: Stream, readers: usize, round: Arc<Round>) -> anyhow::Result<()> {
    loop {
        let completed = stream.turn().await?.completed;
        let mut receipts = round.receipts();
        receipts.push(completed);
        if receipts.len() == readers {
            round.is_full.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_timed_from_the_first_of_them() {
        let post = now();
        let at = |millis| post + Duration::from_millis(millis);
        let mut tally = Tally::default();
        tally.add(post, &[at(5), at(3), at(9)]);
        tally.add(post, &[]);
        assert_eq!(tally.turns, 1);
        assert_eq!(tally.after_first, [2, 0, 6].map(Duration::from_millis));
        assert_eq!(tally.after_post, [5, 3, 9].map(Duration::from_millis));
        assert_eq!(tally.last_after_first, [Duration::from_millis(6)]);
    }
}
