//! Listing a log: from what a caller asks for to the part of the log where it stands, and then page by page, so that no list
//! is ever in memory as a whole.

mod choose;
mod narrow;

use std::collections::VecDeque;
use std::sync::Arc;

use everruns_core::ExecId;
use everruns_core::limits::{EVENTS_READ_BATCH, LIST_PAGE_BYTES, LISTED_READ_BATCH, SCAN_PIECE_ROWS};
use everruns_core::message::Message;
use everruns_core::prompt::TakenBack;
use everruns_store::{EventFilter, EventQuery, EventRow};

use crate::listing::narrow::Found;
use crate::shown::Events;
use crate::{Definition, Engine, Error};

/// Which events a caller wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only events after this sequence; a forward cursor.
    pub after: Option<i64>,
    /// Only events before this sequence; a backward cursor.
    pub before: Option<i64>,
    /// Only events around this one, so many on each side.
    pub around: Option<(i64, i64)>,
    /// Only these types; empty: all.
    pub types: Vec<String>,
    /// Not these types.
    pub exclude: Vec<String>,
    /// What else they must be.
    pub filter: EventFilter,
    /// Only events of this phase.
    pub exec: Option<ExecId>,
    /// Newest first.
    pub descending: bool,
    /// How many at most.
    pub limit: Option<i64>,
}

/// Where to go on with a list whose log was not searched to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// After this sequence.
    After(i64),
    /// Before this sequence.
    Before(i64),
}

/// A list on its way to whoever asked for it.
pub struct Listing {
    engine: Engine,
    session: Arc<Definition>,
    rest: Rest,
    pages: usize,
    /// What the session took back, once messages are listed.
    taken_back: Option<TakenBack>,
    /// The log was not searched to its end; what was found is listed, and more may be found from here on.
    pub unfinished: Option<Cursor>,
}

enum Rest {
    /// What fits this.
    Range(Box<EventQuery>),
    /// These, in this order.
    Listed(VecDeque<i64>),
}

impl Engine {
    /// Finds what a caller wants of a session whose log ends with `last`.
    pub async fn list_events(
        &self,
        session: &Arc<Definition>,
        last: i64,
        mut wanted: Wanted,
    ) -> Result<Listing, Error> {
        let (rest, unfinished) = match self.narrow(session, last, &mut wanted).await? {
            Found::Here(query) => self.choose(query, &wanted).await?,
            Found::Nowhere => (Rest::Listed(VecDeque::new()), None),
            Found::NotYet(reached) => (Rest::Listed(VecDeque::new()), Some(Cursor::After(reached))),
        };
        Ok(Listing { engine: self.clone(), session: session.clone(), rest, pages: 0, taken_back: None, unfinished })
    }
}

impl Listing {
    /// The next events; `None`: these were all.
    pub async fn next_page(&mut self) -> Result<Option<Events>, Error> {
        let Some((rows, reached)) = self.read().await? else { return Ok(None) };
        let read = rows.len();
        let events = self.engine.show(&self.session, rows, LIST_PAGE_BYTES).await?;
        let shown = events.last_sequence().filter(|_| events.len() < read);
        self.go_on(events.len(), shown.or(reached));
        Ok(Some(events))
    }

    /// The next messages that the events of the list carry; `None`: these were all.
    pub async fn next_messages(&mut self) -> Result<Option<Vec<Message>>, Error> {
        let Some((rows, reached)) = self.read().await? else { return Ok(None) };
        self.go_on(rows.len(), reached);
        let gone = match self.taken_back.take() {
            Some(known) => known,
            None => self.engine.taken_back(&self.session).await?,
        };
        let messages = self.engine.conversation(&self.session, rows, self.taken_back.insert(gone))?;
        Ok(Some(messages))
    }

    /// The next rows, and where to go on behind them.
    async fn read(&mut self) -> Result<Option<(Vec<EventRow>, Option<i64>)>, Error> {
        loop {
            let query = match &self.rest {
                Rest::Range(query) => EventQuery {
                    limit: Some(EVENTS_READ_BATCH),
                    bytes_max: LIST_PAGE_BYTES,
                    ..EventQuery::clone(query)
                },
                Rest::Listed(sequences) => {
                    let sequences: Vec<i64> = sequences.iter().take(LISTED_READ_BATCH).copied().collect();
                    let (Some(first), Some(last)) = (sequences.first(), sequences.last()) else { break };
                    EventQuery {
                        after: *first.min(last) - 1,
                        before: Some(*first.max(last) + 1),
                        descending: first > last,
                        bytes_max: LIST_PAGE_BYTES,
                        sequences,
                        ..EventQuery::all(&*self.session)
                    }
                }
            };
            let is_listed = !query.sequences.is_empty();
            let rows_max = if is_listed { i64::MAX } else { SCAN_PIECE_ROWS };
            let found = self.engine.store().scan_events(&query, rows_max).await?;
            if !found.rows.is_empty() {
                self.pages += 1;
                return Ok(Some((found.rows, found.reached)));
            }
            if is_listed {
                break;
            }
            self.go_on(0, found.reached);
        }
        // Who deletes a session takes its log away under a long list, which is then not what it seems.
        if self.pages > 1 && self.engine.store().session_by_key(self.session.key).await?.is_none() {
            return Err(Error::NotFound);
        }
        Ok(None)
    }

    /// So many rows are done with, and all of the log up to `reached`; `None`: all of it.
    fn go_on(&mut self, rows: usize, reached: Option<i64>) {
        match (&mut self.rest, reached) {
            (Rest::Listed(sequences), _) => drop(sequences.drain(..rows)),
            (Rest::Range(query), Some(reached)) if query.descending => query.before = Some(reached),
            (Rest::Range(query), Some(reached)) => query.after = reached,
            (rest, None) => *rest = Rest::Listed(VecDeque::new()),
        }
    }
}
