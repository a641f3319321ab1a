//! The runner: holds one claimed turn and steps it until it ends, parks or is lost.

use everruns_core::limits::SESSION_RETRY_SECONDS;
use std::collections::HashSet;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use everruns_core::Timestamp;
use everruns_core::turn::{Effect, Input, Outcome, Turn, effects};
use everruns_llm::Images;
use everruns_store::{OrgKey, SessionHead, SessionKey};
use futures::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::conversation::Conversation;
use crate::definition::corrupt;
use crate::load::LoadError;
use crate::{Error, Inner, lock};

/// How long to wait before a session is given back once more, after the database failed.
const GIVE_BACK_AGAIN: Duration = Duration::from_secs(1);

/// Why a runner stops before its turn ends.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Somebody else cancelled, claimed or deleted the session: drop everything, write nothing.
    Lost,
    /// This process goes down: the session is given back, to be run at once.
    Released,
    /// The log cannot be read.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The entry of a claim among the running turns, by which it is counted and can be stopped. It ends when dropped.
pub(crate) struct Registration {
    inner: Arc<Inner>,
    session: SessionKey,
    org: OrgKey,
    fence: i64,
    cancel: CancellationToken,
}

impl Registration {
    pub(crate) fn new(inner: &Arc<Inner>, head: &SessionHead) -> Self {
        let cancel = CancellationToken::new();
        let mut running = inner.running();
        // A claim that was overtaken must not hide the one that overtook it, and stops: nobody else finds it any more.
        let is_stopped = lock(&inner.stopped).get(&head.key).is_some_and(|fence| *fence > head.fence);
        if is_stopped || running.get(&head.key).is_some_and(|(fence, _)| *fence > head.fence) {
            cancel.cancel();
        } else if let Some((_, overtaken)) = running.insert(head.key, (head.fence, cancel.clone())) {
            overtaken.cancel();
        }
        drop(running);
        *lock(&inner.runs.by_org).entry(head.org).or_default() += 1;
        inner.runs.total.fetch_add(1, Ordering::Relaxed);
        Self { inner: inner.clone(), session: head.key, org: head.org, fence: head.fence, cancel }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Entry::Occupied(mut runs) = lock(&self.inner.runs.by_org).entry(self.org) {
            *runs.get_mut() -= 1;
            if *runs.get() == 0 {
                runs.remove();
            }
        }
        let mut running = self.inner.running();
        if running.get(&self.session).is_some_and(|(fence, _)| *fence == self.fence) {
            running.remove(&self.session);
        }
    }
}

/// A turn that this process holds.
pub(crate) struct Held {
    pub(crate) inner: Arc<Inner>,
    pub(crate) head: SessionHead,
    pub(crate) turn: Turn,
    pub(crate) conversation: Conversation,
    /// The uploaded images of the latest prompt.
    pub(crate) images: Arc<Images>,
    /// Cancelled when somebody stops the turn.
    pub(crate) cancel: CancellationToken,
    /// The tools that run, by the ordinal of their call. Dropping them stops them.
    pub(crate) tools: JoinSet<(usize, Outcome)>,
    pub(crate) in_flight: HashSet<usize>,
    _registration: Registration,
}

impl Held {
    /// `turn` has folded every event of its own before `next_sequence`; what comes from there on is folded by [`fold`].
    ///
    /// [`fold`]: Self::fold
    pub(crate) fn new(registration: Registration, head: SessionHead, turn: Turn, next_sequence: i64) -> Self {
        let inner = registration.inner.clone();
        Self {
            conversation: inner.conversations.take(head.key, next_sequence),
            images: Arc::default(),
            cancel: registration.cancel.clone(),
            tools: JoinSet::new(),
            in_flight: HashSet::new(),
            _registration: registration,
            inner,
            head,
            turn,
        }
    }
}

/// Loads a claimed session and runs its turn.
pub(crate) async fn run_claimed(registration: Registration, head: SessionHead) {
    let inner = registration.inner.clone();
    let loading = async {
        let definition = inner.definition_by_key(head.key, head.id).await?;
        inner.load(&definition, &head).await
    };
    match unpanicked(loading).await {
        Ok(turn) => {
            let next = turn.last_sequence + 1;
            run(Held::new(registration, head, turn, next)).await;
        }
        Err(LoadError::Failed(Error::NotFound)) => tracing::info!(session = %head.id, "the session is gone"),
        Err(error) => {
            tracing::error!(session = %head.id, %error, "the session cannot be loaded; it is left for later");
            let later = inner.source.now().plus_seconds(SESSION_RETRY_SECONDS);
            give_back(&inner, &head, later).await;
        }
    }
}

/// Runs a held turn until it ends, parks or is lost.
pub(crate) async fn run(mut held: Held) {
    let span = tracing::info_span!("turn", session = %held.head.id, turn = %held.turn.id);
    async {
        match unpanicked(held.step_to_the_end()).await {
            Ok(None) => tracing::debug!(iterations = held.turn.iterations, phase = ?held.turn.phase, "the turn rests"),
            Ok(Some(at)) => give_back(&held.inner, &held.head, at).await,
            Err(Stop::Lost) => tracing::info!("the turn was taken away"),
            Err(Stop::Released) => {
                give_back(&held.inner, &held.head, held.inner.source.now()).await;
                tracing::info!("turn handed back");
            }
            Err(Stop::Failed(error)) => {
                tracing::error!(%error, "the turn cannot go on; it is left for later");
                let later = held.inner.source.now().plus_seconds(SESSION_RETRY_SECONDS);
                give_back(&held.inner, &held.head, later).await;
            }
        }
    }
    .instrument(span)
    .await;
}

/// A panic in the work of one session is an error of that session, which must not stay held by nobody.
async fn unpanicked<T, E: From<Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let caught = AssertUnwindSafe(work).catch_unwind().await;
    caught.unwrap_or_else(|_| Err(corrupt("a panic, reported above").into()))
}

async fn give_back(inner: &Inner, head: &SessionHead, at: Timestamp) {
    while let Err(error) = inner.store.release_session(head, at).await {
        tracing::error!(session = %head.id, %error, "a session could not be given back");
        if inner.stopping.is_cancelled() {
            // Nothing is lost: the next start takes up what nobody holds any more.
            return;
        }
        tokio::time::sleep(GIVE_BACK_AGAIN).await;
    }
    inner.runnable.notify_one();
}

impl Held {
    /// Steps until the turn rests. If we hold it still, the time at which it wants to be run again.
    async fn step_to_the_end(&mut self) -> Result<Option<Timestamp>, Stop> {
        loop {
            if self.cancel.is_cancelled() {
                return Err(Stop::Lost);
            }
            // The batch that ended or parked the turn has given the session back.
            if self.head.holder.is_none() {
                return Ok(None);
            }
            if self.inner.draining.is_cancelled() && self.in_flight.is_empty() {
                return Err(Stop::Released);
            }
            let due = effects(&self.turn);
            let Some(first) = due.first() else { return Ok(None) };
            match first {
                Effect::Start => self.commit(Input::Start).await?,
                Effect::Wake => self.commit(Input::Wake).await?,
                Effect::ParkUntil(at) if *at > self.inner.source.now() => return Ok(Some(*at)),
                Effect::ParkUntil(_) => self.commit(Input::Wake).await?,
                Effect::CallModel { before } => {
                    let input = self.call_model(*before).await?;
                    self.commit(input).await?;
                }
                Effect::RunTool { .. } | Effect::GiveUpTool { .. } => self.run_tools(due).await?,
            }
        }
    }
}
