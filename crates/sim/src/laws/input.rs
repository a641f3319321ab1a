//! Input is never lost, nor heard twice.

use std::collections::HashSet;

use everruns_core::event::EventData;
use everruns_core::message::Message;

use super::Verdict;
use crate::world::World;

/// A message that somebody sends.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) text: String,
    pub(crate) acknowledged: Option<i64>,
    /// The caller was told that it was not taken.
    pub(crate) refused: bool,
}

/// Every input of the log was said by somebody, once; a cancel leaves its note.
pub(crate) fn once(world: &World) -> Verdict {
    let mut heard = HashSet::new();
    let mut note = false;
    for entry in &world.watch.log {
        match &entry.event.data {
            EventData::TurnCancelled(_) => note = true,
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
            EventData::InputMessage(_) => unread = Some(entry.event.sequence),
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
            Ok(())
        }
        _ => Err(format!("the acknowledged message is not event {sequence}")),
    }
}

/// What was refused was not written.
pub(crate) fn refused(world: &World, post: usize) -> Verdict {
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
