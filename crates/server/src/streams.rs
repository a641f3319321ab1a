//! How many event streams are open: in the process, for an organization, on a session.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use everruns_core::limits::STREAMS_MAX;
use everruns_store::{OrgKey, SessionKey};

use crate::problem::Problem;
use crate::state::Limits;

/// Seconds after which to try again when too many are open.
const RETRY_SECONDS: u32 = 5;

/// Whose streams are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Org(OrgKey),
    Session(SessionKey),
}

/// The count of open streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: AtomicUsize,
    by: Mutex<HashMap<Whose, usize>>,
}

impl Streams {
    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// A place for one more, as long as no limit is reached.
    pub(crate) fn take(self: &Arc<Self>, org: OrgKey, session: SessionKey, limits: &Limits) -> Result<Place, Problem> {
        // Given back when dropped, as each of the others.
        let mut place = Place { streams: self.clone(), whose: Vec::with_capacity(2) };
        if self.open.fetch_add(1, Ordering::Relaxed) >= STREAMS_MAX {
            let detail = format!("{STREAMS_MAX} event streams are open on this server already; try again.");
            return Err(Problem::unavailable(detail, RETRY_SECONDS));
        }
        let wanted = [
            (Whose::Org(org), limits.streams_per_org, "the organization"),
            (Whose::Session(session), limits.streams_per_session, "the session"),
        ];
        for (whose, limit, words) in wanted {
            let mut by = self.by();
            let count = by.entry(whose).or_default();
            if *count >= limit {
                let detail = format!("{words} has {limit} event streams open already; close some first.");
                return Err(Problem::too_many(detail, RETRY_SECONDS));
            }
            *count += 1;
            place.whose.push(whose);
        }
        Ok(place)
    }

    fn by(&self) -> MutexGuard<'_, HashMap<Whose, usize>> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the streams that may be open.
pub(crate) struct Place {
    streams: Arc<Streams>,
    whose: Vec<Whose>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.streams.open.fetch_sub(1, Ordering::Relaxed);
        let mut by = self.streams.by();
        for whose in &self.whose {
            if let Entry::Occupied(mut count) = by.entry(*whose) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}
