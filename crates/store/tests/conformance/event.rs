//! Reading a log: every filter, and what is read is what was written.

use std::sync::Arc;

use everruns_core::event::{Encoded, EventData};
use everruns_store::{Append, EventQuery, SessionKey, Store, StoredEvent, Then};

use crate::place::Place;
use crate::world::{append, at, event, held, message, opening, posted, session, step};

on_both!(filters, pages_are_bounded_by_bytes, events_come_back_as_written, long_logs_and_long_texts);

async fn filters(place: Arc<Place>) {
    let store = place.store().await;
    let key = held(&store, 1, 1, "node").await.key;
    // Another session's log beside it must not shine through.
    held(&store, 2, 1, "node").await;
    // 1 session.started, 2 input.message, 3 turn.started, 4 session.activated, 5 reason.started, 6 output.message.started

    #[track_caller]
    fn check(store: &Store, query: EventQuery, expected: &[i64]) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let rows = store.events(&query).await.expect("it reads");
            let found: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
            assert_eq!(found, expected, "{caller}");
        }
    }
    let all = EventQuery::all(key);
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    check(&store, all.clone(), &[1, 2, 3, 4, 5, 6]).await;
    check(&store, EventQuery::all(SessionKey(4_711)), &[]).await;
    let query = EventQuery { after: 4, ..all.clone() };
    check(&store, query, &[5, 6]).await;
    let query = EventQuery { after: 6, ..all.clone() };
    check(&store, query, &[]).await;
    let query = EventQuery { before: Some(3), ..all.clone() };
    check(&store, query, &[1, 2]).await;
    let query = EventQuery { after: 2, before: Some(5), ..all.clone() };
    check(&store, query, &[3, 4]).await;
    let query = EventQuery { limit: Some(2), ..all.clone() };
    check(&store, query, &[1, 2]).await;
    let query = EventQuery { limit: Some(0), ..all.clone() };
    check(&store, query, &[]).await;
    let query = EventQuery { descending: true, limit: Some(2), ..all.clone() };
    check(&store, query, &[6, 5]).await;
    let query = EventQuery { descending: true, before: Some(5), limit: Some(2), ..all.clone() };
    check(&store, query, &[4, 3]).await;
    let query = EventQuery { types: words(&["turn.started", "input.message"]), ..all.clone() };
    check(&store, query, &[2, 3]).await;
    let query = EventQuery { types: words(&["no.such", "no'such", "turn.%"]), ..all.clone() };
    check(&store, query, &[]).await;
    let exclude = words(&["session.started", "session.activated", "reason.started"]);
    let query = EventQuery { exclude, ..all.clone() };
    check(&store, query, &[2, 3, 6]).await;
    let query = EventQuery {
        after: 1,
        before: Some(6),
        types: words(&["input.message", "turn.started", "reason.started"]),
        exclude: words(&["turn.started"]),
        descending: true,
        limit: Some(5),
        ..all.clone()
    };
    check(&store, query, &[5, 2]).await;
    let many: Vec<String> = (0..200).map(|number| format!("type.{number}")).collect();
    let query = EventQuery { exclude: many.clone(), ..all.clone() };
    check(&store, query, &[1, 2, 3, 4, 5, 6]).await;
    let query = EventQuery { types: many, ..all };
    check(&store, query, &[]).await;
}

fn encoded(type_name: &'static str, version: i64, data: &str, private: Option<&str>) -> Encoded {
    Encoded { type_name: type_name.into(), version, data: data.to_owned(), private: private.map(str::to_owned) }
}

async fn events_come_back_as_written(place: Arc<Place>) {
    let store = place.store().await;
    let context = |step_number, span| step("x", step_number, span).context;
    let written = [
        event("tool.completed", "plain"),
        step("reason.started", 3, 7),
        StoredEvent {
            context: context(u32::MAX, u32::MAX),
            encoded: encoded("llm.generation", 1, "{}", Some(r#"{"secret":"key"}"#)),
        },
        // A type and a version that this build does not know.
        StoredEvent { context: context(0, 0), encoded: encoded("future.event", 9, r#"{"new":[1,2]}"#, Some("{}")) },
        StoredEvent { context: None, encoded: encoded("turn.started", 2, r#"{"brand":"new"}"#, None) },
        StoredEvent { context: None, encoded: encoded("odd", 1, "{\"a\":\"ä \\u0000 🦀 ' \\\" $1 %\"}", None) },
    ];
    let head = held(&store, 1, 1, "node").await;
    let append = Append { events: written.as_slice().into(), ..append(&head, 7, Then::Hold) };
    let first = store.append_events(append).await.unwrap().first_sequence;
    let query = EventQuery { after: first - 1, ..EventQuery::all(head.key) };
    let rows = store.events(&query).await.unwrap();
    assert_eq!(rows.len(), written.len());
    for ((row, written), sequence) in rows.into_iter().zip(written).zip(first..) {
        assert_eq!((row.sequence, row.at), (sequence, at(7)));
        assert_eq!(row.context, written.context);
        assert_eq!(row.encoded, written.encoded);
        if matches!(&*row.encoded.type_name, "future.event" | "turn.started") {
            let recorded = row.decode().expect("what is unknown is kept");
            assert_eq!(recorded.data, EventData::Unknown(written.encoded));
        }
    }
    // The opening is written by another statement; its contexts come back too.
    let key = session(&store, 2).await.key;
    let post = opening(key, 5, "node");
    let opened = post.events.clone();
    let first = posted(&store, post).await.sequence;
    let query = EventQuery { after: first - 1, ..EventQuery::all(key) };
    for (row, written) in store.events(&query).await.unwrap().iter().zip(opened.iter()) {
        assert_eq!((row.context, &row.encoded), (written.context, &written.encoded));
    }
}

/// A bound in bytes cuts behind the row that reaches it, and never leaves a page empty.
async fn pages_are_bounded_by_bytes(place: Arc<Place>) {
    let store = place.store().await;
    let key = session(&store, 1).await.key;
    for second in 1..=3 {
        posted(&store, message(key, second)).await;
    }
    let check = async |bytes_max: usize, descending: bool, expected: &[i64]| {
        let query = EventQuery { bytes_max, descending, ..EventQuery::all(key) };
        let rows = store.events(&query).await.unwrap();
        let sequences: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
        assert_eq!(sequences, expected, "{bytes_max}");
    };
    check(1, false, &[1]).await;
    check(1, true, &[4]).await;
    check(120, false, &[1, 2]).await;
    check(usize::MAX, false, &[1, 2, 3, 4]).await;
    check(usize::MAX, true, &[4, 3, 2, 1]).await;
}

async fn long_logs_and_long_texts(place: Arc<Place>) {
    let store = place.store().await;
    let head = held(&store, 1, 1, "node").await;
    let text = "0123456789".repeat(200_000);
    let events =
        std::iter::once(event("tool.completed", &text)).chain((0..1_000).map(|_| step("tool.started", 1, 1))).collect();
    let append = Append { events, ..append(&head, 2, Then::Hold) };
    let appended = store.append_events(append).await.unwrap();
    assert_eq!(appended.head.last_sequence, head.last_sequence + 1_001);
    let rows = store.events(&EventQuery::all(head.key)).await.unwrap();
    assert_eq!(rows.len(), 1_007);
    assert!(rows[6].encoded.data.contains(&text));
}
