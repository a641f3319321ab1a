//! The engine: the interpreter of turns. It claims sessions, folds their logs, asks the pure core what follows,
//! commits the answer and carries the effects out.
//!
//! Everything a turn is stands in the log, so there is no recovery code: a claimed session is loaded and stepped, be
//! it fresh, parked, handed over or left behind by a crash.

mod access;
mod book;
mod breaker;
mod cancel;
mod chain;
mod claimer;
mod commit;
mod contents;
mod context_report;
mod conversation;
mod definition;
mod deliver;
pub mod files;
mod fork;
mod generation;
mod hub;
pub mod images;
mod listing;
mod load;
mod model;
mod piece;
mod post;
mod preview;
mod remembered;
mod results;
mod runner;
mod secrets;
mod served;
mod settle;
mod show;
mod shown;
mod source;
mod tools;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use everruns_core::config::ErrorDisclosure;
use everruns_core::{SessionId, TurnId, limits};
use everruns_llm::{Models, Profiles};
use everruns_store::{OrgKey, SessionKey, Store};
use everruns_tools::Catalogue;
use everruns_vault::Vault;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use access::{AccessError, ProviderAccess};
pub use breaker::{Breaker, CircuitState};
pub use cancel::{Cancel, Cancelled};
pub use contents::Contents;
pub use context_report::{ContextPart, ContextReport, Section};
pub use definition::Definition;
pub use hub::{Page, Subscription, Tail};
pub use listing::{Cursor, Listing, Wanted};
pub use post::NewMessage;
pub use preview::Preview;
pub use results::SubmitError;
pub use secrets::{RewrapError, Rewrapped, SealError};
pub use served::{NotTold, Told};
pub use shown::{Events, Shown};
pub use source::Source;

/// What an operator decides.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The model of sessions that name none, if their organization has none either.
    pub default_model: Option<String>,
    /// How much errors tell, at most; a message may ask for less.
    pub error_disclosure: ErrorDisclosure,
    /// What seals secrets; without it none are stored.
    pub vault: Option<Arc<Vault>>,
    /// Keys that came with the process: each is a built-in provider of every organization. They are stored nowhere.
    pub environment: Vec<Arc<ProviderAccess>>,
    /// What is known about models.
    pub profiles: Profiles,
}

/// What goes wrong when somebody asks something of a session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such session for this organization.
    #[error("there is no such session")]
    NotFound,
    /// The session's last event is not the one that the caller expected.
    #[error("the session's last event is {last_sequence}")]
    SequenceConflict {
        /// The last event.
        last_sequence: i64,
    },
    /// A turn runs, and the message was not to disturb it.
    #[error("a turn is running: {0}")]
    TurnRunning(TurnId),
    /// As many messages are queued as may be.
    #[error("{0} messages are queued already")]
    QueueFull(usize),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] everruns_store::Error),
}

/// A running engine. Clones are handles of the same one.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<Store>,
    models: Models,
    tools: Catalogue,
    source: Arc<dyn Source>,
    settings: Settings,
    /// Who we are in the claims of this process.
    holder: Arc<str>,
    definitions: definition::Definitions,
    books: book::Books,
    breakers: breaker::Breakers,
    accesses: access::Accesses,
    conversations: conversation::Conversations,
    hub: Arc<hub::Hub>,
    /// The turns this process runs: the fence of each claim, and how the turn is stopped.
    running: Mutex<Running>,
    runs: Runs,
    /// Fences of the latest cancels: a claim that is older and still on its way from the database is void.
    stopped: Mutex<HashMap<SessionKey, i64>>,
    /// Who changes a workspace waits here for others.
    file_locks: files::Locks,
    /// Who makes an image small has one of these.
    thumbnails: Arc<Semaphore>,
    tasks: TaskTracker,
    /// No new turns; those that run hand back at their next step.
    draining: CancellationToken,
    /// Running turns hand back now.
    stopping: CancellationToken,
    runnable: Notify,
    /// Nothing is claimed before what an earlier process held is let go: that would be let go with it.
    taken_up: AtomicBool,
    /// Sessions may have been claimed without our knowing.
    claims_in_doubt: AtomicBool,
}

/// How many turns this process runs for each organization, and how many it ever took up.
#[derive(Default)]
struct Runs {
    by_org: Mutex<HashMap<OrgKey, usize>>,
    total: AtomicU64,
}

type Running = HashMap<SessionKey, (i64, CancellationToken)>;

impl Engine {
    /// Puts an engine together; it runs nothing yet.
    pub fn new(
        store: Arc<Store>,
        models: Models,
        tools: Catalogue,
        source: Arc<dyn Source>,
        settings: Settings,
    ) -> Self {
        let holder = format!("node_{}", source.uuid().simple()).into();
        let inner = Inner {
            store,
            models,
            tools,
            source,
            settings,
            holder,
            definitions: definition::Definitions::default(),
            books: book::Books::default(),
            breakers: breaker::Breakers::default(),
            accesses: access::Accesses::default(),
            conversations: conversation::Conversations::default(),
            hub: Arc::default(),
            running: Mutex::default(),
            runs: Runs::default(),
            stopped: Mutex::default(),
            file_locks: files::Locks::default(),
            thumbnails: Arc::new(Semaphore::new(limits::THUMBNAILS_MAX)),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            runnable: Notify::new(),
            taken_up: AtomicBool::new(false),
            claims_in_doubt: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes up every unfinished turn and from now on every session that becomes due. For the embedded database, which
    /// no other process uses: whoever held a session before is gone. On a full disk the turns wait until there is room;
    /// meanwhile everything can be read.
    pub async fn start(&self) -> Result<(), Error> {
        match self.inner.take_up().await {
            Err(everruns_store::Error::Full) => tracing::error!("the disk is full: unfinished turns wait for room"),
            taken_up => taken_up?,
        }
        self.inner.tasks.spawn(claimer::run(self.inner.clone()));
        Ok(())
    }

    /// Hands running turns back at their next step, after a while at once, and returns when all are handed back.
    pub async fn shut_down(&self) {
        self.inner.draining.cancel();
        self.inner.tasks.close();
        let grace = Duration::from_secs(limits::SHUTDOWN_SECONDS_MAX);
        if tokio::time::timeout(grace, self.inner.tasks.wait()).await.is_err() {
            self.inner.stopping.cancel();
            self.inner.tasks.wait().await;
        }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Time and ids.
    pub fn source(&self) -> &dyn Source {
        &*self.inner.source
    }

    /// The capabilities that agents can switch on.
    pub fn tools(&self) -> &Catalogue {
        &self.inner.tools
    }

    /// Turns that this process runs right now.
    pub fn running_turns(&self) -> usize {
        self.inner.running().len()
    }

    /// Turns of one organization that this process runs right now.
    pub fn running_turns_of(&self, org: OrgKey) -> usize {
        lock(&self.inner.runs.by_org).get(&org).copied().unwrap_or(0)
    }

    /// Whether this process runs a turn of that session.
    pub async fn runs_turn_of(&self, org: OrgKey, id: SessionId) -> Result<bool, Error> {
        let definition = self.inner.definition(org, id).await?;
        Ok(self.inner.running().contains_key(&definition.key))
    }

    /// How often this process took a turn up since its start.
    pub fn turn_runs(&self) -> u64 {
        self.inner.runs.total.load(Ordering::Relaxed)
    }
}

impl Inner {
    fn running(&self) -> MutexGuard<'_, Running> {
        lock(&self.running)
    }

    /// Lets go of every session that an earlier process held, once.
    async fn take_up(&self) -> Result<(), everruns_store::Error> {
        if !self.taken_up.load(Ordering::Acquire) {
            let released = self.store.release_holder(None, self.source.now()).await?;
            self.taken_up.store(true, Ordering::Release);
            if released > 0 {
                tracing::info!(sessions = released, "taking up unfinished turns");
            }
        }
        Ok(())
    }

    fn has_capacity(&self) -> bool {
        !self.draining.is_cancelled()
            && self.taken_up.load(Ordering::Acquire)
            && self.running().len() < limits::TURNS_RUNNING_MAX
    }
}

/// Locks a mutex whose data stays whole even if a holder panicked: every critical section here is a plain update.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
