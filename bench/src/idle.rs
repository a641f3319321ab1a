//! `bench idle`: what an open event stream costs when nothing happens on it.

use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, value_parser};

use crate::agent::Agent;
use crate::figure::Figure;
use crate::http::Connection;
use crate::process::rss_bytes;
use crate::target::Target;
use crate::turns;
use crate::watch::Stream;

/// The server's memory is read when it had this long to come to rest.
const REST: Duration = Duration::from_secs(1);
const STREAMS_MAX: i64 = 10_000;

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub(crate) url: Target,
    /// Streams to open, each on a session of its own; the limit of open files must allow them
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u32).range(1..=STREAMS_MAX))]
    pub(crate) streams: u32,
    /// Process id of the server
    #[arg(long)]
    pub(crate) pid: u32,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let Options { url, streams, pid } = options;
    let agent = Agent::create(url, "bench-idle", turns::MODEL, &[]).await?;
    let mut connection = Connection::open(url).await?;
    let mut sessions = Vec::new();
    for _ in 0..*streams {
        sessions.push(agent.session(&mut connection).await?);
    }
    tokio::time::sleep(REST).await;
    let before = rss_bytes(*pid)?;
    let mut open = Vec::new();
    for session in &sessions {
        let stream = Stream::open(url, session).await;
        open.push(stream.with_context(|| format!("{} streams are open", open.len()))?);
    }
    tokio::time::sleep(REST).await;
    let grown = rss_bytes(*pid)?.saturating_sub(before);
    let bytes = grown as f64 / f64::from(*streams);
    let name = format!("idle.{streams}.bytes_per_stream");
    Ok(vec![Figure::new(name, "B", bytes)])
}
