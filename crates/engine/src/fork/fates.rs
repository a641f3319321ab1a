//! The inputs of a log that have no fate yet at one of its events: nobody will answer them in a fork that begins there.

use std::collections::HashSet;

use everruns_core::event::{Context, EventData, InputDropped, NewEvent, Recorded};
use everruns_core::{DropReason, MessageId, TurnId};
use everruns_store::{EventQuery, Log, StoredEvent};

use super::{MARKS, STARTED};
use crate::definition::corrupt;
use crate::{Engine, Error};

/// What may open a turn.
const OPENERS: [&str; 2] = ["input.message", "input.dequeued"];
/// What tells of an input.
const TOLD: [&str; 2] = ["input.steered", "input.dropped"];
/// Events read at a time on the way back to what opened a turn; it stands right before its turn, as a rule.
const READ_BATCH: i64 = 16;

/// What the events said of inputs so far.
#[derive(Default)]
pub(super) struct Fates {
    /// What opened the latest turn; 0: nothing did.
    pub(super) input_sequence: i64,
    /// Inputs without a fate, oldest first, each with the input that opened, or will open, the turn that is to read it.
    waiting: Vec<(MessageId, MessageId)>,
    /// The input that opened the turn which is open.
    opener: Option<MessageId>,
    /// The note that the latest cancel left; it is nobody's input.
    note: Option<MessageId>,
}

impl Fates {
    fn fold(&mut self, event: &Recorded) {
        match &event.data {
            EventData::InputMessage(input) if self.note == Some(input.message.id) => {}
            EventData::InputMessage(input) if input.is_queued() => {
                self.waiting.push((input.message.id, input.message.id));
            }
            EventData::InputMessage(input) => {
                let id = input.message.id;
                let opener = self.opener.unwrap_or_else(|| self.open(event.sequence, id));
                self.waiting.push((id, opener));
            }
            EventData::InputDequeued(input) => {
                let id = self.open(event.sequence, input.message_id);
                if self.waiting.iter().all(|(waiting, _)| *waiting != id) {
                    self.waiting.push((id, id));
                }
            }
            EventData::TurnStarted(started) => self.tell(started.input_message_id),
            EventData::InputSteered(steered) => self.tell(steered.message_id),
            EventData::InputDropped(dropped) => self.tell(dropped.message_id),
            ended if ended.ends_turn() => {
                self.opener = None;
                if let EventData::TurnCancelled(cancelled) = ended {
                    self.note = Some(MessageId::cancel_note(cancelled.turn_id, 0));
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, sequence: i64, id: MessageId) -> MessageId {
        (self.opener, self.input_sequence) = (Some(id), sequence);
        id
    }

    fn tell(&mut self, id: MessageId) {
        self.waiting.retain(|(waiting, _)| *waiting != id);
    }

    /// The events that tell of those which a fork leaves unanswered.
    pub(super) fn dropped(&self) -> impl Iterator<Item = StoredEvent> {
        self.waiting.iter().map(|(message_id, opener)| {
            let turn_id = TurnId::opened_by(*opener);
            let dropped = InputDropped { message_id: *message_id, reason: DropReason::Forked, turn_id };
            let context = Some(Context { turn_id, input_message_id: *opener, step: 0, span: 0 });
            StoredEvent::from(&NewEvent { context, data: dropped.into() })
        })
    }
}

impl Engine {
    /// The inputs of a log as they stand right before the event `before`.
    pub(super) async fn fates(&self, log: &Log, before: i64) -> Result<Fates, Error> {
        let mut fates = Fates::default();
        let opener = self.opener(log, before).await?;
        let from = opener.as_ref().map_or(1, |opener| opener.sequence);
        if let Some(queued) = opener.as_ref().and_then(queued_behind).filter(|queued| !queued.is_empty()) {
            self.read_queue(log, queued, &mut fates).await?;
        }
        let types = OPENERS.iter().chain(&TOLD).chain(&MARKS).map(|&name| name.to_owned()).collect();
        let query = EventQuery { after: from - 1, before: Some(before), types, ..EventQuery::all(log.clone()) };
        for row in self.store().events(&query).await? {
            fates.fold(&row.decode().map_err(corrupt)?);
        }
        Ok(fates)
    }

    /// Those that were queued already when the turn opened.
    async fn read_queue(&self, log: &Log, queued: &[i64], fates: &mut Fates) -> Result<(), Error> {
        let queued: HashSet<i64> = queued.iter().copied().collect();
        let (first, last) = (queued.iter().min().unwrap_or(&0), queued.iter().max().unwrap_or(&0));
        let query = EventQuery {
            after: first - 1,
            before: Some(last + 1),
            types: vec![OPENERS[0].to_owned()],
            ..EventQuery::all(log.clone())
        };
        for row in self.store().events(&query).await?.into_iter().filter(|row| queued.contains(&row.sequence)) {
            fates.fold(&row.decode().map_err(corrupt)?);
        }
        Ok(())
    }

    /// What opened the latest turn that had started by then.
    async fn opener(&self, log: &Log, before: i64) -> Result<Option<Recorded>, Error> {
        let started = self.last_of(log, &[STARTED], Some(before)).await?;
        let Some((started, opened_by)) = started.and_then(|row| Some((row.sequence, row.context?.input_message_id)))
        else {
            return Ok(None);
        };
        let mut query = EventQuery {
            before: Some(started),
            types: OPENERS.map(str::to_owned).into(),
            descending: true,
            limit: Some(READ_BATCH),
            ..EventQuery::all(log.clone())
        };
        loop {
            let rows = self.store().events(&query).await?;
            let Some(oldest) = rows.last().map(|row| row.sequence) else { return Ok(None) };
            for row in rows {
                let event = row.decode().map_err(corrupt)?;
                let opens = match &event.data {
                    EventData::InputMessage(input) => input.message.id == opened_by && !input.is_queued(),
                    EventData::InputDequeued(input) => input.message_id == opened_by,
                    _ => false,
                };
                if opens {
                    return Ok(Some(event));
                }
            }
            query.before = Some(oldest);
        }
    }
}

/// Where the messages stand that are queued behind the turn which an event opens.
fn queued_behind(opener: &Recorded) -> Option<&[i64]> {
    match &opener.data {
        EventData::InputMessage(input) => Some(&input.queued_sequences),
        EventData::InputDequeued(input) => Some(&input.queued_sequences),
        _ => None,
    }
}
