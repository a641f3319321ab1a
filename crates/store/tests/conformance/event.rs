//! Reading a log: every filter, and what is read is what was written.

use std::sync::Arc;

use everruns_core::TurnId;
use everruns_core::event::{CancelledPrivate, Encoded, EventData, NewEvent, Recorded, TurnCancelled};
use everruns_core::limits::SCAN_PIECE_ROWS;
use everruns_store::{Append, Base, EventFilter, EventQuery, Log, Post, SessionKey, Store, StoredEvent, Then};

use crate::place::Place;
use crate::world::{append, at, event, held, message, opening, posted, session, step};

on_both!(
    filters,
    pages_are_bounded_by_bytes,
    events_come_back_as_written,
    long_logs_and_long_texts,
    searches,
    long_searches,
    cancelled_turns_are_found,
);

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

/// A log of ten events a minute apart, and which of them a search finds.
async fn searches(place: Arc<Place>) {
    let store = place.store().await;
    let key = session(&store, 1).await.key;
    let tool = |name: &'static str, data: &str| StoredEvent { context: None, encoded: encoded(name, 1, data, None) };
    let inputs = [
        event("input.message", "Grüße aus KRAKÓW"),
        tool("input.message", r#"{"message":{"tags":["a","b\"c"],"text":"50%_\\x"}}"#),
        tool("tool.started", r#"{"tool_call":{"name":"ls"}}"#),
        tool("tool.completed", r#"{"tool_name":"ls","tags":["a"]}"#),
        tool("tool.call_requested", r#"{"tool_calls":[{"name":"cat"},{"name":"ls"}]}"#),
        tool("act.started", r#"{"tool_calls":[{"name":"ls"}]}"#),
        step("reason.started", 3, 0),
        step("reason.started", 4, 1),
        tool("odd", "no JSON ls"),
    ];
    for (minute, event) in (1..).zip(inputs) {
        let post = Post { events: [event].into(), ..message(key, 60 * minute) };
        posted(&store, post).await;
    }

    let all = EventQuery { before: Some(11), ..EventQuery::all(key) };
    let check = async |filter: EventFilter, expected: &[i64]| {
        for (descending, limit) in [(false, None), (true, None), (false, Some(1)), (true, Some(1)), (false, Some(100))]
        {
            let query = EventQuery { filter: filter.clone(), descending, limit, ..all.clone() };
            let found = store.scan_events(&query, 1_000).await.unwrap();
            let mut expected = expected.to_vec();
            if descending {
                expected.reverse();
            }
            expected.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
            let sequences: Vec<i64> = found.rows.iter().map(|row| row.sequence).collect();
            assert_eq!(sequences, expected, "{query:?}");
        }
    };
    let none = EventFilter::default;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let everything: Vec<i64> = (1..=10).collect();
    check(none(), &everything).await;
    check(EventFilter { from: Some(at(120)), ..none() }, &everything[2..]).await;
    check(EventFilter { until: Some(at(120)), ..none() }, &everything[..3]).await;
    check(EventFilter { from: Some(at(121)), until: Some(at(299)), ..none() }, &[4, 5]).await;
    let turn = step("x", 0, 0).context.map(|context| context.turn_id);
    check(EventFilter { turn, ..none() }, &[8, 9]).await;
    check(EventFilter { turn, step: Some(4), ..none() }, &[9]).await;
    check(EventFilter { turn: Some(TurnId::from_u128(1)), ..none() }, &[]).await;
    check(EventFilter { tool: Some("ls".to_owned()), ..none() }, &[4, 5, 6]).await;
    check(EventFilter { tool: Some("l%".to_owned()), ..none() }, &[]).await;
    check(EventFilter { tags: words(&["a"]), ..none() }, &[3]).await;
    check(EventFilter { tags: words(&["x", "b\"c"]), ..none() }, &[3]).await;
    check(EventFilter { tags: words(&["A", "c"]), ..none() }, &[]).await;
    check(EventFilter { words: words(&["kraków"]), ..none() }, &[2]).await;
    check(EventFilter { words: words(&["grüße", "aus"]), ..none() }, &[2]).await;
    check(EventFilter { words: words(&["grüße", "nach"]), ..none() }, &[]).await;
    check(EventFilter { words: words(&["50%_\\x"]), ..none() }, &[3]).await;
    check(EventFilter { words: words(&["ls"]), ..none() }, &[4, 5, 6, 7]).await;
    check(EventFilter { words: words(&["tool_name"]), ..none() }, &[]).await;

    let few = EventQuery { sequences: vec![9, 2, 400, 5], ..all.clone() };
    let found: Vec<i64> = store.events(&few).await.unwrap().iter().map(|row| row.sequence).collect();
    assert_eq!(found, [2, 5, 9]);

    // A look at a bounded part of the log says how far it came, and the next one goes on there.
    let rare = EventFilter { words: words(&["nowhere"]), ..none() };
    let query = EventQuery { filter: rare, ..all.clone() };
    assert_eq!(store.scan_events(&query, 0).await.unwrap().reached, Some(0));
    assert_eq!(store.scan_events(&query, 1_000).await.unwrap().reached, None);
    let limited = EventQuery { limit: Some(3), ..all.clone() };
    assert_eq!(store.scan_events(&limited, 1_000).await.unwrap().reached, Some(3));
    let limited = EventQuery { limit: Some(3), descending: true, ..all.clone() };
    assert_eq!(store.scan_events(&limited, 1_000).await.unwrap().reached, Some(8));

    // Bounds in time leave out nothing, and what they leave in is not far off.
    for (second, older, newer) in [(0, 0, 3), (180, 2, 6), (600, 9, 11), (-4_000, 0, 1), (9_000, 10, 11)] {
        let log = &all.log;
        assert_eq!(store.older_until(log, 10, at(second)).await.unwrap(), older, "{second}");
        assert_eq!(store.newer_from(log, 10, at(second)).await.unwrap(), newer, "{second}");
    }
}

/// A search that finds nothing in a log of more than one piece.
async fn long_searches(place: Arc<Place>) {
    let store = place.store().await;
    let head = held(&store, 1, 1, "node").await;
    let many: Arc<[StoredEvent]> = (0..SCAN_PIECE_ROWS / 4).map(|_| step("tool.progress", 1, 1)).collect();
    for second in 2..=7 {
        let append = Append { events: many.clone(), ..append(&head, second, Then::Hold) };
        store.append_events(append).await.unwrap();
    }
    let last = head.last_sequence + 6 * (SCAN_PIECE_ROWS / 4);
    for descending in [false, true] {
        let mut query = EventQuery {
            before: Some(last + 1),
            types: vec!["session.started".to_owned(), "turn.failed".to_owned()],
            descending,
            ..EventQuery::all(head.key)
        };
        let mut found = Vec::new();
        let mut looks = 0;
        loop {
            let scanned = store.scan_events(&query, SCAN_PIECE_ROWS).await.unwrap();
            found.extend(scanned.rows.iter().map(|row| row.sequence));
            looks += 1;
            match scanned.reached {
                Some(reached) if descending => query.before = Some(reached),
                Some(reached) => query.after = reached,
                None => break,
            }
        }
        assert_eq!((found, looks), (vec![1], 2), "{descending}");
    }
}

/// The cancelled turns of a log alone, those that a fork took over first.
async fn cancelled_turns_are_found(place: Arc<Place>) {
    let store = place.store().await;
    let before = held(&store, 1, 1, "node").await;
    let id = TurnId::from_u128(7);
    let cancelled = |from| {
        let private = CancelledPrivate { from };
        let event = TurnCancelled { turn_id: id, reason: None, usage: None, rolled_back: from.is_some(), private };
        StoredEvent::from(&NewEvent { context: None, data: event.into() })
    };
    let events = [cancelled(None), event("turn.completed", "no"), cancelled(Some(2))];
    let written =
        store.append_events(Append { events: events.into(), ..append(&before, 2, Then::Hold) }).await.unwrap();
    let other = held(&store, 2, 1, "node").await;
    let own = Append { events: [cancelled(Some(3))].into(), ..append(&other, 2, Then::Hold) };
    store.append_events(own).await.unwrap();
    let found = store.cancelled_turns(&Log::from(&written.head)).await.unwrap();
    let places = |found: &[Recorded]| -> Vec<(i64, Option<i64>)> {
        let from = |event: &Recorded| match &event.data {
            EventData::TurnCancelled(cancelled) => cancelled.private.from,
            other => panic!("{} is no cancelled turn", other.type_name()),
        };
        found.iter().map(|event| (event.sequence, from(event))).collect()
    };
    assert_eq!(places(&found), [(7, None), (9, Some(2))]);
    assert_eq!(places(&store.cancelled_turns(&Log::from(&before)).await.unwrap()), [(7, None), (9, Some(2))]);
    // A fork sees what it took over.
    let fork = Log { key: other.key, base: Base::of_fork(&written.head, 8) };
    assert_eq!(places(&store.cancelled_turns(&fork).await.unwrap()), [(7, None)]);
}
