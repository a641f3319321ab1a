//! The claimer: takes sessions that are due and runs them. The queue and the timers are the sessions themselves.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::Inner;
use crate::runner::{self, Registration};
use everruns_core::limits::{CLAIM_BATCH_MAX, CLAIM_POLL_SECONDS, TURNS_RUNNING_MAX};

/// How often the queue is looked at when nothing wakes the claimer.
const POLL: Duration = Duration::from_secs(CLAIM_POLL_SECONDS);
/// How long the claimer waits after the database failed.
const RETRY: Duration = Duration::from_secs(1);

pub(crate) async fn run(inner: Arc<Inner>) {
    while !inner.draining.is_cancelled() {
        let wait = match claim(&inner).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "sessions could not be claimed");
                RETRY
            }
        };
        tokio::select! {
            biased;
            () = inner.runnable.notified() => {}
            () = tokio::time::sleep(wait) => {}
            () = inner.draining.cancelled() => {}
        }
    }
}

/// Claims what is due and there is room for; how long until something is due again.
async fn claim(inner: &Arc<Inner>) -> Result<Duration, everruns_store::Error> {
    inner.take_up().await?;
    inner.settle_claims().await?;
    loop {
        let room = TURNS_RUNNING_MAX.saturating_sub(inner.running().len()).min(CLAIM_BATCH_MAX);
        if room == 0 || inner.draining.is_cancelled() {
            return Ok(RETRY);
        }
        let now = inner.source.now();
        let claims = inner.store.claim_sessions(&inner.holder, now, room).await.inspect_err(|error| {
            let is_in_doubt = matches!(error, everruns_store::Error::Broken(_));
            inner.claims_in_doubt.fetch_or(is_in_doubt, Ordering::AcqRel);
        })?;
        let claimed = claims.len();
        for claim in claims {
            // Registered before it is loaded: a cancel must find it, and it counts.
            let registration = Registration::new(inner, &claim.head);
            inner.tasks.spawn(runner::run_claimed(registration, claim.head));
        }
        if claimed < room {
            let wait = until_next(inner).await?;
            // Something may be due that cannot be claimed, such as a damaged row: that is no reason to spin.
            let stuck = claimed == 0 && wait <= Duration::from_millis(1);
            return Ok(if stuck { RETRY } else { wait });
        }
    }
}

/// How long until the next session is due.
async fn until_next(inner: &Inner) -> Result<Duration, everruns_store::Error> {
    let next = inner.store.next_run_at().await?;
    Ok(next.map_or(POLL, |at| Duration::from_millis(at.millis_since(inner.source.now()) + 1).min(POLL)))
}
