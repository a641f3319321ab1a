//! Claim on PostgreSQL: sessions that another node is just claiming are passed over, not waited for.

use everruns_core::Timestamp;

use super::Database;
use crate::session::HEAD_COLUMNS;
use crate::{Claim, Counters, Error, SessionHead};

impl Database {
    pub(crate) async fn claim_sessions(&self, holder: &str, now: Timestamp, limit: usize) -> Result<Vec<Claim>, Error> {
        let connection = self.connection().await?;
        Counters::add(&self.counters.statements, 1);
        let sql = format!(
            "WITH due AS (
                 SELECT key, run_at FROM session WHERE run_at <= $1 AND holder IS NULL
                 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
             ),
             claimed AS (
                 UPDATE session s SET fence = s.fence + 1, holder = $3, run_at = NULL FROM due WHERE s.key = due.key
                 RETURNING due.run_at AS due_at, {HEAD_COLUMNS}
             )
             SELECT {HEAD_COLUMNS} FROM claimed s ORDER BY s.due_at"
        );
        let statement = connection.prepare_cached(&sql).await?;
        let rows = connection.query(&statement, &[&now.as_micros(), &(limit as i64), &holder]).await?;
        Counters::add(&self.counters.commits, 1);
        let mut claims = Vec::with_capacity(rows.len());
        for row in &rows {
            match SessionHead::read(&mut super::row(row)?) {
                Ok(head) => claims.push(Claim { head }),
                // The others are claimed; whoever asked must learn of them.
                Err(error) => tracing::error!(%error, "a session cannot be claimed"),
            }
        }
        Ok(claims)
    }
}
