//! The session row says what the log says, and somebody sees to an open turn.

use everruns_core::event::{EventData, is_delta};
use everruns_core::limits::CLIENT_TOOL_SECONDS_MAX;
use everruns_core::session::SessionStatus;
use everruns_core::{Spent, Timestamp};

use super::Verdict;
use crate::world::World;

/// What the log makes of the row.
#[derive(Debug, PartialEq)]
struct Fold {
    status: SessionStatus,
    last_sequence: i64,
    turn_sequence: i64,
    input_sequence: i64,
    inbox_sequence: i64,
    event_count: i64,
    turn_count: i64,
    usage: Spent,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

pub(crate) fn is_the_fold(world: &World) -> Verdict {
    let head = &world.watch.head;
    let row = Fold {
        status: head.status,
        last_sequence: head.last_sequence,
        turn_sequence: head.turn_sequence,
        input_sequence: head.input_sequence,
        inbox_sequence: head.inbox_sequence,
        event_count: head.event_count,
        turn_count: head.turn_count,
        usage: head.usage,
        started_at: head.started_at,
        finished_at: head.finished_at,
    };
    let fold = fold(world);
    if row != fold {
        return Err(format!("the row has {row:?}, the log {fold:?}"));
    }
    match (fold.turn_sequence, &head.holder, head.run_at) {
        (0, None, None) => Ok(()),
        (0, ..) => Err(format!("the idle session is held by {:?} and due at {:?}", head.holder, head.run_at)),
        (_, Some(_), None) => Ok(()),
        (_, None, Some(run_at)) => {
            // The clock of the step may lag behind by one jump of time.
            let latest = world.now.plus_seconds(2 * CLIENT_TOOL_SECONDS_MAX + 60);
            if run_at > latest { Err(format!("the open turn is due only at {run_at}")) } else { Ok(()) }
        }
        (..) => Err(format!("the open turn is held by {:?} and due at {:?}", head.holder, head.run_at)),
    }
}

fn fold(world: &World) -> Fold {
    let mut fold = Fold {
        status: SessionStatus::Started,
        last_sequence: world.watch.log.len() as i64,
        turn_sequence: 0,
        input_sequence: 0,
        inbox_sequence: 0,
        event_count: 0,
        turn_count: 0,
        usage: Spent::default(),
        started_at: None,
        finished_at: None,
    };
    let mut notes = 0;
    for (row, entry) in world.watch.rows.iter().zip(&world.watch.log) {
        let (sequence, at) = (row.sequence, row.at);
        fold.event_count += i64::from(!is_delta(&row.encoded.type_name));
        match &entry.event.data {
            // The note of a cancel is nobody's input.
            EventData::InputMessage(_) if notes > 0 => notes = 0,
            EventData::InputMessage(_) | EventData::InputDequeued(_) => {
                fold.inbox_sequence = sequence;
                if fold.turn_sequence == 0 {
                    (fold.turn_sequence, fold.input_sequence) = (sequence, sequence);
                    fold.started_at.get_or_insert(at);
                    fold.status = SessionStatus::Active;
                }
            }
            EventData::ReasonCompleted(completed) => fold.usage = fold.usage + completed.usage.unwrap_or_default(),
            EventData::ToolCallRequested(_) => fold.status = SessionStatus::WaitingForToolResults,
            EventData::ReasonStarted(_) => fold.status = SessionStatus::Active,
            data if data.ends_turn() => {
                notes = i32::from(matches!(data, EventData::TurnCancelled(cancelled) if !cancelled.rolled_back));
                fold.turn_sequence = 0;
                fold.turn_count += 1;
                fold.finished_at = Some(at);
                fold.status = SessionStatus::Idle;
            }
            _ => {}
        }
    }
    fold
}

/// After a write of an event: a parked turn that somebody spoke to does not wait for the client.
pub(crate) fn hears_at_once(world: &World) -> Verdict {
    let Some(turn) = world.watch.open_turn() else { return Ok(()) };
    // A queued message is to wake nobody.
    if let Some(EventData::InputMessage(input)) = world.watch.log.last().map(|entry| &entry.event.data)
        && input.is_queued()
    {
        return Ok(());
    }
    let newest = world.watch.events_of(turn).iter().rev().find_map(|entry| match &entry.event.data {
        EventData::InputMessage(input) if input.is_queued() => None,
        EventData::InputMessage(_) => Some(true),
        EventData::ReasonStarted(_) => Some(false),
        _ => None,
    });
    let last = world.watch.rows.last().map_or(Timestamp::default(), |row| row.at);
    match world.watch.head.run_at {
        Some(run_at) if newest == Some(true) && run_at > last => {
            Err(format!("somebody spoke to the waiting turn, but it is due only at {run_at}"))
        }
        _ => Ok(()),
    }
}
