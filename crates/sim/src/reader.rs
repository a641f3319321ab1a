//! Readers that follow the session: they register, read, wait to be woken and read on; when they are cut they resume
//! behind what they have, as `server/src/api/events/stream.rs` does for its clients.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use everruns_core::EventId;
use everruns_core::limits::EVENTS_READ_BATCH;
use everruns_engine::{Engine, Error, Events, Subscription, Tail};
use everruns_store::EventQuery;

use crate::client::{Client, Finished};

/// An event as it was sent.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) sequence: i64,
    pub(crate) id: EventId,
    pub(crate) json: String,
}

/// What is sent of these events.
pub(crate) fn sent(events: &Events) -> Vec<Got> {
    let got = events.iter().map(|event| {
        let mut json = String::new();
        event.write_json(&mut json);
        Got { sequence: event.sequence, id: event.id(), json }
    });
    got.collect()
}

pub(crate) struct Reader {
    /// Everything up to here was received.
    pub(crate) cursor: i64,
    pub(crate) node: usize,
    pub(crate) state: State,
}

pub(crate) enum State {
    /// Not connected.
    Away,
    /// Connected, a read is under way.
    Reading,
    /// Connected; the last read got something, so there may be more.
    Hungry(Subscription),
    /// Connected, and asleep until it is woken.
    Asleep(Sleep),
}

/// A reader that waits for news. It looks again only when it is woken, as a task of the server does.
pub(crate) struct Sleep {
    waiting: Pin<Box<dyn Future<Output = Subscription> + Send>>,
    alarm: Arc<Alarm>,
}

struct Alarm(AtomicBool);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Sleep {
    pub(crate) fn new(mut subscription: Subscription, cursor: i64) -> Self {
        let waiting = Box::pin(async move {
            subscription.changed(cursor).await;
            subscription
        });
        Self { waiting, alarm: Arc::new(Alarm(AtomicBool::new(true))) }
    }

    /// The subscription, if there is news.
    fn woken(&mut self) -> Option<Subscription> {
        if !self.alarm.0.swap(false, Ordering::Relaxed) {
            return None;
        }
        let waker = Waker::from(self.alarm.clone());
        match self.waiting.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(subscription) => Some(subscription),
            Poll::Pending => None,
        }
    }
}

impl Reader {
    /// Whether there is reason to read.
    pub(crate) fn is_woken(&mut self) -> bool {
        match &mut self.state {
            State::Away | State::Hungry(_) => true,
            State::Reading => false,
            State::Asleep(sleep) => match sleep.woken() {
                Some(subscription) => {
                    self.state = State::Hungry(subscription);
                    true
                }
                None => false,
            },
        }
    }

    /// Connects if need be, and reads once.
    pub(crate) fn read(&mut self, place: usize, client: &Client) {
        let (cursor, engine, org, id) = (self.cursor, client.engine.clone(), client.org, client.id);
        let subscription = match std::mem::replace(&mut self.state, State::Reading) {
            State::Hungry(subscription) => Some(subscription),
            _ => None,
        };
        client.spawn(async move {
            let Ok(session) = engine.session(org, id).await else { return Finished::NoReader { reader: place } };
            // First register, then read.
            let subscription = subscription.unwrap_or_else(|| engine.subscribe(session.key));
            let answer = read(&engine, &session, &subscription, cursor).await;
            Finished::Read { reader: place, subscription, answer }
        });
    }
}

async fn read(
    engine: &Engine,
    session: &everruns_engine::Definition,
    subscription: &Subscription,
    cursor: i64,
) -> Result<Vec<Got>, Error> {
    match subscription.after(cursor) {
        Tail::Pages(pages) => {
            let mut got: Vec<Got> = Vec::new();
            for page in &pages {
                let seen = got.last().map_or(cursor, |last| last.sequence);
                got.extend(sent(page.events()).into_iter().filter(|event| event.sequence > seen));
            }
            Ok(got)
        }
        Tail::Behind => {
            let query = EventQuery { after: cursor, limit: Some(EVENTS_READ_BATCH), ..EventQuery::all(session.key) };
            Ok(sent(&engine.events(session, &query).await?))
        }
    }
}
