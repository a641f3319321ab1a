//! `bench cold`: from start to the first answer; size and memory of the binary.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use serde_json::json;

use crate::agent::Agent;
use crate::clock::now;
use crate::figure::{Figure, median};
use crate::latency::ms;
use crate::probe::mb;
use crate::process::rss_bytes;
use crate::report::Run;
use crate::server::Server;
use crate::turns;

const STARTS: usize = 5;
/// A server that nobody talks to has come to rest after this.
const REST: Duration = Duration::from_secs(2);
const SESSIONS_MAX: i64 = 1_000_000;

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    pub(crate) binary: PathBuf,
    /// Folder for its data; it is kept
    #[arg(long)]
    pub(crate) data_dir: PathBuf,
    /// Sessions to put into the database first
    #[arg(long, default_value_t = 0, value_parser = value_parser!(u32).range(..=SESSIONS_MAX))]
    pub(crate) sessions: u32,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { binary, data_dir, sessions } = options;
    let mut figures = Vec::new();
    // The first start makes the database, which is another thing than to open it.
    let is_new = !data_dir.exists();
    let first = Server::start(binary, data_dir).await?;
    if is_new {
        figures.push(Figure::new("first_start_ms", ms(first.start_time)));
    }
    if *sessions > 0 {
        let agent = Agent::create(&first.target, "bench-cold", turns::MODEL, &[]).await?;
        let start = now();
        agent.sessions(*sessions).await?;
        figures.push(Figure::new("fill_seconds", (now() - start).as_secs_f64()));
    }
    drop(first);
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(binary, data_dir).await?;
        starts.push(ms(server.start_time));
    }
    let server = Server::start(binary, data_dir).await?;
    tokio::time::sleep(REST).await;
    let rss = rss_bytes(server.pid())?;
    figures.push(Figure::new("start_ms", median(&starts)));
    figures.push(Figure::new("start_max_ms", starts.iter().copied().fold(0.0, f64::max)));
    figures.push(Figure::new("idle_rss_mb", mb(rss)));
    figures.push(Figure::new("binary_mb", mb(std::fs::metadata(binary)?.len())));
    let parameters = json!({ "sessions": sessions, "starts": STARTS });
    Ok(Run { name: format!("cold.{sessions}"), kind: "cold", parameters, figures })
}
