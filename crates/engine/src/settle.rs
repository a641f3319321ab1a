//! After the connection to the database broke: nobody knows what became of the write that was under way, but the session
//! tells. Whoever asked for it was told so and does nothing more; what it may have left behind is seen to here.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use everruns_core::limits::SETTLE_RETRY_SECONDS;
use everruns_store::SessionKey;

use crate::{Error, Inner};

/// How long to wait before the database is asked again.
const RETRY: Duration = Duration::from_secs(SETTLE_RETRY_SECONDS);

impl Inner {
    /// What a caller is told of a failed write to a session. If it may have been written all the same, its readers, its
    /// runner and the queue learn of it soon.
    pub(crate) fn in_doubt(self: &Arc<Self>, session: SessionKey, error: everruns_store::Error) -> Error {
        if matches!(error, everruns_store::Error::Broken(_)) {
            self.settle(session);
        }
        error.into()
    }

    fn settle(self: &Arc<Self>, session: SessionKey) {
        let inner = self.clone();
        self.tasks.spawn(async move {
            while let Err(error) = inner.settled(session).await {
                tracing::warn!(%error, "what became of a write is not known yet");
                tokio::select! {
                    biased;
                    // The next start takes up what nobody runs.
                    () = inner.draining.cancelled() => return,
                    () = tokio::time::sleep(RETRY) => {}
                }
            }
        });
    }

    async fn settled(&self, session: SessionKey) -> Result<(), everruns_store::Error> {
        let Some(row) = self.store.session_by_key(session).await? else {
            self.conversations.forget(session);
            self.stop_runner(session, i64::MAX);
            self.hub.close(session);
            return Ok(());
        };
        let head = row.head;
        self.hub.publish(session, head.last_sequence, || None);
        self.stop_runner(session, head.fence);
        let is_ours = head.holder.as_ref() == Some(&self.holder);
        if is_ours && !self.runs(session, head.fence) {
            // Or whoever claimed it has yet to hear of it; then that claim is void.
            self.store.void_claim(&head, self.source.now()).await?;
        }
        self.runnable.notify_one();
        Ok(())
    }

    /// Whether this process runs the session by the claim with this fence.
    fn runs(&self, session: SessionKey, fence: i64) -> bool {
        self.running().get(&session).is_some_and(|(running, _)| *running == fence)
    }

    /// Sees to sessions that may have been claimed without our knowing.
    pub(crate) async fn settle_claims(self: &Arc<Self>) -> Result<(), everruns_store::Error> {
        if self.claims_in_doubt.load(Ordering::Acquire) {
            let claims = self.store.claims_of(&self.holder).await?;
            self.claims_in_doubt.store(false, Ordering::Release);
            for (session, fence) in claims {
                if !self.runs(session, fence) {
                    self.settle(session);
                }
            }
        }
        Ok(())
    }
}
