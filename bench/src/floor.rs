//! `bench floor`: the same load against a server that does nothing, to tell what the load generator itself can do.

use clap::{Args, value_parser};

use crate::agent::Agent;
use crate::canned::Canned;
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
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
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
