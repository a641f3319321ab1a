//! The cancelled turns of a log, found without a look at the rest of it.

use std::borrow::Cow;

use everruns_core::Timestamp;
use everruns_core::event::{Encoded, EventData, Recorded};

use crate::{Error, Log, Store};

impl Store {
    /// The `turn.cancelled` events of a log, oldest first.
    pub async fn cancelled_turns(&self, log: &Log) -> Result<Vec<Recorded>, Error> {
        let mut cancelled = Vec::new();
        for (key, after, before) in log.parts(0, i64::MAX) {
            // The type stands in the text of the statement, as in that of the index.
            let sql = "SELECT sequence, created_at, version, data, private FROM event
                WHERE session_key = $1 AND sequence > $2 AND sequence < $3 AND type = 'turn.cancelled'
                ORDER BY sequence";
            for mut row in self.query(sql, vec![key.0.into(), after.into(), before.into()]).await? {
                let (sequence, at) = (row.int()?, Timestamp::from_micros(row.int()?));
                let (type_name, version) = (Cow::Borrowed("turn.cancelled"), row.int()?);
                let encoded = Encoded { type_name, version, data: row.text()?, private: row.text_or_null()? };
                let data = EventData::decode(encoded).map_err(|error| Error::Corrupt(error.to_string()))?;
                cancelled.push(Recorded { sequence, at, data });
            }
        }
        Ok(cancelled)
    }
}
