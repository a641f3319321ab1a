//! `bench fanout`: one session with many readers, and how long after the first of them the others know.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, value_parser};
use serde_json::json;
use tokio::sync::mpsc;
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
    let (sender, mut receipts) = mpsc::channel(*readers as usize);
    let mut tasks = JoinSet::new();
    for _ in 0..*readers {
        tasks.spawn(read(Stream::open(url, &session, query).await?, sender.clone()));
    }
    drop(sender);

    let mut turn = async || {
        let post = now();
        connection.exchange(&message).await?;
        let mut seen = Vec::with_capacity(*readers as usize);
        for _ in 0..*readers {
            let receipt = timeout(TURN_TIME_MAX, receipts.recv()).await.context("a turn takes too long")?;
            seen.push(receipt.context("no reader is left")??);
        }
        anyhow::Ok((post, seen))
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

/// Reports when it saw the end of each turn, until one cannot be read.
async fn read(mut stream: Stream, receipts: mpsc::Sender<anyhow::Result<Instant>>) {
    loop {
        let receipt = stream.turn().await.map(|seen| seen.completed);
        let is_last = receipt.is_err();
        if receipts.send(receipt).await.is_err() || is_last {
            return;
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
