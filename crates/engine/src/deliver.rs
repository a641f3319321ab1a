//! How a message meets a turn that is open already: it waits behind it, takes its place, or is refused.

use std::sync::Arc;

use everruns_core::delivery::Delivery;
use everruns_core::event::{InputMessage, NewEvent, Recorded};
use everruns_core::limits::{CANCEL_TRIES_EXACT, QUEUED_MESSAGES_MAX};
use everruns_core::message::Message;
use everruns_core::session::SessionStatus;
use everruns_core::turn::{GiveWay, Input, Turn, decide};
use everruns_core::{Spent, Timestamp};
use everruns_store::{Append, Expected, Guard, Refusal, SessionHead, StoredEvent, Then};

use crate::commit::Batch;
use crate::post::{Accepted, opening};
use crate::runner::{Held, Registration};
use crate::shown::Members;
use crate::{Definition, Error, Inner};

impl Inner {
    /// Writes a message to a session in the way that its caller wants. `None`: the session is another one meanwhile, look
    /// again. `attempt` counts the looks.
    pub(crate) async fn deliver(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        message: &Message,
        delivery: Delivery,
        expected_sequence: Option<i64>,
        attempt: u32,
    ) -> Result<Option<Accepted>, Error> {
        if delivery == Delivery::Steer {
            let expected = Expected { last_sequence: expected_sequence, turn_sequence: None };
            return self.open_or_steer(definition, message, expected).await;
        }
        let (head, turn) = self.open_turn(definition).await?;
        if let Some(expected) = expected_sequence.filter(|expected| *expected != head.last_sequence) {
            tracing::debug!(session = %definition.id, expected, "a message expected another last event");
            return Err(Error::SequenceConflict { last_sequence: head.last_sequence });
        }
        let expected = Expected { last_sequence: expected_sequence, turn_sequence: Some(head.turn_sequence) };
        let Some(turn) = turn else { return self.open_or_steer(definition, message, expected).await };
        let how = match delivery {
            Delivery::Steer => return self.open_or_steer(definition, message, expected).await,
            Delivery::Queue if turn.queue.len() >= QUEUED_MESSAGES_MAX => {
                return Err(Error::QueueFull(QUEUED_MESSAGES_MAX));
            }
            Delivery::Queue => return self.queue(definition, message, expected).await,
            Delivery::Reject => return Err(Error::TurnRunning(turn.id)),
            Delivery::Interrupt => GiveWay::Interrupted,
            Delivery::Rollback => GiveWay::RolledBack { from: head.turn_sequence },
        };
        // What the turn spent is told exactly, if its holder leaves us the time, as with a cancel.
        let exact = attempt <= CANCEL_TRIES_EXACT || !turn.unread.is_empty();
        let seen = exact.then_some(head.last_sequence);
        let guard = Guard::Takeover {
            turn_sequence: head.turn_sequence,
            last_sequence: expected_sequence.or(seen),
            inbox_seen: Some(head.last_sequence),
        };
        let input = InputMessage {
            message: message.clone(),
            delivery: Some(delivery),
            queued_sequences: turn.queue.iter().map(|queued| queued.sequence).collect(),
        };
        self.cut_in(definition, &turn, how, guard, input).await
    }

    /// The open turn does not see the message; whoever ends it does.
    async fn queue(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        message: &Message,
        expected: Expected,
    ) -> Result<Option<Accepted>, Error> {
        let delivery = Some(Delivery::Queue);
        let input = InputMessage { message: message.clone(), delivery, queued_sequences: Vec::new() };
        let events = [NewEvent { context: None, data: input.into() }];
        let posted = self.post_events(definition, &events, None, expected, false).await?;
        Ok(posted.map(|(posted, _)| Accepted { sequence: posted.sequence, held: None }))
    }

    /// The open turn ends and the message opens its own, in one commit.
    async fn cut_in(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        turn: &Turn,
        how: GiveWay,
        guard: Guard,
        input: InputMessage,
    ) -> Result<Option<Accepted>, Error> {
        let resolved = self.resolve(definition, input.message.controls.as_ref()).await?;
        let at = self.source.now();
        let mut events = decide(turn, Input::GiveWay(how), at);
        if events.is_empty() {
            return Ok(None);
        }
        let mut next = Turn::opened_by(input.message.id, resolved.config, resolved.hash, Spent::default());
        next.queue.clone_from(&turn.queue);
        let opener = events.len();
        let opens = self.has_capacity() && next.config.refusal().is_none();
        let input = NewEvent { context: None, data: input.into() };
        let opened = if opens { opening(&next, &input, at) } else { Vec::new() };
        events.push(input);
        events.extend(opened);
        let stored: Arc<[StoredEvent]> = events.iter().map(StoredEvent::from).collect();
        let append = Append {
            session: definition.key,
            at,
            guard,
            events: stored.clone(),
            then: Then::Next { opener, holder: opens.then(|| self.holder.clone()) },
            status: SessionStatus::Active,
            usage: Spent::default(),
        };
        let appended = match self.store.append_events(append).await {
            Ok(appended) => appended,
            Err(Refusal::Fenced | Refusal::Moved | Refusal::Conflict { .. }) => return Ok(None),
            Err(Refusal::Gone) => return Err(Error::NotFound),
            Err(Refusal::Store(error)) => return Err(self.in_doubt(definition.key, error)),
        };
        let first = appended.first_sequence;
        let batch = Batch { session: definition.id, first, at, count: stored.len(), events: stored };
        self.publish(definition.key, batch, Some(Members::new()));
        self.stop_runner(definition.key, appended.head.fence);
        let sequence = first + opener as i64;
        if !opens {
            self.runnable.notify_one();
            return Ok(Some(Accepted { sequence, held: None }));
        }
        let held = self.hold(appended.head, next, sequence, at, events.split_off(opener));
        Ok(Some(Accepted { sequence, held: Some(held) }))
    }

    /// The turn that a commit has just opened for this process; `events` are its own, from `first` on.
    pub(crate) fn hold(
        self: &Arc<Self>,
        head: SessionHead,
        mut turn: Turn,
        first: i64,
        at: Timestamp,
        events: Vec<NewEvent>,
    ) -> Held {
        turn.usage_before = head.usage;
        let registration = Registration::new(self, &head);
        let mut held = Held::new(registration, head, turn, first);
        for (sequence, event) in (first..).zip(events) {
            held.fold(&Recorded { sequence, at, data: event.data });
        }
        held
    }
}
