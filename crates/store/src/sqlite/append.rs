//! Append on SQLite: checks against the remembered head, one INSERT per event, one UPDATE of the session row.

use everruns_core::session::SessionStatus;
use everruns_core::{Nanos, Timestamp};
use rusqlite::{Connection, params};

use super::heads::Heads;
use crate::append::counted;
use crate::value::Statement;
use crate::{Append, Appended, Counters, Error, Post, Posted, Posting, Refusal, SessionHead, StoredEvent, Then};

pub(super) fn post(
    connection: &Connection,
    heads: &mut Heads,
    counters: &Counters,
    post: &Post,
    record: Option<&Statement>,
) -> Result<Posted, Refusal> {
    let head = heads.get(connection, counters, post.session)?.ok_or(Refusal::Gone)?;
    post.expected.check(head)?;
    write_record(connection, counters, record)?;
    let before = head.clone();
    let sequence = head.last_sequence + 1;
    head.inbox_sequence = sequence;
    let idle = head.turn_sequence == 0;
    let posting = match &post.holder {
        Some(holder) if idle => {
            head.fence += 1;
            head.holder = Some(holder.clone());
            Posting::Opened
        }
        _ if head.holder.is_none() && (idle || post.wakes) => {
            // Who waits already keeps its place in the queue.
            head.run_at = Some(head.run_at.map_or(post.at, |run_at| run_at.min(post.at)));
            if idle { Posting::Runnable } else { Posting::Steers }
        }
        _ => Posting::Steers,
    };
    if idle {
        head.turn_sequence = sequence;
        head.input_sequence = sequence;
        head.started_at.get_or_insert(post.at);
        head.status = SessionStatus::Active;
    }
    let written = if posting == Posting::Opened { post.events.len() } else { 1 };
    insert(connection, counters, head, post.at, post.events[..written].iter())?;
    update(connection, counters, &before, head)?;
    Ok(Posted { sequence, posting, head: head.clone() })
}

/// The record of a request that shall have its effect once. It is written first: a refusal leaves nothing behind.
fn write_record(connection: &Connection, counters: &Counters, record: Option<&Statement>) -> Result<(), Error> {
    let Some(record) = record else { return Ok(()) };
    Counters::add(&counters.statements, 1);
    record.accept(super::run(connection, &record.sql, &record.parameters)?).map(drop)
}

pub(super) fn append(
    connection: &Connection,
    heads: &mut Heads,
    counters: &Counters,
    append: &Append,
    record: Option<&Statement>,
) -> Result<Appended, Refusal> {
    let head = heads.get(connection, counters, append.session)?.ok_or(Refusal::Gone)?;
    append.guard.check(head)?;
    write_record(connection, counters, record)?;
    let before = head.clone();
    let first_sequence = head.last_sequence + 1;
    if append.guard.raises_fence() {
        head.fence += 1;
    }
    head.run_at = None;
    match &append.then {
        Then::Hold => {}
        Then::HoldAs(holder) => head.holder = Some(holder.clone()),
        Then::Park(run_at) => {
            head.holder = None;
            head.run_at = Some(*run_at);
        }
        Then::End => {
            head.holder = None;
            head.turn_sequence = 0;
            head.turn_count += 1;
            head.finished_at = Some(append.at);
        }
        Then::Next { opener, holder } => {
            let opened = first_sequence + *opener as i64;
            head.holder = holder.clone();
            head.run_at = holder.is_none().then_some(append.at);
            (head.turn_sequence, head.input_sequence, head.inbox_sequence) = (opened, opened, opened);
            head.turn_count += 1;
            head.finished_at = Some(append.at);
        }
    }
    head.status = append.status;
    head.usage = head.usage + append.usage;
    insert(connection, counters, head, append.at, append.events.iter())?;
    update(connection, counters, &before, head)?;
    Ok(Appended { first_sequence, head: head.clone() })
}

// `?1`, not `$1`: SQLite takes `$1` for a name and numbers names as they first occur.
const INSERT: &str = "INSERT INTO event (session_key, sequence, org_id, type, version, created_at, turn_id, \
    input_message_id, step, span, data, private) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

fn insert<'a>(
    connection: &Connection,
    counters: &Counters,
    head: &mut SessionHead,
    at: Timestamp,
    events: impl Iterator<Item = &'a StoredEvent>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(INSERT)?;
    let mut count = 0;
    for event in events {
        head.last_sequence += 1;
        head.event_count += counted(std::slice::from_ref(event));
        count += 1;
        let (turn, input, step, span) = match &event.context {
            Some(context) => (
                Some(context.turn_id.0.as_bytes()),
                Some(context.input_message_id.0.as_bytes()),
                context.step,
                context.span,
            ),
            None => (None, None, 0, 0),
        };
        let encoded = &event.encoded;
        statement.execute(params![
            head.key.0,
            head.last_sequence,
            head.org.0,
            encoded.type_name.as_ref(),
            encoded.version,
            at.as_micros(),
            turn,
            input,
            step,
            span,
            encoded.data,
            encoded.private,
        ])?;
    }
    head.updated_at = at;
    Counters::add(&counters.statements, count);
    Counters::add(&counters.events, count);
    Ok(())
}

const MOVE: &str = "UPDATE session SET status = ?2, last_sequence = ?3, turn_sequence = ?4, input_sequence = ?5, \
    inbox_sequence = ?6, fence = ?7, event_count = ?8, turn_count = ?9, input_tokens = ?10, output_tokens = ?11, \
    cache_read_tokens = ?12, cache_creation_tokens = ?13, updated_at = ?14, started_at = ?15, finished_at = ?16, \
    estimated_nanos = ?17, actual_nanos = ?18, cost_nanos = ?19 WHERE key = ?1";
/// The same with the two indexed columns; apart, so that an append that leaves them alone does not touch the indexes.
const MOVE_AND_QUEUE: &str = "UPDATE session SET status = ?2, last_sequence = ?3, turn_sequence = ?4, \
    input_sequence = ?5, inbox_sequence = ?6, fence = ?7, event_count = ?8, turn_count = ?9, input_tokens = ?10, \
    output_tokens = ?11, cache_read_tokens = ?12, cache_creation_tokens = ?13, updated_at = ?14, started_at = ?15, \
    finished_at = ?16, estimated_nanos = ?17, actual_nanos = ?18, cost_nanos = ?19, holder = ?20, run_at = ?21 \
    WHERE key = ?1";

/// Writes the session row as `head` says.
pub(super) fn update(
    connection: &Connection,
    counters: &Counters,
    before: &SessionHead,
    head: &SessionHead,
) -> Result<(), Error> {
    let queued = before.holder != head.holder || before.run_at != head.run_at;
    let mut statement = connection.prepare_cached(if queued { MOVE_AND_QUEUE } else { MOVE })?;
    let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
    let nanos = |cost: Option<Nanos>| cost.map(Nanos::to_column);
    let columns = params![
        head.key.0,
        head.status.as_str(),
        head.last_sequence,
        head.turn_sequence,
        head.input_sequence,
        head.inbox_sequence,
        head.fence,
        head.event_count,
        head.turn_count,
        head.usage.input_tokens,
        head.usage.output_tokens,
        head.usage.cache_read_tokens,
        head.usage.cache_creation_tokens,
        head.updated_at.as_micros(),
        micros(head.started_at),
        micros(head.finished_at),
        nanos(head.usage.estimated_cost_usd),
        nanos(head.usage.actual_cost_usd),
        nanos(head.usage.effective_cost_usd),
        head.holder,
        micros(head.run_at),
    ];
    statement.execute(if queued { columns } else { &columns[..19] })?;
    Counters::add(&counters.statements, 1);
    Ok(())
}
