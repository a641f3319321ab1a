//! `bench fanout`: one session with many readers; a turn is over when the last of them knows.

use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, value_parser};
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
use crate::target::Target;
use crate::turns;
use crate::watch::{Seen, Stream};

const READERS_MAX: i64 = 10_000;

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    url: Target,
    /// Readers; the limit of open files must allow them
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=READERS_MAX))]
    readers: u32,
    /// How long to measure
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    seconds: u32,
    #[command(flatten)]
    probe: Probe,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let Options { url, readers, .. } = options;
    let agent = Agent::create(url, "bench-fanout", turns::MODEL, &[]).await?;
    let mut connection = Connection::open(url).await?;
    let session = agent.session(&mut connection).await?;
    let message = agent.message_request(&session);

    let (sender, mut turns) = mpsc::channel(*readers as usize);
    let mut tasks = JoinSet::new();
    for _ in 0..*readers {
        tasks.spawn(read(Stream::open(url, &session).await?, sender.clone()));
    }
    drop(sender);

    let before = options.probe.read().await?;
    let end = now() + Duration::from_secs(options.seconds.into());
    let mut latencies = Vec::new();
    while now() < end {
        let start = now();
        connection.exchange(&message).await?;
        let mut last = start;
        for _ in 0..*readers {
            let seen = timeout(TURN_TIME_MAX, turns.recv()).await;
            let seen = seen.context("a turn takes too long")?;
            last = last.max(seen.context("no reader is left")??.completed);
        }
        latencies.push(last - start);
    }

    let prefix = format!("fanout.{readers}");
    let count = latencies.len();
    let mut figures = Latencies::new(latencies).figures(&format!("{prefix}.last_reader_"));
    let costs = options.probe.figures(&prefix, &before, "turn", count);
    figures.extend(costs.await?);
    Ok(figures)
}

/// Reports every turn, until one cannot be read.
async fn read(mut stream: Stream, turns: mpsc::Sender<anyhow::Result<Seen>>) {
    loop {
        let seen = stream.turn().await;
        let is_last = seen.is_err();
        if turns.send(seen).await.is_err() || is_last {
            return;
        }
    }
}
