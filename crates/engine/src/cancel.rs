//! Cancel: one transaction by whoever asks. It takes the turn away from its holder, who can write nothing more.

use std::sync::Arc;

use everruns_core::SessionId;
use everruns_core::limits::{CANCEL_TRIES_EXACT, CANCELS_REMEMBERED_MAX};
use everruns_core::turn::{Input, decide};
use everruns_store::{Append, Guard, OrgKey, Refusal, SessionKey, StoredEvent};

use crate::commit::{Batch, Consequence, consequence};
use crate::shown::Members;
use crate::{Engine, Error, Inner, lock};

/// How a turn is to be stopped.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    /// Why.
    pub reason: Option<String>,
    /// If given, the session's last event must be this one.
    pub expected_sequence: Option<i64>,
}

/// What a cancel found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// A turn ran; it is over.
    Turn,
    /// No turn ran.
    Nothing,
}

impl Engine {
    /// Stops the session's turn, if one is open. When this returns, the turn is over for every reader. If a message is
    /// queued, it opens the next turn.
    pub async fn cancel(&self, org: OrgKey, id: SessionId, how: Cancel) -> Result<Cancelled, Error> {
        let engine = self.clone();
        // On its own task: a caller that hangs up half-way must not leave readers and the runner without the news.
        let cancelling = tokio::spawn(async move { engine.cancel_turn(org, id, how).await });
        cancelling.await.map_err(|error| everruns_store::Error::Failed(error.to_string()))?
    }

    async fn cancel_turn(&self, org: OrgKey, id: SessionId, how: Cancel) -> Result<Cancelled, Error> {
        let definition = self.inner.definition(org, id).await?;
        for attempt in 1.. {
            let (head, turn) = self.inner.open_turn(&definition).await?;
            if how.expected_sequence.is_some_and(|expected| expected != head.last_sequence) {
                return Err(Error::SequenceConflict { last_sequence: head.last_sequence });
            }
            let Some(turn) = turn else { return Ok(Cancelled::Nothing) };
            let at = self.inner.source.now();
            let events = decide(&turn, Input::Cancel { reason: how.reason.clone() }, at);
            if events.is_empty() {
                return Ok(Cancelled::Nothing);
            }
            let Consequence { then, status, usage } = consequence(&events, at);
            let stored: Arc<[StoredEvent]> = events.iter().map(StoredEvent::from).collect();
            // What the turn spent is told exactly, if its holder leaves us the time; a cancel never waits for its work. But
            // an input that the holder reads meanwhile must not be told to be dropped.
            let exact = attempt <= CANCEL_TRIES_EXACT || !turn.unread.is_empty();
            let seen = exact.then_some(head.last_sequence);
            let guard = Guard::Takeover {
                turn_sequence: head.turn_sequence,
                last_sequence: how.expected_sequence.or(seen),
                inbox_seen: Some(head.last_sequence),
            };
            let append = Append { session: definition.key, at, guard, events: stored.clone(), then, status, usage };
            match self.inner.store.append_events(append).await {
                Ok(appended) => {
                    let first = appended.first_sequence;
                    let batch = Batch { session: id, first, at, count: stored.len(), events: stored };
                    self.inner.publish(definition.key, batch, Some(Members::new()));
                    self.inner.stop_runner(definition.key, appended.head.fence);
                    if appended.head.run_at.is_some() {
                        self.inner.runnable.notify_one();
                    }
                    return Ok(Cancelled::Turn);
                }
                // The turn ended meanwhile; perhaps another one runs already.
                Err(Refusal::Fenced | Refusal::Moved | Refusal::Conflict { .. }) => {}
                Err(Refusal::Gone) => return Err(Error::NotFound),
                Err(Refusal::Store(error)) => return Err(self.inner.in_doubt(definition.key, error)),
            }
        }
        Ok(Cancelled::Nothing)
    }

    /// Deletes a session with its log; a running turn stops.
    pub async fn delete_session(&self, org: OrgKey, id: SessionId) -> Result<(), Error> {
        let definition = self.inner.definition(org, id).await?;
        let engine = self.clone();
        // On its own task, for the same reason.
        let deleting = tokio::spawn(async move {
            let deleted = engine.inner.store.delete_session(definition.key).await;
            deleted.map_err(|error| engine.inner.in_doubt(definition.key, error))?;
            engine.inner.forget(id);
            engine.inner.conversations.forget(definition.key);
            engine.inner.stop_runner(definition.key, i64::MAX);
            engine.inner.hub.close(definition.key);
            engine.sweep_logs();
            Ok(())
        });
        deleting.await.map_err(|error| everruns_store::Error::Failed(error.to_string()))?
    }

    /// Deletes what is left of the logs of deleted sessions, in the background and piece by piece.
    pub fn sweep_logs(&self) {
        let inner = self.inner.clone();
        self.inner.tasks.spawn(async move {
            loop {
                match inner.store.sweep_logs().await {
                    Ok(true) if !inner.draining.is_cancelled() => tokio::task::yield_now().await,
                    Ok(_) => return,
                    Err(error) => {
                        tracing::warn!(%error, "a deleted log could not be swept; the next delete or start goes on");
                        return;
                    }
                }
            }
        });
    }
}

impl Inner {
    /// Stops the runner whose claim is older than `fence`. A newer one runs the session's next turn, which somebody may
    /// have opened since.
    pub(crate) fn stop_runner(&self, session: SessionKey, fence: i64) {
        let running = self.running();
        // A claim may still be on its way from the database; and cancels may come here in another order than they were
        // written.
        let mut stopped = lock(&self.stopped);
        if stopped.len() >= CANCELS_REMEMBERED_MAX {
            stopped.clear();
        }
        let known = stopped.entry(session).or_insert(fence);
        *known = fence.max(*known);
        drop(stopped);
        if let Some((claimed, cancel)) = running.get(&session)
            && *claimed < fence
        {
            cancel.cancel();
        }
    }
}
