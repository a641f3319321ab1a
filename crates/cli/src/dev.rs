//! `everruns dev`: a server for this machine alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use everruns_core::limits::SHUTDOWN_SECONDS_MAX;
use everruns_engine::{Engine, Source as _};
use everruns_llm::Models;
use everruns_server::{App, Auth};
use everruns_store::{Durability, Store};
use everruns_tools::Catalogue;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{log, system};

/// The model of sessions that name none.
const DEFAULT_MODEL: &str = "llmsim/default";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port on 127.0.0.1.
    #[arg(long, env = "EVERRUNS_PORT", default_value_t = 9000)]
    port: u16,
    /// Where the database lives; made if missing.
    #[arg(long, env = "EVERRUNS_DATA_DIR", default_value = ".everruns")]
    data_dir: PathBuf,
    /// Threads that serve requests and run turns; the default leaves a core to the database, but is 2 at least.
    #[arg(long, env = "EVERRUNS_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// How log lines look.
    #[arg(long, env = "EVERRUNS_LOG_FORMAT", value_enum, default_value = "human")]
    log_format: log::Format,
    /// What is logged: a level (`error`, `warn`, `info`, `debug`), or `target=level,…`.
    #[arg(long, env = "EVERRUNS_LOG", default_value = "info")]
    log: String,
    /// Also offer the tools that the project's own proofs use.
    #[arg(long, env = "EVERRUNS_TEST_TOOLS", hide = true)]
    test_tools: bool,
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    log::start(options.log_format, &options.log)?;
    let threads = match options.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism()?.get().saturating_sub(1).max(2),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: Options) -> anyhow::Result<()> {
    // The port first: a second server shall say so before it looks at any file.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {} is in use by another program; stop it, or choose another port with --port",
            options.port
        ),
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address}")),
    })?;
    let address = listener.local_addr()?;
    let source = Arc::new(system::System);
    let store = Store::open_sqlite(&options.data_dir, Durability::PowerFailure, source.now())?;
    let tools = if options.test_tools { Catalogue::with_test_tools() } else { Catalogue::built_in() };
    let settings = everruns_engine::Settings { default_model: Some(DEFAULT_MODEL.to_owned()) };
    let engine = Engine::new(Arc::new(store), Models::with_llmsim(), tools, source, settings);
    engine.start().await.context("cannot take up the unfinished turns")?;

    let closing = CancellationToken::new();
    let public_url = format!("http://localhost:{}", address.port());
    tracing::info!(url = public_url, data_dir = %options.data_dir.display(), "everruns is ready (dev mode: any key)");
    let settings = everruns_server::Settings { local_only: true, public_url };
    let app = App::new(engine.clone(), Auth::Anyone, settings, closing.clone());
    let server = tokio::spawn(everruns_server::serve(listener, everruns_server::router(app), closing.clone()));

    stop_signal().await?;
    tracing::info!("stopping: running turns are handed back at their next step");
    // Readers see the last steps and messages are still taken: the next start answers them.
    engine.shut_down().await;
    closing.cancel();
    // Open requests get as long again; then their connections are closed.
    match tokio::time::timeout(Duration::from_secs(SHUTDOWN_SECONDS_MAX), server).await {
        Ok(served) => served?,
        Err(_) => tracing::warn!("connections were still open"),
    }
    Ok(())
}

async fn stop_signal() -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
