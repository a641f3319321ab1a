//! What every handler can reach.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use everruns_engine::Engine;
use tokio_util::sync::CancellationToken;

use crate::auth::Auth;
use crate::keys::Memory;
use crate::policy::Policy;

/// What an operator decides.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Only programs on this machine may call: `Host` and `Origin` are checked, so that no web page can.
    pub local_only: bool,
    /// Where people reach the server, such as `http://localhost:9000`; for links.
    pub public_url: String,
}

/// The server's state. Clones share it.
#[derive(Clone)]
pub struct App {
    pub(crate) engine: Engine,
    pub(crate) auth: Auth,
    pub(crate) keys: Arc<Memory>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) streams: Arc<AtomicUsize>,
    /// Ends the open streams, which would hold a shutdown up for ever.
    pub(crate) closing: CancellationToken,
}

impl App {
    /// Puts the state together. Cancel `closing` to end open streams.
    pub fn new(engine: Engine, auth: Auth, settings: Settings, closing: CancellationToken) -> Self {
        Self {
            engine,
            auth,
            keys: Arc::default(),
            policy: Arc::new(Policy::of(&crate::v1().1)),
            settings: Arc::new(settings),
            streams: Arc::default(),
            closing,
        }
    }

    /// The same server, for the operator.
    pub fn for_operator(&self) -> Self {
        let settings = Settings { local_only: false, ..(*self.settings).clone() };
        Self { auth: Auth::Operator, settings: Arc::new(settings), ..self.clone() }
    }
}
