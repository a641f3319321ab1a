//! What every handler can reach.

use std::sync::Arc;

use everruns_core::limits::{
    AGENTS_PER_ORG_MAX, HARNESSES_PER_ORG_MAX, IMAGE_UPLOADS_MAX, REQUESTS_PER_MINUTE_DEFAULT, SESSIONS_PER_ORG_MAX,
    STREAMS_PER_ORG_MAX, STREAMS_PER_SESSION_MAX, TURNS_PER_ORG_DEFAULT,
};
use everruns_engine::Engine;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::Auth;
use crate::keys::Memory;
use crate::metrics::Metrics;
use crate::named::Reserved;
use crate::policy::Policy;
use crate::rate::Rate;
use crate::room::Room;
use crate::streams::Streams;

/// What an operator decides.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Only programs on this machine may call: `Host` and `Origin` are checked, so that no web page can.
    pub local_only: bool,
    /// Where people reach the server, such as `http://localhost:9000`; for links.
    pub public_url: String,
    /// How much callers may ask for.
    pub limits: Limits,
}

/// How much callers may ask for. By default as much as the process can.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests of one key in a minute; none: as many as it likes.
    pub requests_per_minute: Option<u32>,
    /// Turns of one organization that run at the same time.
    pub turns_per_org: usize,
    /// Open event streams of one organization.
    pub streams_per_org: usize,
    /// Open event streams on one session.
    pub streams_per_session: usize,
    /// Agents of one organization; none: as many as there is room for.
    pub agents_per_org: Option<i64>,
    /// Harnesses of one organization.
    pub harnesses_per_org: Option<i64>,
    /// Sessions of one organization.
    pub sessions_per_org: Option<i64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: None,
            turns_per_org: usize::MAX,
            streams_per_org: usize::MAX,
            streams_per_session: usize::MAX,
            agents_per_org: None,
            harnesses_per_org: None,
            sessions_per_org: None,
        }
    }
}

impl Limits {
    /// Where keys are asked for.
    pub fn for_keys() -> Self {
        Self {
            requests_per_minute: Some(REQUESTS_PER_MINUTE_DEFAULT),
            turns_per_org: TURNS_PER_ORG_DEFAULT,
            streams_per_org: STREAMS_PER_ORG_MAX,
            streams_per_session: STREAMS_PER_SESSION_MAX,
            agents_per_org: Some(AGENTS_PER_ORG_MAX),
            harnesses_per_org: Some(HARNESSES_PER_ORG_MAX),
            sessions_per_org: Some(SESSIONS_PER_ORG_MAX),
        }
    }
}

/// The server's state. Clones share it.
#[derive(Clone)]
pub struct App {
    pub(crate) engine: Engine,
    pub(crate) auth: Auth,
    pub(crate) keys: Arc<Memory>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) reserved: Arc<Reserved>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) rate: Arc<Rate>,
    pub(crate) room: Arc<Room>,
    /// Who takes an image in has one of these.
    pub(crate) uploads: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    /// Ends the open streams, which would hold a shutdown up for ever.
    pub(crate) closing: CancellationToken,
}

impl App {
    /// Puts the state together. Cancel `closing` to end open streams.
    pub fn new(engine: Engine, auth: Auth, settings: Settings, closing: CancellationToken) -> Self {
        let document = crate::v1().1;
        let policy = Policy::of(&document);
        Self {
            engine,
            auth,
            keys: Arc::default(),
            metrics: Arc::new(Metrics::of(policy.operations())),
            policy: Arc::new(policy),
            reserved: Arc::new(Reserved::of(&document)),
            rate: Arc::default(),
            room: Arc::default(),
            uploads: Arc::new(Semaphore::new(IMAGE_UPLOADS_MAX)),
            settings: Arc::new(settings),
            streams: Arc::default(),
            closing,
        }
    }

    /// The same server, for the operator.
    pub fn for_operator(&self) -> Self {
        let settings = Settings { local_only: false, limits: Limits::default(), ..(*self.settings).clone() };
        Self { auth: Auth::Operator, settings: Arc::new(settings), ..self.clone() }
    }
}
