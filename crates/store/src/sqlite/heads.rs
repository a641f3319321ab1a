//! The writer's memory of session heads. It is the only writer, so what it remembers is what the file says.

use everruns_core::limits::HEADS_MAX;
use std::collections::HashMap;

use rusqlite::Connection;

use crate::session::HEAD_COLUMNS;
use crate::{Counters, Error, SessionHead, SessionKey};

#[derive(Default)]
pub(super) struct Heads {
    known: HashMap<SessionKey, SessionHead>,
}

impl Heads {
    /// The head of a session, or `None` if there is no such session.
    pub(super) fn get(
        &mut self,
        connection: &Connection,
        counters: &Counters,
        key: SessionKey,
    ) -> Result<Option<&mut SessionHead>, Error> {
        if !self.known.contains_key(&key) {
            Counters::add(&counters.statements, 1);
            let sql = format!("SELECT {HEAD_COLUMNS} FROM session s WHERE s.key = $1");
            let rows = super::run(connection, &sql, &[key.0.into()])?;
            let Some(mut row) = rows.into_iter().next() else {
                return Ok(None);
            };
            if self.known.len() >= HEADS_MAX {
                self.known.clear();
            }
            self.known.insert(key, SessionHead::read(&mut row)?);
        }
        Ok(self.known.get_mut(&key))
    }

    pub(super) fn forget(&mut self, key: SessionKey) {
        self.known.remove(&key);
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
    }
}
