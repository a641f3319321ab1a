//! Decide and commit: the events an input gives are written under the holder's fence, then folded in and shown.

use std::sync::Arc;
use std::time::Duration;

use everruns_core::event::{EventData, NewEvent, Recorded};
use everruns_core::limits::{WRITE_RETRY_MILLIS_MAX, WRITE_RETRY_MILLIS_MIN};
use everruns_core::session::SessionStatus;
use everruns_core::turn::{Input, decide};
use everruns_core::{SessionId, Spent, Timestamp};
use everruns_store::{Append, EventQuery, Guard, Refusal, SessionKey, StoredEvent, Then};

use crate::hub::Page;
use crate::piece::accumulated;
use crate::runner::{Held, Stop};
use crate::shown::{Events, Members};
use crate::{Inner, definition::corrupt};

/// First wait after the database failed; it doubles up to the second one.
const RETRY_MIN: Duration = Duration::from_millis(WRITE_RETRY_MILLIS_MIN);
const RETRY_MAX: Duration = Duration::from_millis(WRITE_RETRY_MILLIS_MAX);

/// What a batch means for the session row.
pub(crate) struct Consequence {
    pub(crate) then: Then,
    pub(crate) status: SessionStatus,
    pub(crate) usage: Spent,
}

/// Reads from a batch what becomes of the turn.
pub(crate) fn consequence(events: &[NewEvent], deadline: Timestamp) -> Consequence {
    let spent = events.iter().filter_map(|event| match &event.data {
        EventData::ReasonCompleted(completed) => completed.usage,
        _ => None,
    });
    let usage = spent.fold(Spent::default(), |sum, usage| sum + usage);
    let (then, status) = if matches!(events.last().map(|event| &event.data), Some(EventData::InputDequeued(_))) {
        (Then::Next { opener: events.len() - 1, holder: None }, SessionStatus::Active)
    } else if events.iter().any(|event| event.data.ends_turn()) {
        (Then::End, SessionStatus::Idle)
    } else if matches!(events.last().map(|event| &event.data), Some(EventData::ToolCallRequested(_))) {
        (Then::Park(deadline), SessionStatus::WaitingForToolResults)
    } else {
        (Then::Hold, SessionStatus::Active)
    };
    Consequence { then, status, usage }
}

impl Held {
    /// Decides what `input` gives, commits it and folds it in. A batch that ends or parks the turn, or tells what a reason
    /// step reads, is only written if no other input came; otherwise that input is folded in first and everything is
    /// decided again.
    pub(crate) async fn commit(&mut self, input: Input) -> Result<(), Stop> {
        let mut wait = RETRY_MIN;
        loop {
            let at = self.inner.source.now();
            let events = decide(&self.turn, input.clone(), at);
            if events.is_empty() {
                return Ok(());
            }
            // Somebody who spoke meanwhile does not wait for the client: the parked turn is due at once.
            let patience = if self.turn.unread.is_empty() { self.turn.config.client_tool_seconds } else { 0 };
            let deadline = at.plus_seconds(patience);
            let Consequence { then, status, usage } = consequence(&events, deadline);
            let reads = events.iter().any(|event| matches!(event.data, EventData::ReasonStarted(_)));
            let inbox_seen = (reads || then != Then::Hold).then_some(self.turn.last_sequence);
            let is_followed = matches!(then, Then::Next { .. });
            let stored: Arc<[StoredEvent]> = events.iter().map(StoredEvent::from).collect();
            let append = Append {
                session: self.head.key,
                at,
                guard: Guard::Holder { fence: self.head.fence, inbox_seen },
                events: stored.clone(),
                then,
                status,
                usage,
            };
            match self.inner.store.append_events(append).await {
                Ok(appended) => {
                    if let Err(stop) = self.catch_up(appended.first_sequence).await {
                        // What is durable is shown all the same; readers take it from the database.
                        self.inner.hub.publish(self.head.key, appended.head.last_sequence, || None);
                        return Err(stop);
                    }
                    let first = appended.first_sequence;
                    let read_along = self.inner.hub.has_readers(self.head.key);
                    let mut members = Some(Members::new()).filter(|_| read_along);
                    for (sequence, event) in (first..).zip(events) {
                        let event = Recorded { sequence, at, data: event.data };
                        self.fold(&event);
                        members = members.and_then(|members| self.with_member(members, &event));
                    }
                    self.head = appended.head;
                    if self.head.holder.is_none() {
                        // Before anybody sees that the turn rests: the next message may come at once.
                        let conversation = std::mem::take(&mut self.conversation);
                        self.inner.conversations.put(self.head.key, conversation, self.turn.last_sequence);
                    }
                    let batch = Batch { session: self.head.id, first, at, count: stored.len(), events: stored };
                    self.inner.publish(self.head.key, batch, members);
                    if is_followed {
                        // A queued message has its turn.
                        self.inner.runnable.notify_one();
                    }
                    return Ok(());
                }
                Err(Refusal::Moved) => self.catch_up_while_held().await?,
                Err(Refusal::Gone | Refusal::Fenced | Refusal::Conflict { .. }) => return Err(Stop::Lost),
                Err(Refusal::Store(error)) => {
                    // The turn stays where it is until the database takes writes again.
                    tracing::warn!(session = %self.head.id, %error, "a commit failed; trying again");
                    tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => return Err(Stop::Lost),
                        () = self.inner.stopping.cancelled() => return Err(Stop::Released),
                        () = tokio::time::sleep(wait) => wait = (wait * 2).min(RETRY_MAX),
                    }
                    // Whether the batch was written is unknown if the connection broke: the log tells.
                    let step = (self.turn.iterations, self.turn.phase);
                    self.catch_up_while_held().await?;
                    // If it was, nobody has told those who read along.
                    self.inner.hub.publish(self.head.key, self.turn.last_sequence, || None);
                    if is_followed {
                        self.inner.runnable.notify_one();
                    }
                    if step != (self.turn.iterations, self.turn.phase) {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Folds in what was written while the claim stood. What a successor wrote is not this runner's to act on: it would
    /// run the successor's tools a second time.
    async fn catch_up_while_held(&mut self) -> Result<(), Stop> {
        let row = self.inner.store.session_by_key(self.head.key).await.map_err(crate::Error::from)?;
        let head = row.map(|row| row.head).filter(|head| head.fence == self.head.fence).ok_or(Stop::Lost)?;
        self.catch_up(head.last_sequence + 1).await
    }

    /// Folds in what others wrote before `sequence`.
    async fn catch_up(&mut self, before: i64) -> Result<(), Stop> {
        if self.turn.last_sequence + 1 >= before {
            return Ok(());
        }
        let query =
            EventQuery { after: self.turn.last_sequence, before: Some(before), ..EventQuery::all(self.head.key) };
        for row in self.inner.store.events(&query).await.map_err(crate::Error::from)? {
            self.fold(&row.decode().map_err(corrupt)?);
        }
        Ok(())
    }

    /// Folds the next event of the log in.
    pub(crate) fn fold(&mut self, event: &Recorded) {
        self.turn.apply(event);
        self.conversation.push(event);
    }

    /// Adds what readers are shown of an event that was just folded in and that is not stored with it; `None` if only the
    /// database has it.
    fn with_member(&mut self, mut members: Members, event: &Recorded) -> Option<Members> {
        let member = match &event.data {
            EventData::OutputMessageDelta(_) => accumulated(&self.turn.reason.shown),
            EventData::ReasonThinkingDelta(_) => accumulated(&self.turn.reason.thought),
            EventData::LlmGeneration(call) => {
                self.conversation.shown(self.head.id, call.private.from, call.private.before)?
            }
            _ => return Some(members),
        };
        members.insert(event.sequence, member);
        Some(members)
    }
}

/// A durable batch on its way to those who read along.
pub(crate) struct Batch {
    pub(crate) session: SessionId,
    pub(crate) first: i64,
    pub(crate) at: Timestamp,
    pub(crate) events: Arc<[StoredEvent]>,
    /// How many of the events were written.
    pub(crate) count: usize,
}

impl Inner {
    /// Shows a batch to those who read along. Without members they read it from the database.
    pub(crate) fn publish(&self, session: SessionKey, batch: Batch, members: Option<Members>) {
        let Batch { session: id, first, at, events, count } = batch;
        self.hub.publish(session, first + count as i64 - 1, || {
            members.map(|members| Page::new(Events::written(id, first, at, events, count, members)))
        });
    }
}
