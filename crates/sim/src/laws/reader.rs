//! A reader is a cursor: it gets every event after it, once, in order, and none that a crash could take back.

use everruns_store::EventQuery;

use super::Verdict;
use crate::reader::Got;
use crate::world::World;

/// What a reader got goes on where it was, without a gap.
pub(crate) fn contiguous(cursor: i64, got: &[Got]) -> Verdict {
    for (event, expected) in got.iter().zip(cursor + 1..) {
        if event.sequence != expected {
            return Err(format!("a reader was shown event {} where {expected} is next", event.sequence));
        }
    }
    Ok(())
}

/// What a reader got is in the database, byte for byte as a list shows it.
pub(crate) fn same_as_stored(got: &[Got], stored: &[Got]) -> Verdict {
    for event in got {
        match stored.iter().find(|stored| stored.sequence == event.sequence) {
            None => return Err(format!("a reader was shown event {}, which is not stored", event.sequence)),
            Some(stored) if stored.json != event.json || stored.id != event.id => {
                return Err(format!("a reader was shown {} but {} is stored", event.json, stored.json));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// A page has what the query asks for. The log may have grown since the page was read.
pub(crate) fn page(world: &World, query: &EventQuery, got: &[Got], known: i64) -> Verdict {
    let wanted = |sequence: i64, type_name: &str| {
        sequence > query.after
            && query.before.is_none_or(|before| sequence < before)
            && (query.types.is_empty() || query.types.iter().any(|wanted| wanted == type_name))
            && !query.exclude.iter().any(|unwanted| unwanted == type_name)
    };
    let rows = world.watch.rows.iter();
    let all = rows.filter(|row| wanted(row.sequence, &row.encoded.type_name)).map(|row| row.sequence);
    let limit = query.limit.unwrap_or(i64::MAX) as usize;
    let got: Vec<i64> = got.iter().map(|event| event.sequence).collect();
    // Some state of the log between the question and now gives this page.
    let fits = (known..=world.watch.rows.len() as i64).any(|last| {
        let seen = all.clone().filter(|sequence| *sequence <= last);
        let expected: Vec<i64> = if query.descending {
            let mut seen: Vec<i64> = seen.collect();
            seen.reverse();
            seen.truncate(limit);
            seen
        } else {
            seen.take(limit).collect()
        };
        expected == got
    });
    if fits { Ok(()) } else { Err(format!("a list shows the events {got:?}")) }
}
