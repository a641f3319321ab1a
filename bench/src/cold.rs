//! `bench cold`: from start to the first answer; size and memory of the binary.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::figure::{Figure, median};
use crate::latency::ms;
use crate::probe::mib;
use crate::process::rss_bytes;
use crate::server::Server;

const STARTS: usize = 5;
/// A server that nobody talks to has come to rest after this.
const REST: Duration = Duration::from_secs(2);

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    pub(crate) binary: PathBuf,
    /// Folder for its data; it is kept
    #[arg(long)]
    pub(crate) data_dir: PathBuf,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let Options { binary, data_dir } = options;
    let mut figures = Vec::new();
    // The first start makes the database, which is another thing than to open it.
    let is_new = !data_dir.exists();
    let first = Server::start(binary, data_dir).await?;
    if is_new {
        let value = ms(first.start_time);
        figures.push(Figure::new("cold.first_start_ms", "ms", value));
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
    figures.push(Figure::new("cold.start_ms", "ms", median(&starts)));
    figures.push(Figure::new("cold.idle_rss_mib", "MiB", mib(rss)));
    let size = std::fs::metadata(binary)?.len();
    figures.push(Figure::new("cold.binary_mib", "MiB", mib(size)));
    Ok(figures)
}
