//! The standard set: every figure that docs/benchmarks.md shows, on servers started for it.

use std::path::{Path, PathBuf};

use clap::{Args, value_parser};

use crate::data_folder::DataFolder;
use crate::figure::Figure;
use crate::load::{self, SECONDS_MAX};
use crate::probe::Probe;
use crate::server::Server;
use crate::target::Target;
use crate::watch::Mode;
use crate::{cold, disk, idle, tools, turns};

const IDLE_STREAMS: u32 = 500;

/// How thoroughly, and where.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Options {
    /// Runs; medians are reported
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u8).range(1..=9))]
    pub(crate) repeat: u8,
    /// Seconds per load
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    seconds: u32,
    /// Folder for the servers' data, on the disk to measure
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Path of the server's counters, such as /metrics: reports their difference per turn
    #[arg(long)]
    counters_path: Option<String>,
}

/// Measures everything once. `number` tells the runs of this process apart.
pub(crate) async fn measure(binary: &Path, options: &Options, number: usize) -> anyhow::Result<Vec<Figure>> {
    let folder = DataFolder::create(&options.folder, number)?;
    let mut figures = disk::measure(folder.path())?;
    let cold = cold::Options { binary: binary.to_owned(), data_dir: folder.path().join("cold") };
    figures.extend(cold::measure(&cold).await?);

    let server = Server::start(binary, &folder.path().join("load")).await?;
    let load = |clients| load::Options {
        url: server.target.clone(),
        clients,
        seconds: options.seconds,
        mode: Mode::Stream,
        poll_ms: 10,
        sessions_per_client: 1,
        probe: Probe {
            pid: Some(server.pid()),
            counters_url: options
                .counters_path
                .as_ref()
                .map(|path| Target { path: path.clone(), ..server.target.clone() }),
        },
    };
    let idle = idle::Options { url: server.target.clone(), streams: IDLE_STREAMS, pid: server.pid() };
    // First, while the server's memory is not yet shaped by load.
    figures.extend(idle::measure(&idle).await?);
    for clients in [1, 64] {
        let turns = turns::Options { load: load(clients), model: turns::MODEL.to_owned() };
        figures.extend(turns::measure(&turns).await?);
    }
    let tools = tools::Options { load: load(64) };
    figures.extend(tools::measure(&tools).await?);
    Ok(figures)
}
