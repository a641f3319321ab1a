//! What things cost: a lone text turn is two commits, and the number of its statements is known.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use everruns_store::{Append, Store, Then};

use crate::place::Place;
use crate::world::{answer, append, held, opening, posted};

on_both!(a_text_turn_is_two_commits);

#[derive(Debug, PartialEq)]
struct Cost {
    commits: u64,
    statements: u64,
    events: u64,
}

fn spent(store: &Store) -> Cost {
    let counters = store.counters();
    Cost {
        commits: counters.commits.load(Ordering::Relaxed),
        statements: counters.statements.load(Ordering::Relaxed),
        events: counters.events.load(Ordering::Relaxed),
    }
}

async fn a_text_turn_is_two_commits(place: Arc<Place>) {
    let store = place.store().await;
    // The first turn of a session reads its head once; from the second on it is remembered.
    let head = held(&store, 1, 1, "node").await;
    let end = store.append_events(append(&head, 2, Then::End)).await;
    let key = end.unwrap().head.key;

    let before = spent(&store);
    let head = posted(&store, opening(key, 3, "node")).await.head;
    let end = Append { events: answer(), ..append(&head, 4, Then::End) };
    store.append_events(end).await.unwrap();
    let after = spent(&store);
    let cost = Cost {
        commits: after.commits - before.commits,
        statements: after.statements - before.statements,
        events: after.events - before.events,
    };
    println!("a text turn: {cost:?}");
    let expected = Cost {
        commits: 2,
        // SQLite, where a statement is a function call: one for each event and two for the head.
        // PostgreSQL, where a statement is a round trip: one for each commit.
        statements: if place.is_sqlite() { 13 } else { 2 },
        events: 11,
    };
    assert_eq!(cost, expected);
}
