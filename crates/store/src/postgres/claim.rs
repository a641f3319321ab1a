//! Claim on PostgreSQL: sessions that another node is just claiming are passed over, not waited for.

use everruns_core::Timestamp;

use super::Database;
use crate::session::HEAD_COLUMNS;
use crate::{Claim, Counters, Error, SessionHead};

impl Database {
    pub(crate) async fn claim_sessions(
        &self,
        holder: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Claim>, Error> {
        let connection = self.connection().await?;
        Counters::add(&self.counters.statements, 1);
        Counters::add(&self.counters.commits, 1);
        let sql = format!(
            "WITH due AS (
                 SELECT key FROM session WHERE run_at <= $1 AND holder IS NULL
                 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
             )
             UPDATE session s SET fence = s.fence + 1, holder = $3, run_at = NULL FROM due WHERE s.key = due.key
             RETURNING {HEAD_COLUMNS}"
        );
        let statement = connection.prepare_cached(&sql).await?;
        let rows = connection
            .query(&statement, &[&now.as_micros(), &(limit as i64), &holder])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Claim {
                    head: SessionHead::read(&mut super::row(row)?)?,
                })
            })
            .collect()
    }
}
