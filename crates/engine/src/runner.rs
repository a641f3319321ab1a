//! The runner: holds one claimed turn and steps it until it ends, parks or is lost.

use std::collections::HashSet;
use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_core::turn::{Effect, Input, Outcome, Turn, effects};
use everruns_store::SessionHead;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::conversation::Conversation;
use crate::load::LoadError;
use crate::{Error, Inner};

/// How long a session that this build cannot step is left alone, seconds.
const UNREADABLE_SECONDS: i64 = 30;

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

/// A turn that this process holds.
pub(crate) struct Held {
    pub(crate) inner: Arc<Inner>,
    pub(crate) head: SessionHead,
    /// The fence of our claim.
    fence: i64,
    pub(crate) turn: Turn,
    pub(crate) conversation: Conversation,
    /// Cancelled when somebody stops the turn.
    pub(crate) cancel: CancellationToken,
    /// The tools that run, by the ordinal of their call. Dropping them stops them.
    pub(crate) tools: JoinSet<(usize, Outcome)>,
    pub(crate) in_flight: HashSet<usize>,
}

impl Held {
    /// `turn` has folded every event before `head` was read that belongs to it; what comes next is folded by [`fold`].
    ///
    /// [`fold`]: Self::fold
    pub(crate) fn new(inner: Arc<Inner>, head: SessionHead, turn: Turn, next_sequence: i64) -> Self {
        let conversation = inner.conversations.take(head.key, next_sequence);
        let cancel = CancellationToken::new();
        let fence = head.fence;
        inner.running().insert(head.key, (fence, cancel.clone()));
        Self { inner, conversation, head, fence, turn, cancel, tools: JoinSet::new(), in_flight: HashSet::new() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut running = self.inner.running();
        // A later claim of the same session may have taken the place already.
        if running.get(&self.head.key).is_some_and(|(fence, _)| *fence == self.fence) {
            running.remove(&self.head.key);
        }
    }
}

/// Loads a claimed session and runs its turn.
pub(crate) async fn run_claimed(inner: Arc<Inner>, head: SessionHead) {
    let loaded = async {
        let definition = inner.definition_by_key(head.key, head.id).await?;
        let turn = inner.load(&definition, &head).await?;
        Ok(turn)
    };
    match loaded.await {
        Ok(turn) => {
            let next = turn.last_sequence + 1;
            run(Held::new(inner, head, turn, next)).await;
        }
        Err(LoadError::Idle | LoadError::Failed(Error::NotFound)) => {
            tracing::warn!(session = %head.id, "a runnable session had no open turn");
        }
        Err(error) => {
            tracing::error!(session = %head.id, %error, "the session cannot be loaded; it is left for later");
            let later = inner.source.now().plus_seconds(UNREADABLE_SECONDS);
            give_back(&inner, &head, later).await;
        }
    }
}

/// Runs a held turn until it ends, parks or is lost.
pub(crate) async fn run(mut held: Held) {
    let span = tracing::info_span!("turn", session = %held.head.id, turn = %held.turn.id);
    async {
        match held.step_to_the_end().await {
            Ok(Rest::Ended) => tracing::debug!(iterations = held.turn.iterations, "turn ended"),
            Ok(Rest::Parked) => tracing::debug!("turn parked"),
            Ok(Rest::ParkedUntil(at)) => give_back(&held.inner, &held.head, at).await,
            Err(Stop::Lost) => tracing::info!("the turn was taken away"),
            Err(Stop::Released) => {
                give_back(&held.inner, &held.head, held.inner.source.now()).await;
                tracing::info!("turn handed back");
            }
            Err(Stop::Failed(error)) => {
                tracing::error!(%error, "the turn cannot go on; it is left for later");
                let later = held.inner.source.now().plus_seconds(UNREADABLE_SECONDS);
                give_back(&held.inner, &held.head, later).await;
            }
        }
    }
    .instrument(span)
    .await;
}

async fn give_back(inner: &Inner, head: &SessionHead, at: Timestamp) {
    if let Err(error) = inner.store.release_session(head, at).await {
        // Nothing is lost: the next start takes up what nobody holds any more.
        tracing::error!(session = %head.id, %error, "a session could not be given back");
    }
    inner.runnable.notify_one();
}

/// Where a turn rests.
enum Rest {
    Ended,
    /// The log says that it waits; nobody holds it.
    Parked,
    /// It waits, but we hold it still.
    ParkedUntil(Timestamp),
}

impl Held {
    async fn step_to_the_end(&mut self) -> Result<Rest, Stop> {
        // Set once a batch of ours parked the turn: the commit has given the session back.
        let mut parked_here = false;
        loop {
            if self.inner.draining.is_cancelled() && self.in_flight.is_empty() && !parked_here {
                return if self.turn.phase == everruns_core::turn::Phase::Ended {
                    Ok(Rest::Ended)
                } else {
                    Err(Stop::Released)
                };
            }
            let due = effects(&self.turn);
            let Some(first) = due.first() else { return Ok(Rest::Ended) };
            match first {
                Effect::Start => self.commit(Input::Start).await?,
                Effect::Wake => self.commit(Input::Wake).await?,
                Effect::ParkUntil(_) if parked_here => return Ok(Rest::Parked),
                Effect::ParkUntil(at) if *at > self.inner.source.now() => return Ok(Rest::ParkedUntil(*at)),
                Effect::ParkUntil(_) => self.commit(Input::Wake).await?,
                Effect::CallModel { before } => {
                    let input = self.call_model(*before).await?;
                    self.commit(input).await?;
                }
                Effect::RunTool { .. } | Effect::GiveUpTool { .. } => self.run_tools(due).await?,
            }
            parked_here = self.head.holder.is_none();
        }
    }
}
