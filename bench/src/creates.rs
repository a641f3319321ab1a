//! `bench creates`: how many sessions can be made.

use std::time::{Duration, Instant};

use clap::{Args, value_parser};
use serde_json::json;

use crate::agent::Agent;
use crate::clock::now;
use crate::figure::Figure;
use crate::http::{Connection, Request};
use crate::latency::Latencies;
use crate::load::{CLIENTS_MAX, SECONDS_MAX, all};
use crate::probe::Probe;
use crate::report::Run;
use crate::target::Target;
use crate::turns;

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub(crate) url: Target,
    /// Clients at the same time
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(1..=CLIENTS_MAX))]
    pub(crate) clients: u32,
    /// How long to measure
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    pub(crate) seconds: u32,
    #[command(flatten)]
    pub(crate) probe: Probe,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { url, clients, seconds, probe } = options;
    let agent = Agent::create(url, "bench-creates", turns::MODEL, &[]).await?;
    let mut connections = Vec::new();
    for _ in 0..*clients {
        connections.push(Connection::open(url).await?);
    }
    let before = probe.read().await?;
    let start = now();
    let end = start + Duration::from_secs((*seconds).into());
    let work = |connection| exchange_until(end, connection, agent.session_request());
    let latencies = all(connections.into_iter().map(work)).await?.concat();
    let took = (now() - start).as_secs_f64();

    let count = latencies.len();
    let mut figures = vec![Figure::new("per_second", count as f64 / took)];
    figures.extend(Latencies::new(latencies).figures(""));
    figures.extend(probe.figures(&before, "create", count).await?);
    let parameters = json!({ "clients": clients, "seconds": seconds });
    Ok(Run { name: format!("creates.{clients}"), kind: "creates", parameters, figures })
}

/// Sends the same request again and again; returns what each answer took.
pub(crate) async fn exchange_until(
    end: Instant,
    mut connection: Connection,
    request: Request,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    loop {
        let start = now();
        if start >= end {
            return Ok(latencies);
        }
        connection.exchange(&request).await?;
        latencies.push(now() - start);
    }
}
