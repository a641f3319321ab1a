//! A server of its own for every test: a fresh database, a socket on loopback, and a runtime that can be cut off.

use std::collections::HashMap;
use std::sync::Arc;

use everruns_client::Client;
use everruns_core::{DEFAULT_ORG, OrgId};
use everruns_engine::{Engine, Source as _};
use everruns_llm::Models;
use everruns_server::{App, Auth};
use everruns_store::{DEFAULT_ORG_KEY, Durability, OpenError, Store};
use everruns_tools::Catalogue;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::capabilities::with_kit;
use crate::source::Ticks;

/// The second organization; the first one is the default.
pub(crate) const OTHER_ORG: OrgId = OrgId::from_u128(2);
/// The key of the default organization, where keys are asked for.
pub(crate) const KEY: &str = "evr_pat_one";
/// The key of the second organization.
pub(crate) const OTHER_KEY: &str = "evr_pat_two";

/// What an operator would choose.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) default_model: Option<&'static str>,
    /// Keys for two organizations, instead of taking anyone.
    pub(crate) keys: bool,
    pub(crate) local_only: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { default_model: Some("llmsim/default"), keys: false, local_only: true }
    }
}

/// A data directory, a clock, and the server that runs on them.
pub(crate) struct World {
    directory: TempDir,
    pub(crate) source: Arc<Ticks>,
    /// For raw requests.
    pub(crate) http: reqwest::Client,
    setup: Setup,
    running: Option<Running>,
}

struct Running {
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    engine: Engine,
    closing: CancellationToken,
    url: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl World {
    /// As `everruns dev` starts it.
    pub(crate) async fn dev() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (source, http) = (Arc::new(Ticks::new()), reqwest::Client::new());
        let mut world = Self { directory, source, http, setup, running: None };
        world.start().await;
        world
    }

    /// Starts the server on what is in the directory.
    pub(crate) async fn start(&mut self) {
        assert!(self.running.is_none(), "the server runs already");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (setup, source) = (self.setup.clone(), self.source.clone());
        let store = self.open().await;
        let closing = CancellationToken::new();
        let server = runtime.spawn(serve(store, source, setup, closing.clone()));
        let (engine, url) = server.await.expect("the server starts");
        self.running = Some(Running { runtime: Some(runtime), engine, closing, url });
    }

    /// Opens the database as soon as the former server has let it go.
    async fn open(&self) -> Store {
        loop {
            match Store::open_sqlite(self.directory.path(), Durability::ProcessCrash, self.source.now()) {
                Ok(store) => return store,
                Err(OpenError::Locked(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Cuts the server off where it stands, as a crash of the process does.
    pub(crate) fn crash(&mut self) {
        self.running = None;
    }

    /// Runs SQL on the database of a server that is down.
    pub(crate) async fn execute(&self, sql: &str) {
        assert!(self.running.is_none(), "the server runs");
        drop(self.open().await);
        let file = self.directory.path().join("everruns.db");
        rusqlite::Connection::open(file).expect("the database").execute_batch(sql).expect("valid SQL");
    }

    /// Stops the server as a signal does.
    pub(crate) async fn stop(&mut self) {
        let running = self.running.take().expect("the server runs");
        running.closing.cancel();
        let engine = running.engine.clone();
        let runtime = running.runtime.as_ref().expect("a runtime");
        runtime.spawn(async move { engine.shut_down().await }).await.expect("the engine stops");
    }

    /// Ends the open event streams, as a stop does first.
    pub(crate) fn close_streams(&self) {
        self.running().closing.cancel();
    }

    /// Where the server listens, such as `http://127.0.0.1:40123`.
    pub(crate) fn url(&self) -> &str {
        &self.running().url
    }

    /// The SDK, with the key of the default organization.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.url(), KEY).expect("a client")
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }
}

async fn serve(store: Store, source: Arc<Ticks>, setup: Setup, closing: CancellationToken) -> (Engine, String) {
    let now = source.now();
    let auth = if setup.keys {
        let known = store.organization_by_id(OTHER_ORG).await.expect("a lookup");
        let other = match known {
            Some(key) => key,
            None => store.create_organization(OTHER_ORG, now).await.expect("an organization"),
        };
        let one = (KEY.to_owned(), (DEFAULT_ORG, DEFAULT_ORG_KEY));
        Auth::Tokens(HashMap::from([one, (OTHER_KEY.to_owned(), (OTHER_ORG, other))]))
    } else {
        Auth::Anyone
    };
    let settings = everruns_engine::Settings { default_model: setup.default_model.map(str::to_owned) };
    let tools = with_kit(Catalogue::with_test_tools());
    let engine = Engine::new(Arc::new(store), Models::with_llmsim(), tools, source, settings);
    engine.start().await.expect("the engine starts");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let settings = everruns_server::Settings { local_only: setup.local_only, public_url: url.clone() };
    let app = App::new(engine.clone(), auth, settings, closing.clone());
    tokio::spawn(everruns_server::serve(listener, everruns_server::router(app), closing));
    (engine, url)
}
