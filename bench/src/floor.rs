//! `bench floor`: the same load against a server that does nothing, to tell what the load generator itself can do.

use clap::{Args, value_parser};

use crate::agent::Agent;
use crate::canned::Canned;
use crate::fanout;
use crate::load::{self, CLIENTS_MAX, SECONDS_MAX};
use crate::probe::Probe;
use crate::report::Run;
use crate::watch::Mode;

#[derive(Args)]
pub(crate) struct Options {
    /// Clients at the same time
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(1..=CLIENTS_MAX))]
    pub(crate) clients: u32,
    /// How long to measure
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    pub(crate) seconds: u32,
    /// Readers of one event instead of clients
    #[arg(long, conflicts_with = "clients", value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) readers: Option<u32>,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    if let Some(readers) = options.readers {
        return measure_readers(readers, options.seconds).await;
    }
    let server = Canned::start()?;
    let load = load::Options {
        url: server.target.clone(),
        clients: options.clients,
        seconds: options.seconds,
        mode: Mode::Stream,
        poll_ms: 0,
        sessions_per_client: 1,
        probe: Probe { thread: Some(server.thread.clone()), ..Probe::default() },
    };
    let agent = Agent::create(&load.url, "bench-floor", "none", &[]).await?;
    let figures = load::drive(&agent, &load).await?;
    Ok(Run { name: load.name("floor"), kind: "floor", parameters: load.parameters("none"), figures })
}

/// Readers of one event, as `bench fanout --one-event` has them.
async fn measure_readers(readers: u32, seconds: u32) -> anyhow::Result<Run> {
    let server = Canned::start()?;
    let probe = Probe { thread: Some(server.thread.clone()), ..Probe::default() };
    let url = server.target.clone();
    let run = fanout::measure(&fanout::Options { url, readers, one_event: true, seconds, probe }).await?;
    Ok(Run { name: format!("floor.{}", run.name), kind: "floor", ..run })
}
