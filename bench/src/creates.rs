//! `bench creates`: how many sessions can be made.

use std::time::{Duration, Instant};

use clap::{Args, value_parser};

use crate::agent::Agent;
use crate::clock::now;
use crate::figure::Figure;
use crate::http::{Connection, Request};
use crate::latency::Latencies;
use crate::load::{CLIENTS_MAX, SECONDS_MAX, all};
use crate::probe::Probe;
use crate::target::Target;
use crate::turns;

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    url: Target,
    /// Clients at the same time
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(1..=CLIENTS_MAX))]
    clients: u32,
    /// How long to measure
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    seconds: u32,
    #[command(flatten)]
    probe: Probe,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let Options { url, clients, .. } = options;
    let agent = Agent::create(url, "bench-creates", turns::MODEL, &[]).await?;
    let mut connections = Vec::new();
    for _ in 0..*clients {
        connections.push(Connection::open(url).await?);
    }
    let before = options.probe.read().await?;
    let start = now();
    let end = start + Duration::from_secs(options.seconds.into());
    let work = |connection| create_until(end, connection, agent.session_request());
    let latencies = all(connections.into_iter().map(work)).await?.concat();
    let seconds = (now() - start).as_secs_f64();

    let prefix = format!("creates.{clients}");
    let count = latencies.len();
    let rate = Figure::new(format!("{prefix}.per_second"), "1/s", count as f64 / seconds);
    let mut figures = vec![rate];
    figures.extend(Latencies::new(latencies).figures(&format!("{prefix}.")));
    let costs = options.probe.figures(&prefix, &before, "create", count);
    figures.extend(costs.await?);
    Ok(figures)
}

async fn create_until(end: Instant, mut connection: Connection, request: Request) -> anyhow::Result<Vec<Duration>> {
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
