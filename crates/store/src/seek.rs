//! Finding a place in a log by time, without an index: the times of a log rise, near enough, so a few looks at single rows
//! find it.

use everruns_core::Timestamp;
use everruns_core::limits::LOG_DISORDER_SECONDS_MAX;

use crate::{Error, Log, Store};

impl Store {
    /// A sequence up to which everything is older than `at`, as far up as it can be told; `last` is the log's last one.
    pub async fn older_until(&self, log: &Log, last: i64, at: Timestamp) -> Result<i64, Error> {
        let bound = at.plus_seconds(-LOG_DISORDER_SECONDS_MAX);
        self.halve(log, last, |time| time < bound).await
    }

    /// A sequence from which on everything is newer than `at`, as far down as it can be told; `last` is the log's last one.
    pub async fn newer_from(&self, log: &Log, last: i64, at: Timestamp) -> Result<i64, Error> {
        let bound = at.plus_seconds(LOG_DISORDER_SECONDS_MAX);
        Ok(self.halve(log, last, |time| time <= bound).await? + 1)
    }

    /// The last sequence whose time is on the near side, 0 if none is. A row on the near side has, but for the disorder that
    /// the bounds allow for, only such rows before it.
    async fn halve(&self, log: &Log, last: i64, is_near: impl Fn(Timestamp) -> bool) -> Result<i64, Error> {
        let (mut near, mut far) = (0, last + 1);
        while near + 1 < far {
            let middle = near + (far - near) / 2;
            match self.time_of(log, middle).await? {
                Some(time) if !is_near(time) => far = middle,
                _ => near = middle,
            }
        }
        Ok(near)
    }

    async fn time_of(&self, log: &Log, sequence: i64) -> Result<Option<Timestamp>, Error> {
        let part = log.parts(sequence - 1, sequence + 1).into_iter().next();
        let Some((key, ..)) = part else { return Ok(None) };
        let sql = "SELECT created_at FROM event WHERE session_key = $1 AND sequence = $2";
        let row = self.query(sql, vec![key.0.into(), sequence.into()]).await?.into_iter().next();
        row.map(|mut row| row.int().map(Timestamp::from_micros)).transpose()
    }
}
