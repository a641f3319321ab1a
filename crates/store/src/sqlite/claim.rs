//! Claim on SQLite: the queue is an index of the session table, and the writer is the only one who takes from it.

use everruns_core::Timestamp;
use rusqlite::Connection;

use super::append::update;
use super::heads::Heads;
use crate::{Claim, Counters, Error, SessionKey};

const DUE: &str = "SELECT key FROM session WHERE run_at <= $1 AND holder IS NULL ORDER BY run_at LIMIT $2";

pub(super) fn claim(
    connection: &Connection,
    heads: &mut Heads,
    counters: &Counters,
    holder: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Claim>, Error> {
    Counters::add(&counters.statements, 1);
    let due = super::run(connection, DUE, &[now.as_micros().into(), (limit as i64).into()])?;
    let mut claims = Vec::with_capacity(due.len());
    for mut row in due {
        let head = match heads.get(connection, counters, SessionKey(row.int()?)) {
            Ok(Some(head)) => head,
            Ok(None) => continue,
            Err(Error::Corrupt(why)) => {
                // It stays in the queue; the others must not wait for it.
                tracing::error!(why, "a session cannot be claimed");
                continue;
            }
            Err(error) => return Err(error),
        };
        let before = head.clone();
        head.fence += 1;
        head.holder = Some(holder.into());
        head.run_at = None;
        update(connection, counters, &before, head)?;
        claims.push(Claim { head: head.clone() });
    }
    Ok(claims)
}
