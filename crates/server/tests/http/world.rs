//! A server of its own for every test: a fresh database, a socket on loopback, and a runtime that can be cut off.

use std::sync::Arc;

use everruns_client::Client;
use everruns_core::config::ErrorDisclosure;
use everruns_core::{DEFAULT_PRINCIPAL, KeyId, OrgId, PrincipalId, Role, Timestamp};
use everruns_egress::{Gate, Policy};
use everruns_engine::{Engine, ProviderAccess, Source as _};
use everruns_llm::{Clock, Clocks, Models};
use everruns_server::{App, Auth, Limits};
use everruns_store::{ApiKey, DEFAULT_ORG_KEY, Durability, OpenError, OrgKey, Store};
use everruns_tools::Catalogue;
use everruns_vault::{MasterKey, Vault};
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
    /// How much errors tell, at most.
    pub(crate) error_disclosure: ErrorDisclosure,
    /// Keys for two organizations, instead of taking anyone.
    pub(crate) keys: bool,
    pub(crate) local_only: bool,
    pub(crate) limits: Limits,
    /// Whether secrets can be sealed.
    pub(crate) master_key: bool,
    /// Where providers are asked over the network; `None`: nowhere.
    pub(crate) vendors: Option<Policy>,
    /// Keys that came with the process.
    pub(crate) environment: Vec<Arc<ProviderAccess>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            default_model: Some("llmsim/default"),
            error_disclosure: ErrorDisclosure::Standard,
            keys: false,
            local_only: true,
            limits: Limits::default(),
            master_key: true,
            environment: Vec::new(),
            vendors: None,
        }
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
        // Where the whole workspace is built, reqwest wants the cryptography of its TLS named.
        let _ = rustls::crypto::ring::default_provider().install_default();
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

    /// The files of a server that is down, with what is in them.
    pub(crate) async fn files(&self) -> Vec<(String, Vec<u8>)> {
        assert!(self.running.is_none(), "the server runs");
        drop(self.open().await);
        let files = std::fs::read_dir(self.directory.path()).expect("a directory").map(|file| file.expect("a file"));
        let files = files.filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()));
        let read = |file: std::fs::DirEntry| (file.path().display().to_string(), std::fs::read(file.path()));
        files.map(read).map(|(name, bytes)| (name, bytes.expect("a file that can be read"))).collect()
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

    /// The database of the running server, for what another process would do to it.
    pub(crate) fn store(&self) -> &Store {
        self.running().engine.store()
    }

    /// The SDK, with the key of the default organization.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.url(), KEY).expect("a client")
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }
}

/// The key of a member of the default organization with this role.
pub(crate) fn key_of(role: Role) -> String {
    format!("evr_pat_{}", role.as_str())
}

/// Makes a member of `org` that has this key.
async fn hold_key(store: &Store, org: OrgKey, secret: &str, role: Role, at: Timestamp) {
    let number = secret.bytes().fold(0, |number, byte| number << 8 ^ number >> 97 ^ u128::from(byte));
    let key = ApiKey {
        id: KeyId::from_u128(number),
        principal: PrincipalId::from_u128(number),
        org: Some(org),
        name: secret.to_owned(),
        hint: "evr_pat_…".to_owned(),
        created_by: DEFAULT_PRINCIPAL,
        created_at: at,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    };
    store.create_key_with_principal(&key, &everruns_server::hash_of_key(secret), role).await.expect("a key");
}

async fn serve(store: Store, source: Arc<Ticks>, setup: Setup, closing: CancellationToken) -> (Engine, String) {
    let now = source.now();
    let auth = if setup.keys {
        let known = store.organization_by_id(OTHER_ORG).await.expect("a lookup");
        let other = match known {
            Some(key) => key,
            None => store.create_organization(OTHER_ORG, now).await.expect("an organization"),
        };
        if known.is_none() {
            hold_key(&store, DEFAULT_ORG_KEY, KEY, Role::Owner, now).await;
            hold_key(&store, other, OTHER_KEY, Role::Owner, now).await;
            for role in Role::ALL {
                hold_key(&store, DEFAULT_ORG_KEY, &key_of(role), role, now).await;
            }
        }
        Auth::Keys
    } else {
        Auth::Anyone
    };
    let vault = setup.master_key.then(|| Arc::new(Vault::new(MasterKey::new([7; 32]))));
    let default_model = setup.default_model.map(str::to_owned);
    let settings = everruns_engine::Settings {
        default_model,
        error_disclosure: setup.error_disclosure,
        vault,
        environment: setup.environment,
        ..everruns_engine::Settings::default()
    };
    let tools = with_kit(Catalogue::with_test_tools());
    let models = setup.vendors.map_or_else(Models::with_llmsim, |policy| vendors(policy, &source));
    let engine = Engine::new(Arc::new(store), models, tools, source, settings);
    engine.start().await.expect("the engine starts");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let settings =
        everruns_server::Settings { local_only: setup.local_only, public_url: url.clone(), limits: setup.limits };
    let app = App::new(engine.clone(), auth, settings, closing.clone());
    tokio::spawn(everruns_server::serve(listener, everruns_server::router(app), closing));
    (engine, url)
}

fn vendors(policy: Policy, source: &Arc<Ticks>) -> Models {
    let gate = Gate::new(policy).expect("a client");
    let source = source.clone();
    Models::with_vendors(&gate, &(Arc::new(move || source.now()) as Clock), Clocks::default())
}
