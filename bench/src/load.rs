//! Clients that talk to their sessions as fast as the answers come, and what that took.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, value_parser};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::agent::Agent;
use crate::clock::now;
use crate::events;
use crate::figure::Figure;
use crate::http::{Connection, Request};
use crate::latency::Latencies;
use crate::probe::Probe;
use crate::target::Target;
use crate::watch::{Mode, Seen, Watch};

/// More clients than this measure the load generator.
pub(crate) const CLIENTS_MAX: i64 = 1_024;
/// Below the server's shortest stream cycle (4 minutes), so that no stream has to be opened anew.
pub(crate) const SECONDS_MAX: i64 = 180;
/// A turn that takes longer than this hangs.
pub(crate) const TURN_TIME_MAX: Duration = Duration::from_secs(30);

/// How much load, on which server.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub(crate) url: Target,
    /// Clients at the same time, each with sessions of its own
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(1..=CLIENTS_MAX))]
    pub(crate) clients: u32,
    /// How long to measure
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    pub(crate) seconds: u32,
    /// How a client learns that its turn is over
    #[arg(long, value_enum, default_value_t = Mode::Stream)]
    pub(crate) mode: Mode,
    /// Milliseconds between two questions in the modes that ask
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) poll_ms: u32,
    /// Sessions that a client talks to in turn
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=64))]
    pub(crate) sessions_per_client: u32,
    #[command(flatten)]
    pub(crate) probe: Probe,
}

impl Options {
    /// The name of a run: the kind, how the clients learn of their turns if not by a stream, and their number.
    pub(crate) fn name(&self, kind: &str) -> String {
        match self.mode {
            Mode::Stream => format!("{kind}.{}", self.clients),
            Mode::Poll => format!("{kind}.poll.{}", self.clients),
            Mode::Latest => format!("{kind}.latest.{}", self.clients),
        }
    }

    /// How the load is made, as a JSON object.
    pub(crate) fn parameters(&self, model: &str) -> Value {
        let Self { clients, seconds, mode, poll_ms, sessions_per_client, .. } = self;
        let mode = mode.name();
        json!({
            "clients": clients,
            "seconds": seconds,
            "mode": mode,
            "poll_ms": poll_ms,
            "sessions_per_client": sessions_per_client,
            "model": model,
        })
    }
}

/// Drives the load against sessions of `agent`. A turn that fails fails the benchmark.
pub(crate) async fn drive(agent: &Agent, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let mut clients = Vec::new();
    for _ in 0..options.clients {
        clients.push(Client::open(agent, options).await?);
    }
    // The first turn of a session is not like the others, and it warms up both sides.
    let clients = all(clients.into_iter().map(Client::warmed_up)).await?;

    let before = options.probe.read().await?;
    let start = now();
    let end = start + Duration::from_secs(options.seconds.into());
    let tallies = all(clients.into_iter().map(|client| client.work_until(end))).await?;
    let seconds = (now() - start).as_secs_f64();

    let mut turns = Vec::new();
    let mut first_deltas = Vec::new();
    for tally in tallies {
        turns.extend(tally.turns);
        first_deltas.extend(tally.first_deltas);
    }
    let count = turns.len();
    let mut figures = vec![Figure::new("per_second", count as f64 / seconds)];
    figures.extend(Latencies::new(turns).figures(""));
    figures.extend(Latencies::new(first_deltas).figures("first_delta_"));
    figures.extend(options.probe.figures(&before, "turn", count).await?);
    Ok(figures)
}

/// Runs the futures side by side; the first error ends all.
pub(crate) async fn all<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = anyhow::Result<T>> + Send + 'static>,
) -> anyhow::Result<Vec<T>> {
    let mut set: JoinSet<_> = futures.collect();
    let mut results = Vec::with_capacity(set.len());
    while let Some(result) = set.join_next().await {
        results.push(result??);
    }
    Ok(results)
}

/// What a client measured.
#[derive(Default)]
struct Tally {
    turns: Vec<Duration>,
    first_deltas: Vec<Duration>,
}

struct Client {
    connection: Connection,
    sessions: Vec<Session>,
}

impl Client {
    async fn open(agent: &Agent, options: &Options) -> anyhow::Result<Self> {
        let mut connection = Connection::open(&agent.target).await?;
        let mut sessions = Vec::new();
        for _ in 0..options.sessions_per_client {
            sessions.push(Session::open(agent, &mut connection, options).await?);
        }
        Ok(Self { connection, sessions })
    }

    async fn warmed_up(mut self) -> anyhow::Result<Self> {
        for session in &mut self.sessions {
            session.turn(&mut self.connection).await?;
        }
        Ok(self)
    }

    async fn work_until(mut self, end: Instant) -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        let count = self.sessions.len();
        for index in (0..count).cycle() {
            let start = now();
            if start >= end {
                break;
            }
            let seen = self.sessions[index].turn(&mut self.connection).await?;
            tally.turns.push(seen.completed - start);
            tally.first_deltas.extend(seen.first_delta.map(|at| at - start));
        }
        Ok(tally)
    }
}

/// A session and all that is needed for its turns.
pub(crate) struct Session {
    pub(crate) id: String,
    message: Request,
    watch: Watch,
}

impl Session {
    pub(crate) async fn open(agent: &Agent, connection: &mut Connection, options: &Options) -> anyhow::Result<Self> {
        let id = agent.session(connection).await?;
        let interval = Duration::from_millis(options.poll_ms.into());
        Ok(Self {
            message: agent.message_request(&id),
            watch: Watch::open(&agent.target, &id, options.mode, interval).await?,
            id,
        })
    }

    /// Posts a message and waits until its turn is over.
    pub(crate) async fn turn(&mut self, connection: &mut Connection) -> anyhow::Result<Seen> {
        let turn = async {
            let posted = connection.exchange(&self.message).await?;
            let input = events::sequence(posted).context("a message without a sequence")?;
            self.watch.turn(connection, input).await
        };
        timeout(TURN_TIME_MAX, turn).await.context("a turn takes too long")?
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn a_run_is_named_after_how_it_is_made() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let line = Line::parse_from(line.split(' '));
            assert_eq!(line.options.name("turns"), expected);
        }
        check("turns", "turns.64");
        check("turns --clients 1 --mode poll", "turns.poll.1");
        check("turns --mode latest", "turns.latest.64");
    }
}
