//! Claiming runnable sessions and giving them back.

use everruns_core::Timestamp;

use crate::sqlite::Touches;
use crate::value::Statement;
use crate::{Database, Error, Operation, SessionHead, SessionKey, Store};

/// A session that the caller holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The session as it was claimed, with the raised fence.
    pub head: SessionHead,
}

impl Store {
    /// Claims up to `limit` sessions that are due at `now` for `holder`, those that waited longest first.
    pub async fn claim_sessions(&self, holder: &str, now: Timestamp, limit: usize) -> Result<Vec<Claim>, Error> {
        self.through(Operation::Claim, async {
            match &*self.database {
                Database::Sqlite(database) => database.claim_sessions(holder, now, limit).await,
                Database::Postgres(database) => database.claim_sessions(holder, now, limit).await,
            }
        })
        .await
    }

    /// Gives a session back, to be run at `run_at`, or at once if an input came since `head` was read. Nothing happens if
    /// its fence was raised meanwhile.
    pub async fn release_session(&self, head: &SessionHead, run_at: Timestamp) -> Result<(), Error> {
        let statement = Statement::new(
            "UPDATE session SET holder = NULL, run_at = CASE WHEN inbox_sequence > $4 THEN 0 ELSE CAST($3 AS BIGINT) END
             WHERE key = $1 AND fence = $2 AND holder IS NOT NULL",
            vec![head.key.0.into(), head.fence.into(), run_at.as_micros().into(), head.inbox_sequence.into()],
        );
        self.write_touching(Touches::Session(head.key), vec![statement]).await.map(drop)
    }

    /// Takes a claim back of which its holder never heard: the session is due at `now`. Whoever turns up with the claim
    /// after all writes nothing. Nothing happens if it is not the session's claim any more.
    pub async fn void_claim(&self, head: &SessionHead, now: Timestamp) -> Result<(), Error> {
        let statement = Statement::new(
            "UPDATE session SET holder = NULL, run_at = $3, fence = fence + 1
             WHERE key = $1 AND fence = $2 AND holder IS NOT NULL",
            vec![head.key.0.into(), head.fence.into(), now.as_micros().into()],
        );
        self.write_touching(Touches::Session(head.key), vec![statement]).await.map(drop)
    }

    /// The sessions that `holder` holds, and the fence of each claim.
    pub async fn claims_of(&self, holder: &str) -> Result<Vec<(SessionKey, i64)>, Error> {
        let sql = "SELECT key, fence FROM session WHERE holder = $1 ORDER BY key";
        let rows = self.query(sql, vec![holder.into()]).await?;
        rows.into_iter().map(|mut row| Ok((SessionKey(row.int()?), row.int()?))).collect()
    }

    /// Makes every session that `holder` holds runnable at `now`; `None`: whoever holds it. For a start after a crash.
    pub async fn release_holder(&self, holder: Option<&str>, now: Timestamp) -> Result<u64, Error> {
        let statement = Statement::new(
            "UPDATE session SET holder = NULL, run_at = $1
             WHERE holder IS NOT NULL AND (CAST($2 AS TEXT) IS NULL OR holder = $2) RETURNING key",
            vec![now.as_micros().into(), holder.into()],
        );
        let results = self.write_touching(Touches::AllSessions, vec![statement]).await?;
        Ok(results.iter().map(|rows| rows.len() as u64).sum())
    }

    /// When the next session becomes due.
    pub async fn next_run_at(&self) -> Result<Option<Timestamp>, Error> {
        let rows = self.query("SELECT MIN(run_at) FROM session WHERE run_at IS NOT NULL", Vec::new()).await?;
        let run_at = rows.into_iter().next().map(|mut row| row.int_or_null()).transpose()?.flatten();
        Ok(run_at.map(Timestamp::from_micros))
    }
}
