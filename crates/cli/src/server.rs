//! The life of a server: what `dev` and `serve` have in common.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use everruns_core::config::ErrorDisclosure;
use everruns_core::limits::SHUTDOWN_SECONDS_MAX;
use everruns_engine::{Engine, Source};
use everruns_server::{App, Auth, Limits};
use everruns_store::Alone;
use everruns_tools::Catalogue;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::place::Place;
use crate::way_out::WayOutOptions;
use crate::{descriptors, log, master_key, operator, profiles, provider_keys, system};

/// Options of every server.
#[derive(clap::Args)]
pub(crate) struct ServerOptions {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    master_key: master_key::MasterKeyOptions,
    #[command(flatten)]
    way_out: WayOutOptions,
    /// Threads that serve requests and run turns; the default leaves a core to the database, but is 2 at least.
    #[arg(long, env = "EVERRUNS_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// How log lines look.
    #[arg(long, env = "EVERRUNS_LOG_FORMAT", value_enum, default_value = "human")]
    log_format: log::Format,
    /// What is logged: a level (`error`, `warn`, `info`, `debug`), or `target=level,…`.
    #[arg(long, env = "EVERRUNS_LOG", default_value = "info")]
    log: String,
    /// How much errors tell those who read events, at most: `generic`, `standard` (a code and a sentence) or `detailed`
    /// (the provider's own words as well). A message may ask for less.
    #[arg(long, env = "EVERRUNS_ERROR_DISCLOSURE", default_value = "standard", value_parser = error_disclosure)]
    error_disclosure: ErrorDisclosure,
    /// What is known about models and their prices, in place of what comes with the server; see
    /// `everruns models refresh-profiles`.
    #[arg(long, env = "EVERRUNS_PROFILES", value_name = "FILE")]
    profiles: Option<PathBuf>,
    /// Also offer the tools that the project's own proofs use.
    #[arg(long, env = "EVERRUNS_TEST_TOOLS", hide = true)]
    test_tools: bool,
}

fn error_disclosure(word: &str) -> Result<ErrorDisclosure, String> {
    ErrorDisclosure::parse(word).ok_or_else(|| "must be `generic`, `standard` or `detailed`".to_owned())
}

/// What `dev` and `serve` decide each for itself.
pub(crate) struct Plan {
    /// Where to listen.
    pub(crate) address: SocketAddr,
    /// The option that changes it.
    pub(crate) address_option: &'static str,
    pub(crate) auth: Auth,
    pub(crate) limits: Limits,
    pub(crate) default_model: Option<String>,
    /// Whether keys of the environment are used, for every organization.
    pub(crate) provider_keys: bool,
    /// Where people reach the server; absent: at its address.
    pub(crate) public_url: Option<String>,
}

pub(crate) fn run(options: ServerOptions, plan: Plan) -> anyhow::Result<()> {
    log::start(options.log_format, &options.log)?;
    descriptors::raise();
    let threads = match options.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism()?.get().saturating_sub(1).max(2),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(live(options, plan))
}

async fn live(options: ServerOptions, plan: Plan) -> anyhow::Result<()> {
    // The port first: a second server shall say so before it looks at any file.
    let listener = listen(&plan).await?;
    let address = listener.local_addr()?;
    let source = Arc::new(system::System);
    let place = &options.place;
    let mut alone = place.alone().await?;
    let store = place.open(source.now()).await?;
    if plan.auth == Auth::Keys && !address.ip().is_loopback() && !store.has_keys(source.now()).await? {
        anyhow::bail!(
            "there is no key yet in {}, so nobody could use a server that {address} opens to other machines; make one \
             with `everruns keys create` and the same --data-dir or --database-url, or bind 127.0.0.1",
            place.shown()
        );
    }
    let tools = if options.test_tools { Catalogue::with_test_tools() } else { Catalogue::built_in() };
    let vault = match plan.auth {
        Auth::Anyone => Some(options.master_key.vault_of_dev(place.directory(), &*source)?),
        Auth::Keys | Auth::Operator => options.master_key.vault()?,
    };
    let environment = if plan.provider_keys {
        let (given, lacking) = provider_keys::of_environment();
        lacking.iter().for_each(|text| tracing::warn!("{text}"));
        if !given.is_empty() {
            let types: Vec<&str> = given.iter().map(|access| access.provider_type.as_str()).collect();
            tracing::info!(providers = types.join(", "), "keys of the environment serve every organization");
        }
        given
    } else {
        Vec::new()
    };
    let settings = everruns_engine::Settings {
        default_model: plan.default_model,
        error_disclosure: options.error_disclosure,
        vault,
        environment,
        profiles: profiles::of_server(options.profiles.as_deref(), place.directory())?,
    };
    let source: Arc<dyn Source> = source;
    let models = options.way_out.models(plan.auth == Auth::Anyone, &source)?;
    let engine = Engine::new(Arc::new(store), models, tools, source, settings);
    engine.start().await.context("cannot take up the unfinished turns")?;
    engine.look_at_secrets().await.context("cannot look at the stored secrets")?;
    engine.sweep_logs();
    engine.sweep_blobs();

    let closing = CancellationToken::new();
    let public_url = plan.public_url.unwrap_or_else(|| match address.ip().is_loopback() {
        true => format!("http://localhost:{}", address.port()),
        false => format!("http://{address}"),
    });
    let settings = everruns_server::Settings {
        local_only: plan.auth == Auth::Anyone,
        public_url: public_url.clone(),
        limits: plan.limits,
    };
    let app = App::new(engine.clone(), plan.auth, settings, closing.clone());
    let operator = operator::listen(place.directory());
    if let Some(listener) = operator {
        tokio::spawn(everruns_server::serve_operator(listener, &app, closing.clone()));
    }
    let server = tokio::spawn(everruns_server::serve(listener, everruns_server::router(app), closing.clone()));
    let keys = if plan.auth == Auth::Keys { "keys" } else { "dev mode: any key" };
    tracing::info!(url = public_url, %address, data = place.shown(), "everruns is ready ({keys})");

    tokio::select! {
        stopped = stop_signal() => stopped?,
        // What runs is fenced off by whoever comes next, so nothing is lost by ending at once.
        reason = lost(&mut alone) => anyhow::bail!("the database no longer keeps other servers out ({reason}); start again"),
    }
    tracing::info!("stopping: running turns are handed back at their next step");
    // Readers see the last steps and messages are still taken: the next start answers them.
    engine.shut_down().await;
    closing.cancel();
    operator::remove(place.directory());
    // Open requests get as long again; then their connections are closed.
    match tokio::time::timeout(Duration::from_secs(SHUTDOWN_SECONDS_MAX), server).await {
        Ok(served) => served?,
        Err(_) => tracing::warn!("connections were still open"),
    }
    Ok(())
}

async fn listen(plan: &Plan) -> anyhow::Result<TcpListener> {
    let Plan { address, address_option, .. } = plan;
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {} is in use by another program; stop it, or choose another port with {address_option}",
            address.port()
        ),
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address}")),
    })
}

/// Waits until the right to the database is lost; for ever, where there is none to lose.
async fn lost(alone: &mut Option<Alone>) -> String {
    match alone {
        Some(alone) => alone.lost().await,
        None => std::future::pending().await,
    }
}

async fn stop_signal() -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
