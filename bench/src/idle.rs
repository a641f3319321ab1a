//! `bench idle`: what an open event stream costs when nothing happens on it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, value_parser};
use serde_json::json;

use crate::agent::Agent;
use crate::figure::Figure;
use crate::probe::mb;
use crate::process::{rss_bytes, socket_bytes};
use crate::report::Run;
use crate::stream::Stream;
use crate::target::Target;
use crate::{open_files, turns};

/// The server's memory is read when it had this long to come to rest.
const REST: Duration = Duration::from_secs(1);
const STREAMS_MAX: i64 = 20_000;

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub(crate) url: Target,
    /// Streams to open; the limit of open files must allow them
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u32).range(1..=STREAMS_MAX))]
    pub(crate) streams: u32,
    /// Sessions that share the streams; as many as there are streams if you do not say
    #[arg(long, value_parser = value_parser!(u32).range(1..=STREAMS_MAX))]
    pub(crate) sessions: Option<u32>,
    /// Process id of the server
    #[arg(long)]
    pub(crate) pid: u32,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { url, streams, sessions, pid } = options;
    let count = sessions.unwrap_or(*streams).min(*streams);
    open_files::allow(*streams)?;
    let agent = Agent::create(url, "bench-idle", turns::MODEL, &[]).await?;
    let ids = agent.sessions(count).await?;
    ensure!(ids.len() == count as usize, "{} sessions were made", ids.len());
    tokio::time::sleep(REST).await;
    let (before, sockets_before) = (rss_bytes(*pid)?, socket_bytes());
    let mut open = Vec::new();
    for session in ids.iter().cycle().take(*streams as usize) {
        let stream = Stream::open(url, session, "").await;
        open.push(stream.with_context(|| format!("{} streams are open", open.len()))?);
    }
    tokio::time::sleep(REST).await;
    let (after, sockets_after) = (rss_bytes(*pid)?, socket_bytes());
    let each = |grown: u64| grown as f64 / f64::from(*streams);
    let mut figures =
        vec![Figure::new("bytes_per_stream", each(after.saturating_sub(before))), Figure::new("rss_mb", mb(after))];
    if let (Some(before), Some(after)) = (sockets_before, sockets_after) {
        // Pages of buffers, without the kernel's own records; both ends are on this machine.
        figures.push(Figure::new("socket_buffer_bytes_per_stream", each(after.saturating_sub(before)) / 2.0));
    }
    let name = match count {
        _ if count == *streams => format!("idle.{streams}"),
        _ => format!("idle.{streams}_on_{count}"),
    };
    Ok(Run { name, kind: "idle", parameters: json!({ "streams": streams, "sessions": count }), figures })
}
