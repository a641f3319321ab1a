//! Input is never lost, nor heard twice.

use std::collections::HashSet;

use everruns_core::Delivery;
use everruns_core::event::EventData;
use everruns_core::message::Message;
use everruns_core::turn::laws::Entry;
use everruns_engine::Error;

use super::Verdict;
use crate::world::World;

/// A message that somebody sends.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) text: String,
    pub(crate) model: Option<&'static str>,
    pub(crate) delivery: Delivery,
    pub(crate) expected_sequence: Option<i64>,
    pub(crate) acknowledged: Option<i64>,
    /// The caller was told that it was not taken.
    pub(crate) refused: bool,
}

impl Posted {
    pub(crate) fn new(text: String) -> Self {
        let (model, delivery, expected_sequence) = (None, Delivery::Steer, None);
        Self { text, model, delivery, expected_sequence, acknowledged: None, refused: false }
    }
}

/// Every input of the log was said by somebody, once; a cancel leaves its note.
pub(crate) fn once(world: &World) -> Verdict {
    let mut heard = HashSet::new();
    let mut note = false;
    for entry in &world.watch.log {
        match &entry.event.data {
            EventData::TurnCancelled(cancelled) => note = !cancelled.rolled_back,
            EventData::InputMessage(_) if note => note = false,
            EventData::InputMessage(input) => {
                let text = input.message.text();
                if world.posts.iter().all(|post| post.text != text) {
                    return Err(format!("nobody said what stands at {}", entry.event.sequence));
                }
                if !heard.insert(text) {
                    return Err(format!("the message at {} stands in the log twice", entry.event.sequence));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// An answer that is called the last one has read all inputs before it.
pub(crate) fn last_word(world: &World) -> Verdict {
    let Some(turn) = world.watch.turns.last() else { return Ok(()) };
    let mut unread = None;
    for entry in world.watch.events_of(turn) {
        match &entry.event.data {
            EventData::InputMessage(input) if input.is_queued() => {}
            EventData::InputMessage(_) | EventData::InputDequeued(_) => unread = Some(entry.event.sequence),
            EventData::ReasonStarted(_) => unread = None,
            EventData::OutputMessageCompleted(completed) if completed.phase.as_deref() == Some("final_answer") => {
                if let Some(input) = unread {
                    return Err(format!("the answer at {} overlooks the input at {input}", entry.event.sequence));
                }
            }
            EventData::TurnCancelled(_) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

/// What was acknowledged stands where the acknowledgement says.
pub(crate) fn acknowledged(world: &World, post: usize, message: &Message) -> Verdict {
    let sequence = message.sequence.unwrap_or(0);
    let found = world.watch.log.get((sequence - 1).max(0) as usize).map(|entry| &entry.event.data);
    match found {
        Some(EventData::InputMessage(input))
            if input.message.id == message.id && input.message.text() == world.posts[post].text =>
        {
            as_expected(world, post, sequence)
        }
        _ => Err(format!("the acknowledged message is not event {sequence}")),
    }
}

/// What may stand between the event that a message expected and the message: the end of the turn that gave way to it.
const GIVES_WAY: &[&str] =
    &["input.dropped", "turn.cancelled", "input.message", "output.message.completed", "session.idled"];

/// A message that expected an event stands behind it, and it met the turn that was open as it was meant to.
fn as_expected(world: &World, post: usize, sequence: i64) -> Verdict {
    let (said, watch) = (&world.posts[post], &world.watch);
    if let Some(expected) = said.expected_sequence {
        let is_behind = expected < sequence && {
            let between = watch.rows[expected as usize..sequence as usize].iter();
            between.map(|row| &*row.encoded.type_name).all(|name| GIVES_WAY.contains(&name))
        };
        if !is_behind {
            return Err(format!("{} expected event {expected} and stands at {sequence}", said.text));
        }
    }
    let found_a_turn = watch.turns.iter().all(|turn| turn.first != sequence);
    let is_queued = match &watch.log[sequence as usize - 1].event.data {
        EventData::InputMessage(input) => input.is_queued(),
        _ => false,
    };
    match said.delivery {
        Delivery::Interrupt | Delivery::Rollback | Delivery::Reject if found_a_turn => {
            Err(format!("{} was to have a turn of its own", said.text))
        }
        delivery if is_queued != (delivery == Delivery::Queue && found_a_turn) => {
            Err(format!("{} was sent with {delivery:?}, but queued: {is_queued}", said.text))
        }
        _ => Ok(()),
    }
}

/// Each input has one fate: it opened a turn, steered one or was dropped. Until then the open turn knows of it.
pub(crate) fn one_fate(world: &World) -> Verdict {
    let watch = &world.watch;
    if let Some((id, fates)) = watch.fates.iter().find(|(_, fates)| fates.len() > 1) {
        return Err(format!("{id} has the fates {fates:?}"));
    }
    let open = watch.open_turn().map(|record| super::order::folded(world, record));
    let mut note = false;
    for Entry { event, .. } in &watch.log {
        match &event.data {
            EventData::TurnCancelled(cancelled) => note = !cancelled.rolled_back,
            EventData::InputMessage(_) if note => note = false,
            EventData::InputMessage(input) if !watch.fates.contains_key(&input.message.id) => {
                let id = input.message.id;
                let is_known = open.as_ref().is_some_and(|turn| {
                    turn.unread.iter().any(|unread| unread.message_id == id)
                        || turn.queue.iter().any(|queued| queued.message.id == id)
                });
                if !is_known {
                    return Err(format!("nobody knows of the input at {} any more", event.sequence));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Queued messages have their turns in order, and whoever opens a turn tells what waits behind it.
pub(crate) fn queue(world: &World) -> Verdict {
    let watch = &world.watch;
    if let Some(sequence) = watch.out_of_order {
        return Err(format!("the message dequeued at {sequence} was not the first in the queue"));
    }
    let Some(turn) = watch.turns.last() else { return Ok(()) };
    let told = match &watch.log[turn.first as usize - 1].event.data {
        EventData::InputMessage(input) => &input.queued_sequences,
        EventData::InputDequeued(input) => &input.queued_sequences,
        other => return Err(format!("{} opens a turn", other.type_name())),
    };
    let known: Vec<i64> = turn.queue_before.iter().map(|queued| queued.sequence).collect();
    if *told == known { Ok(()) } else { Err(format!("behind event {} {told:?} wait, and not {known:?}", turn.first)) }
}

/// Who expected another event is told the last one, which cannot be the expected one.
pub(crate) fn conflict(world: &World, expected: Option<i64>, error: &Error) -> Verdict {
    match error {
        Error::SequenceConflict { last_sequence }
            if Some(*last_sequence) == expected
                || expected.is_none()
                || !(1..=world.watch.head.last_sequence).contains(last_sequence) =>
        {
            Err(format!("who expected {expected:?} was told {last_sequence}"))
        }
        _ => Ok(()),
    }
}

/// What was refused was not written.
pub(crate) fn refused(world: &World, post: usize, error: &Error) -> Verdict {
    conflict(world, world.posts[post].expected_sequence, error)?;
    if matches!(error, Error::TurnRunning(_)) && world.posts[post].delivery != Delivery::Reject {
        return Err(format!("{} was refused for a turn that runs", world.posts[post].text));
    }
    let text = &world.posts[post].text;
    let is_there = world.watch.log.iter().any(|entry| match &entry.event.data {
        EventData::InputMessage(input) => input.message.text() == *text,
        _ => false,
    });
    if is_there { Err(format!("{text} was refused, but it stands in the log")) } else { Ok(()) }
}

/// As many calls were closed by a client's results as it was told.
pub(crate) fn submitted(world: &World, sent: usize, taken: usize) -> Verdict {
    let results = &world.sent[sent];
    let said: Vec<String> = results
        .iter()
        .filter_map(|result| result.error.clone().or_else(|| result.result.as_ref().map(ToString::to_string)))
        .collect();
    let closed = world.watch.log.iter().filter(|entry| match &entry.event.data {
        EventData::ToolCompleted(completed) => {
            let text = completed.result.as_ref().and_then(|parts| parts.first()?.as_text().map(str::to_owned));
            completed.error.clone().or(text).is_some_and(|text| said.contains(&text))
        }
        _ => false,
    });
    let closed = closed.count();
    if said.len() == results.len() && closed != taken {
        return Err(format!("{taken} results were taken, {closed} stand in the log"));
    }
    Ok(())
}

/// At the end of a history: every input belongs to a turn that is over, and every acknowledged one is there.
pub(crate) fn answered(world: &World) -> Verdict {
    if let Some(turn) = world.watch.open_turn() {
        return Err(format!("the turn that began at {} is still open", turn.first));
    }
    if let Some(queued) = world.watch.queue.first() {
        return Err(format!("the message at {} is still queued", queued.sequence));
    }
    for post in &world.posts {
        let found = world.watch.log.iter().find_map(|entry| match &entry.event.data {
            EventData::InputMessage(input) if input.message.text() == post.text => Some(entry.event.sequence),
            _ => None,
        });
        if post.acknowledged.is_some() && post.acknowledged != found {
            return Err(format!("{} was acknowledged at {:?} and is at {found:?}", post.text, post.acknowledged));
        }
        if post.refused && found.is_some() {
            return Err(format!("{} was refused, but it stands at {found:?}", post.text));
        }
    }
    Ok(())
}
