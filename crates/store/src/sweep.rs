//! Deleting sessions. What a session is goes at once; its log goes piece by piece, except for what forks still read.

use everruns_core::limits::SWEEP_ROWS;

use crate::sqlite::Touches;
use crate::value::Statement;
use crate::{Error, SessionKey, Store, workspace};

/// What a delete does before the first rows of a log go; `$1` is the session's key.
const DELETE: &[&str] = &[
    // Waits for a fork that is being made, and for the deletes of sessions that share a log with this one.
    "UPDATE session SET created_at = created_at WHERE key = $1",
    "UPDATE log_hold SET upto = upto
     WHERE log_key = $1 OR log_key IN (SELECT h.log_key FROM log_hold h WHERE h.session_key = $1)",
    // Its own log is garbage above what forks need of it, else from where it begins on …
    "INSERT INTO log_garbage (log_key, above, top)
     SELECT s.key, COALESCE((SELECT MAX(h.upto) FROM log_hold h WHERE h.log_key = s.key),
         (SELECT MAX(b.upto) FROM log_hold b WHERE b.session_key = s.key), 0), s.last_sequence
     FROM session s WHERE s.key = $1 ON CONFLICT DO NOTHING",
    // … and so are the logs of sessions that are gone, above what other forks need of them.
    "INSERT INTO log_garbage (log_key, above, top)
     SELECT h.log_key, COALESCE((SELECT MAX(o.upto) FROM log_hold o WHERE o.log_key = h.log_key
         AND o.session_key <> h.session_key),
         (SELECT MAX(b.upto) FROM log_hold b WHERE b.session_key = h.session_key AND b.upto < h.upto), 0), h.upto
     FROM log_hold h WHERE h.session_key = $1 AND NOT EXISTS (SELECT 1 FROM session s WHERE s.key = h.log_key)
     ON CONFLICT (log_key) DO UPDATE SET above = excluded.above,
         top = CASE WHEN log_garbage.top > excluded.top THEN log_garbage.top ELSE excluded.top END",
    "DELETE FROM log_hold WHERE session_key = $1",
    "DELETE FROM session_pin WHERE session_key = $1",
    "DELETE FROM event_count WHERE session_key = $1",
    "DELETE FROM secret WHERE kind = 'session' AND org_id = (SELECT s.org_id FROM session s WHERE s.key = $1)
         AND owner_id = (SELECT s.id FROM session s WHERE s.key = $1)",
    "DELETE FROM session_value WHERE session_key = $1",
    "DELETE FROM session_detail WHERE session_key = $1",
    "DELETE FROM session WHERE key = $1",
];

/// Takes the uppermost rows of a log that nobody needs.
fn sweep(key: SessionKey) -> [Statement; 4] {
    let with_rows = |sql| Statement::new(sql, vec![key.0.into(), SWEEP_ROWS.into()]);
    [
        // Of two sweeps, the second waits here and takes the next piece. With the same one in sight both would lower
        // `top`, and a piece would stay for ever.
        Statement::new("UPDATE log_garbage SET top = top WHERE log_key = $1", vec![key.0.into()]),
        with_rows(
            "DELETE FROM event WHERE session_key = $1 AND sequence > (
                 SELECT CASE WHEN g.above > g.top - $2 THEN g.above ELSE g.top - $2 END
                 FROM log_garbage g WHERE g.log_key = $1)",
        ),
        with_rows("UPDATE log_garbage SET top = top - $2 WHERE log_key = $1"),
        Statement::new("DELETE FROM log_garbage WHERE log_key = $1 AND top <= above", vec![key.0.into()]),
    ]
}

impl Store {
    /// Deletes a session and the first piece of its log, as a rule all of it; [`Store::sweep_logs`] takes the rest. The files
    /// of its workspace go too, if no other session uses it and nobody named it. Whoever holds it can write nothing more. What forks of it read stays until the last of them is gone.
    pub async fn delete_session(&self, key: SessionKey) -> Result<(), Error> {
        let mut statements: Vec<Statement> = DELETE.iter().map(|sql| Statement::new(sql, vec![key.0.into()])).collect();
        statements.extend(workspace::leave(key));
        statements.extend(sweep(key));
        self.write_touching(Touches::Session(key), statements).await.map(drop)
    }

    /// Deletes a piece of the logs that nobody needs. Whether there may be more.
    pub async fn sweep_logs(&self) -> Result<bool, Error> {
        let garbage = self.query("SELECT log_key FROM log_garbage ORDER BY log_key LIMIT 1", Vec::new()).await?;
        let Some(mut row) = garbage.into_iter().next() else { return Ok(false) };
        let key = SessionKey(row.int()?);
        self.write(sweep(key).into()).await?;
        Ok(true)
    }
}
