//! Live readers: a reader is a cursor, and what is new is shared.
//!
//! A session that somebody reads along has a channel with the recent tail of its log. Commits publish to it after they
//! are durable; a reader registers first and reads then, so nothing falls between. Who lags behind the tail reads the
//! database. Publications may arrive out of order: the tail only ever grows without a gap, else it starts anew.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use everruns_core::limits::{TAIL_BYTES_MAX, TAIL_EVENTS_MAX};
use everruns_store::SessionKey;
use tokio::sync::watch;

use crate::lock;
use crate::shown::Events;

/// Events of one commit. The frames that readers are sent of them are made by the first reader and shared by all.
#[derive(Debug)]
pub struct Page {
    events: Events,
    first: i64,
    last: i64,
    bytes: usize,
    frames: OnceLock<Vec<Bytes>>,
}

impl Page {
    /// A page has at least one event.
    pub(crate) fn new(events: Events) -> Self {
        let (first, last) = (events.first_sequence().unwrap_or(0), events.last_sequence().unwrap_or(0));
        Self { first, last, bytes: events.bytes(), events, frames: OnceLock::new() }
    }

    /// What is on it.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The frames of the page, encoded by whoever asks first.
    pub fn frames(&self, encode: impl FnOnce(&Events) -> Vec<Bytes>) -> &[Bytes] {
        self.frames.get_or_init(|| encode(&self.events))
    }
}

/// What the tail knows after a cursor.
#[derive(Debug)]
pub enum Tail {
    /// All of it: pages that hold every event after the cursor (and perhaps some before it).
    Pages(Vec<Arc<Page>>),
    /// Not all of it: read the database.
    Behind,
}

#[derive(Default)]
struct Recent {
    pages: VecDeque<Arc<Page>>,
    events: usize,
    bytes: usize,
    /// The last event that was published.
    last: i64,
}

struct Channel {
    recent: Mutex<Recent>,
    /// Open subscriptions; changed only under the lock of [`Hub::channels`].
    readers: AtomicUsize,
    /// The session is deleted.
    closed: AtomicBool,
    head: watch::Sender<i64>,
}

#[derive(Default)]
pub(crate) struct Hub {
    channels: Mutex<HashMap<SessionKey, Arc<Channel>>>,
}

impl Hub {
    /// Whether anybody reads the session along.
    pub(crate) fn has_readers(&self, session: SessionKey) -> bool {
        lock(&self.channels).contains_key(&session)
    }

    /// Tells readers that the log goes to `last` now. Without a page they read it from the database.
    pub(crate) fn publish(&self, session: SessionKey, last: i64, page: impl FnOnce() -> Option<Page>) {
        let Some(channel) = lock(&self.channels).get(&session).cloned() else { return };
        let page = page();
        let mut recent = lock(&channel.recent);
        match page.filter(|page| page.first > recent.last) {
            Some(page) => {
                if page.first != recent.last + 1 {
                    recent.pages.clear();
                    recent.events = 0;
                    recent.bytes = 0;
                }
                recent.last = page.last;
                recent.events += page.events.len();
                recent.bytes += page.bytes;
                recent.pages.push_back(Arc::new(page));
                let crowded = |recent: &Recent| recent.events > TAIL_EVENTS_MAX || recent.bytes > TAIL_BYTES_MAX;
                while crowded(&recent) && recent.pages.len() > 1 {
                    let Some(oldest) = recent.pages.pop_front() else { break };
                    recent.events -= oldest.events.len();
                    recent.bytes -= oldest.bytes;
                }
            }
            None if last > recent.last => {
                *recent = Recent { last, ..Recent::default() };
            }
            None => {}
        }
        drop(recent);
        channel.head.send_if_modified(|head| {
            let newer = last > *head;
            *head = last.max(*head);
            newer
        });
    }

    /// Sends the readers of a deleted session away.
    pub(crate) fn close(&self, session: SessionKey) {
        if let Some(channel) = lock(&self.channels).remove(&session) {
            channel.closed.store(true, Ordering::Release);
            channel.head.send_replace(i64::MAX);
        }
    }

    pub(crate) fn subscribe(self: &Arc<Self>, session: SessionKey) -> Subscription {
        let mut channels = lock(&self.channels);
        let channel = channels.entry(session).or_insert_with(|| {
            Arc::new(Channel {
                recent: Mutex::default(),
                readers: AtomicUsize::new(0),
                closed: AtomicBool::new(false),
                head: watch::Sender::new(0),
            })
        });
        channel.readers.fetch_add(1, Ordering::Relaxed);
        Subscription { head: channel.head.subscribe(), channel: channel.clone(), hub: self.clone(), session }
    }
}

/// A reader's place in a session's channel. It costs a cursor, no queue.
pub struct Subscription {
    channel: Arc<Channel>,
    head: watch::Receiver<i64>,
    hub: Arc<Hub>,
    session: SessionKey,
}

impl Subscription {
    /// What came after `cursor`, if the tail holds all of it.
    pub fn after(&self, cursor: i64) -> Tail {
        let recent = lock(&self.channel.recent);
        if recent.last <= cursor && recent.last > 0 {
            return Tail::Pages(Vec::new());
        }
        match recent.pages.front() {
            Some(oldest) if oldest.first <= cursor + 1 => {
                // From the newest backwards: as a rule it is the only one.
                let new = recent.pages.iter().rev().take_while(|page| page.last > cursor).count();
                Tail::Pages(recent.pages.range(recent.pages.len() - new..).cloned().collect())
            }
            _ => Tail::Behind,
        }
    }

    /// Whether nothing will come any more.
    pub fn is_closed(&self) -> bool {
        self.channel.closed.load(Ordering::Acquire)
    }

    /// Waits until something may have come after `cursor`.
    pub async fn changed(&mut self, cursor: i64) {
        // The sender lives in the channel that we hold.
        let _ = self.head.wait_for(|head| *head > cursor).await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut channels = lock(&self.hub.channels);
        let last = self.channel.readers.fetch_sub(1, Ordering::Relaxed) == 1;
        if last && channels.get(&self.session).is_some_and(|channel| Arc::ptr_eq(channel, &self.channel)) {
            channels.remove(&self.session);
        }
    }
}

#[cfg(test)]
mod tests {
    use everruns_core::event::Encoded;
    use everruns_core::{SessionId, Timestamp};
    use everruns_store::StoredEvent;

    use super::*;
    use crate::shown::Members;

    const SESSION: SessionKey = SessionKey(1);

    fn page(first: i64, last: i64) -> Page {
        let encoded = Encoded { type_name: "tool.progress".into(), version: 1, data: "{}".to_owned(), private: None };
        let events: Arc<[StoredEvent]> =
            (first..=last).map(|_| StoredEvent { context: None, encoded: encoded.clone() }).collect();
        let (id, at, count) = (SessionId::from_u128(1), Timestamp::from_micros(0), events.len());
        Page::new(Events::written(id, first, at, events, count, Members::new()))
    }

    /// What a reader at `cursor` finds: the sequences of the pages, or `behind`.
    fn found(subscription: &Subscription, cursor: i64) -> String {
        match subscription.after(cursor) {
            Tail::Pages(pages) => pages.iter().map(|page| format!("{}-{} ", page.first, page.last)).collect(),
            Tail::Behind => "behind".to_owned(),
        }
    }

    /// Publications come in the order in which tasks run, which is not always that of the commits.
    #[test]
    fn publications_in_any_order() {
        #[track_caller]
        fn check(publications: &[(i64, i64, bool)], expected: &[(i64, &str)]) {
            let hub = Arc::new(Hub::default());
            let subscription = hub.subscribe(SESSION);
            for (first, last, has_page) in publications {
                hub.publish(SESSION, *last, || has_page.then(|| page(*first, *last)));
            }
            for (cursor, expected) in expected {
                assert_eq!(found(&subscription, *cursor), *expected, "after {cursor} of {publications:?}");
            }
        }
        check(&[], &[(0, "behind"), (5, "behind")]);
        check(&[(5, 6, true), (7, 8, true)], &[(3, "behind"), (4, "5-6 7-8 "), (5, "5-6 7-8 "), (6, "7-8 "), (8, "")]);
        // What comes too late is in the database.
        check(&[(7, 8, true), (5, 6, true)], &[(4, "behind"), (6, "7-8 "), (8, "")]);
        // A gap: the tail starts anew behind it.
        check(&[(5, 6, true), (9, 9, true)], &[(6, "behind"), (8, "9-9 "), (9, "")]);
        // News without a page empty the tail; it goes on behind them.
        check(&[(5, 6, true), (7, 8, false)], &[(6, "behind"), (8, "")]);
        check(&[(5, 6, true), (7, 8, false), (9, 9, true)], &[(7, "behind"), (8, "9-9 "), (9, "")]);
    }
}
