//! Counting the events of a log by their types. A log is only ever added to, so what was counted once is kept, and the
//! next count goes on from there.

use std::collections::BTreeMap;

use everruns_core::limits::{COUNT_KEPT_ROWS, COUNT_PIECE_ROWS};

use crate::value::Statement;
use crate::{Error, Log, Store};

/// How many events of each type.
pub type TypeCounts = BTreeMap<String, i64>;

impl Store {
    /// How many events of each type stand after `after` and before `before`, counted piece by piece.
    pub async fn count_events(&self, log: &Log, after: i64, before: i64) -> Result<TypeCounts, Error> {
        let sql = "SELECT type, COUNT(*) FROM event WHERE session_key = $1 AND sequence > $2 AND sequence < $3 \
            GROUP BY type";
        let mut counts = TypeCounts::new();
        for (key, mut low, high) in log.parts(after, before) {
            while low + 1 < high {
                let end = high.min(low.saturating_add(COUNT_PIECE_ROWS + 1));
                for mut row in self.query(sql, vec![key.0.into(), low.into(), end.into()]).await? {
                    let (type_name, count) = (row.text()?, row.int()?);
                    *counts.entry(type_name).or_default() += count;
                }
                low = end - 1;
            }
        }
        Ok(counts)
    }

    /// How many events of each type a session has up to `last`, the end of its log.
    pub async fn count_all_events(&self, log: &Log, last: i64) -> Result<TypeCounts, Error> {
        let known = self.query("SELECT upto, body FROM event_count WHERE session_key = $1", vec![log.key.0.into()]);
        let (mut upto, mut counts) = match known.await?.into_iter().next() {
            Some(mut row) => {
                let (upto, body) = (row.int()?, row.text()?);
                (upto, serde_json::from_str(&body).map_err(|error| Error::Corrupt(error.to_string()))?)
            }
            None => (0, TypeCounts::new()),
        };
        if upto > last {
            // Somebody counted further than the caller has seen.
            (upto, counts) = (0, TypeCounts::new());
        }
        for (type_name, count) in self.count_events(log, upto, last.saturating_add(1)).await? {
            *counts.entry(type_name).or_default() += count;
        }
        if last - upto >= COUNT_KEPT_ROWS {
            let body = serde_json::to_string(&counts).map_err(|error| Error::Corrupt(error.to_string()))?;
            let keep = Statement::new(
                "INSERT INTO event_count (session_key, upto, body) SELECT key, $2, $3 FROM session WHERE key = $1
                 ON CONFLICT (session_key) DO UPDATE SET upto = excluded.upto, body = excluded.body
                 WHERE event_count.upto < excluded.upto",
                vec![log.key.0.into(), last.into(), body.into()],
            );
            if let Err(error) = self.write(vec![keep]).await {
                // The count is right all the same; the next one takes as long.
                tracing::warn!(%error, "a count of events could not be kept");
            }
        }
        Ok(counts)
    }
}
