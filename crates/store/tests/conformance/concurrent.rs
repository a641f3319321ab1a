//! Many at once: sequences stay dense, readers see no gap, and one writer's mistake is its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use everruns_store::{Append, DEFAULT_ORG_KEY, Error, EventQuery, Post, SessionKey, Store, Then};
use tokio::task::JoinSet;

use crate::place::Place;
use crate::world::{answer, append, event, head, held, log, message, new_session, opening, outcome, posted, session};

on_both!(many_posters_and_one_holder, many_sessions_at_once, one_opening_wins, a_conflict_is_refused_alone,);

const POSTERS: usize = 32;
const MESSAGES: usize = 20;
const APPENDS: usize = 60;

/// Reads the log over and over until `done`; every reading must be dense and no shorter than the last.
async fn watch(store: Arc<Store>, session: SessionKey, done: Arc<AtomicBool>) {
    let mut seen = 0;
    while !done.load(Ordering::Acquire) {
        let read = log(&store, session).await.len();
        assert!(read >= seen, "a reader saw {seen} events, then {read}");
        seen = read;
    }
}

async fn many_posters_and_one_holder(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let start = held(&store, 1, 1, "node").await;
    let session = start.key;
    let mut writers = JoinSet::new();
    for poster in 0..POSTERS {
        let store = store.clone();
        writers.spawn(async move {
            let mut written = Vec::new();
            for count in 0..MESSAGES {
                let text = format!("poster {poster} message {count}");
                let post = Post { events: [event("input.message", &text)].into(), ..message(session, 2) };
                let posted = posted(&store, post).await;
                assert_eq!(posted.head.last_sequence, posted.sequence);
                written.push((posted.sequence, text));
            }
            written
        });
    }
    let (holder, fence) = (store.clone(), start.clone());
    writers.spawn(async move {
        let mut written = Vec::new();
        for count in 0..APPENDS {
            let texts = [0, 1, 2].map(|part| format!("append {count} part {part}"));
            let append = Append {
                events: texts.iter().map(|text| event("tool.completed", text)).collect(),
                ..append(&fence, 2, Then::Hold)
            };
            let appended = holder.append_events(append).await.expect("it is held");
            written.extend((appended.first_sequence..).zip(texts));
        }
        written
    });
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(watch(store.clone(), session, done.clone()));

    let mut expected = BTreeMap::new();
    while let Some(written) = writers.join_next().await {
        let written = written.expect("a writer ends");
        assert!(written.is_sorted(), "who writes later stands later");
        for (sequence, text) in written {
            assert_eq!(expected.insert(sequence, text), None, "given out twice");
        }
    }
    done.store(true, Ordering::Release);
    reader.await.expect("the reader saw no gap");

    let total = (start.last_sequence as usize) + POSTERS * MESSAGES + 3 * APPENDS;
    let rows = store.events(&EventQuery::all(session)).await.unwrap();
    assert_eq!(rows.len(), total);
    for row in &rows[start.last_sequence as usize..] {
        let text = &expected[&row.sequence];
        assert!(row.encoded.data.contains(text.as_str()), "{row:?}");
    }
    let end = head(&store, session).await;
    assert_eq!(end.last_sequence as usize, total);
    assert_eq!(end.event_count as usize, total);
    let inputs = rows.iter().filter(|row| row.encoded.type_name == "input.message");
    assert_eq!(Some(end.inbox_sequence), inputs.map(|row| row.sequence).max());
}

async fn many_sessions_at_once(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let mut turns = JoinSet::new();
    for number in 1..=40 {
        let store = store.clone();
        turns.spawn(async move {
            let mut head = session(&store, number).await;
            for second in 1..=3 {
                head = posted(&store, opening(head.key, second, "node")).await.head;
                let end = Append { events: answer(), ..append(&head, second, Then::End) };
                head = store.append_events(end).await.expect("it is held").head;
            }
            head
        });
    }
    let mut keys = BTreeSet::new();
    while let Some(end) = turns.join_next().await {
        let end = end.expect("every session ends its turns");
        assert!(keys.insert(end.key));
        assert_eq!((end.turn_count, end.fence, end.last_sequence), (3, 3, 34));
        assert_eq!(head(&store, end.key).await, end);
        assert_eq!(log(&store, end.key).await.len(), 34);
    }
    assert_eq!(keys.len(), 40);
}

/// Two nodes that both want to open a turn: one holds it, the other's message steers it.
async fn one_opening_wins(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let key = session(&store, 1).await.key;
    let mut nodes = JoinSet::new();
    for node in 0..8 {
        let store = store.clone();
        nodes.spawn(async move { posted(&store, opening(key, 1, &format!("node {node}"))).await });
    }
    let posted = nodes.join_all().await;
    let words: Vec<_> = posted.iter().map(|posted| format!("{:?}", posted.posting)).collect();
    assert_eq!(words.iter().filter(|word| *word == "Opened").count(), 1);
    assert_eq!(words.iter().filter(|word| *word == "Steers").count(), 7);
    let end = head(&store, key).await;
    assert_eq!((end.fence, end.turn_sequence, end.run_at), (1, 2, None));
    assert_eq!(log(&store, key).await.len(), 1 + 5 + 7);
}

async fn a_conflict_is_refused_alone(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let taken = held(&store, 1, 1, "node").await;
    let mut creations = JoinSet::new();
    let mut posts = JoinSet::new();
    for number in 2..=40 {
        // Every third asks for the id that is taken.
        let number = if number % 3 == 0 { 1 } else { number };
        let creating = store.clone();
        creations.spawn(async move {
            let new = new_session(DEFAULT_ORG_KEY, number);
            (number, creating.create_session(&new).await)
        });
        let posting = store.clone();
        posts.spawn(async move { posting.post_input(message(taken.key, 2)).await });
    }
    for (number, created) in creations.join_all().await {
        match created {
            Ok(row) => assert_eq!(log(&store, row.head.key).await.len(), 1),
            Err(error) => assert!(matches!(error, Error::Conflict(_)) && number == 1, "{error}"),
        }
    }
    for posted in posts.join_all().await {
        assert_eq!(outcome(&posted), "written");
    }
    let end = head(&store, taken.key).await;
    assert_eq!(end.last_sequence, 6 + 39);
    assert_eq!(log(&store, taken.key).await.len(), 6 + 39);
}
