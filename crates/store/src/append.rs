//! Appending to a session's log: the one place where sequences are given out and fences are checked.

use std::sync::Arc;

use everruns_core::event::{Context, Encoded, NewEvent, is_delta};
use everruns_core::session::SessionStatus;
use everruns_core::{Spent, Timestamp};

use crate::value::Statement;
use crate::{Database, Error, Once, Operation, SessionHead, SessionKey, Store};

/// An event in the form in which it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Where in a turn it belongs.
    pub context: Option<Context>,
    /// Type, version and data.
    pub encoded: Encoded,
}

impl From<&NewEvent> for StoredEvent {
    fn from(event: &NewEvent) -> Self {
        Self { context: event.context, encoded: event.data.encode() }
    }
}

/// A message for a session, from anybody.
#[derive(Clone, Debug)]
pub struct Post {
    /// The session.
    pub session: SessionKey,
    /// When it came.
    pub at: Timestamp,
    /// The message's event, and behind it what its turn writes first. The latter is only written if it opens one.
    pub events: Arc<[StoredEvent]>,
    /// Opens a turn in the same commit if the session is idle, for this holder. Without it an idle session is marked
    /// runnable.
    pub holder: Option<Arc<str>>,
    /// What the session must be like for the message to be written.
    pub expected: Expected,
    /// Whether a turn that waits for its client is to look at the message at once.
    pub wakes: bool,
}

/// What a session must be like for a message to be written to it. Nothing, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Its last event is this one; otherwise [`Refusal::Conflict`].
    pub last_sequence: Option<i64>,
    /// Its open turn starts here; 0: no turn is open. Otherwise [`Refusal::Moved`].
    pub turn_sequence: Option<i64>,
}

impl Expected {
    /// Whether `head` is like that.
    pub(crate) fn check(self, head: &SessionHead) -> Result<(), Refusal> {
        if self.last_sequence.is_some_and(|expected| expected != head.last_sequence) {
            return Err(Refusal::Conflict { last_sequence: head.last_sequence });
        }
        if self.turn_sequence.is_some_and(|expected| expected != head.turn_sequence) {
            return Err(Refusal::Moved);
        }
        Ok(())
    }
}

/// A posted message.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// The sequence of the message's event.
    pub sequence: i64,
    /// What became of the session.
    pub posting: Posting,
    /// The session's head after the commit.
    pub head: SessionHead,
}

/// What a posted message did to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    /// It opened a turn, which the caller holds now.
    Opened,
    /// The session waits to be claimed.
    Runnable,
    /// A running turn will see it.
    Steers,
}

/// Events of a turn.
#[derive(Clone, Debug)]
pub struct Append {
    /// The session.
    pub session: SessionKey,
    /// When they happened.
    pub at: Timestamp,
    /// What must still be so.
    pub guard: Guard,
    /// What happened.
    pub events: Arc<[StoredEvent]>,
    /// What becomes of the turn and its holder.
    pub then: Then,
    /// The session's status afterwards.
    pub status: SessionStatus,
    /// Tokens to add to the session's count.
    pub usage: Spent,
}

/// What must still be so for an append to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The caller holds the session: somebody does, and its fence is the session's.
    Holder {
        /// The fence of the caller's claim.
        fence: i64,
        /// If given, no input came after this sequence.
        inbox_seen: Option<i64>,
    },
    /// The caller takes the turn over from whoever holds it: the fence is raised.
    Takeover {
        /// The open turn is the one that starts here.
        turn_sequence: i64,
        /// If given, nothing was appended after this sequence.
        last_sequence: Option<i64>,
        /// If given, no input came after this sequence.
        inbox_seen: Option<i64>,
    },
}

/// What becomes of a turn and its holder after an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// The holder goes on.
    Hold,
    /// This holder goes on.
    HoldAs(Arc<str>),
    /// Nobody holds it; it runs again at this time. The guard must name the inbox or the last event that was seen, or
    /// an input that came before would wake nobody.
    Park(Timestamp),
    /// The turn is over.
    End,
    /// The turn is over and the next one is open.
    Next {
        /// The place among the events, from 0, of the one that opens it.
        opener: usize,
        /// Who runs it; without a holder it waits to be claimed, from the time of the append on.
        holder: Option<Arc<str>>,
    },
}

/// Appended events.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The sequence of the first one; the others follow without a gap.
    pub first_sequence: i64,
    /// The session's head after the commit.
    pub head: SessionHead,
}

/// Why an append was not written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// There is no such session any more.
    #[error("the session is gone")]
    Gone,
    /// Somebody else claimed the session or ended its turn.
    #[error("the claim is lost")]
    Fenced,
    /// Something came in between; fold and decide again.
    #[error("something came in between")]
    Moved,
    /// The session's last event is not the one that the caller expected.
    #[error("the session's last event is {last_sequence}")]
    Conflict {
        /// The last event.
        last_sequence: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Guard {
    /// Whether `head` still satisfies it.
    pub(crate) fn check(self, head: &SessionHead) -> Result<(), Refusal> {
        match self {
            // Who parked, ended or was released has the fence still, but does not hold the session any more.
            Self::Holder { fence, .. } if head.fence != fence || head.holder.is_none() => Err(Refusal::Fenced),
            Self::Takeover { turn_sequence, .. } if head.turn_sequence != turn_sequence => Err(Refusal::Fenced),
            Self::Holder { inbox_seen: Some(seen), .. } | Self::Takeover { inbox_seen: Some(seen), .. }
                if head.inbox_sequence > seen =>
            {
                Err(Refusal::Moved)
            }
            Self::Takeover { last_sequence: Some(last), .. } if head.last_sequence != last => Err(Refusal::Moved),
            _ => Ok(()),
        }
    }

    pub(crate) fn raises_fence(self) -> bool {
        matches!(self, Self::Takeover { .. })
    }
}

/// Events that `X-Total-Count` counts: all but deltas.
pub(crate) fn counted(events: &[StoredEvent]) -> i64 {
    events.iter().filter(|event| !is_delta(&event.encoded.type_name)).count() as i64
}

impl Store {
    /// Writes a message to a session, and opens a turn with it if the session is idle and an opening is given.
    pub async fn post_input(&self, post: Post) -> Result<Posted, Refusal> {
        once(async |record| {
            self.through(Operation::Post, async {
                match &*self.database {
                    Database::Sqlite(database) => database.post_input(post, record).await,
                    Database::Postgres(database) => database.post_input(post, record).await,
                }
            })
            .await
        })
        .await
    }

    /// Writes events of a turn, if the guard still holds; otherwise nothing.
    pub async fn append_events(&self, append: Append) -> Result<Appended, Refusal> {
        once(async |record| {
            self.through(Operation::Append(append.guard), async {
                match &*self.database {
                    Database::Sqlite(database) => database.append_events(append, record).await,
                    Database::Postgres(database) => database.append_events(append, record).await,
                }
            })
            .await
        })
        .await
    }
}

/// Runs a write that takes the record of the current [`Once`] along, if there is one.
async fn once<T>(write: impl AsyncFnOnce(Option<Box<Statement>>) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let once = Once::take();
    let written = write(once.as_ref().map(|once| Box::new(once.statement()))).await;
    if let Some(once) = once {
        let is_repeated = matches!(&written, Err(Refusal::Store(Error::Repeated)));
        once.settle(written.is_ok(), is_repeated);
    }
    written
}
