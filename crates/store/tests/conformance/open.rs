//! Opening: a fresh place, the same place again, a place that is not ours, and what a dead process leaves behind.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Waker};

use everruns_core::DEFAULT_ORG;
use everruns_store::{Alone, Append, DEFAULT_ORG_KEY, Durability, Error, OpenError, Posting, Refusal, Store, Then};

use crate::place::Place;
use crate::world::{answer, append, at, head, held, log, message, opening, outcome, parked, posted, session};

on_both!(
    a_fresh_place_is_ready,
    what_was_written_is_there_again,
    a_newer_database_is_refused,
    a_foreign_database_is_refused,
    a_second_server,
    a_server_that_wants_to_be_alone,
    what_waits_is_written_before_the_place_is_free,
);

async fn a_fresh_place_is_ready(place: Arc<Place>) {
    let store = place.store().await;
    store.ping().await.unwrap();
    let default = store.organization_by_id(DEFAULT_ORG).await.unwrap();
    assert_eq!(default, Some(DEFAULT_ORG_KEY));
    let key = held(&store, 1, 1, "node").await.key;
    assert_eq!(log(&store, key).await.len(), 6);
}

async fn what_was_written_is_there_again(place: Arc<Place>) {
    let (running, waiting, over) = {
        let store = place.store().await;
        let over = held(&store, 3, 1, "node").await;
        let end = Append { events: answer(), ..append(&over, 2, Then::End) };
        let over = store.append_events(end).await.unwrap().head;
        let running = held(&store, 1, 1, "node").await;
        (running, parked(&store, 2, 60).await, over)
    };
    // A migration that ran again would fail on its first table.
    for _ in 0..2 {
        let store = place.store().await;
        for before in [&running, &waiting, &over] {
            assert_eq!(head(&store, before.key).await, *before);
            let events = log(&store, before.key).await.len() as i64;
            assert_eq!(events, before.last_sequence);
        }
    }
    // After a start nobody holds anything; the turn goes on with a new fence and the next number.
    let store = place.store().await;
    assert_eq!(store.release_holder(None, at(10)).await.unwrap(), 1);
    let claims = store.claim_sessions("next", at(10), 9).await.unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].head.fence, running.fence + 1);
    let late = store.append_events(append(&running, 11, Then::Hold)).await;
    assert_eq!(outcome(&late), "fenced");
    let end = append(&claims[0].head, 11, Then::End);
    assert_eq!(store.append_events(end).await.unwrap().first_sequence, 7);
    let next = posted(&store, opening(over.key, 12, "next")).await;
    assert_eq!((next.posting, next.head.fence), (Posting::Opened, 2));
    let new = session(&store, 9).await;
    assert!(new.key > over.key, "keys go on where they stopped");
}

async fn a_newer_database_is_refused(place: Arc<Place>) {
    drop(place.store().await);
    place.execute("INSERT INTO schema_migration (version, name, applied_at) VALUES (9999, '9999_future', 0)").await;
    match place.open().await {
        Err(OpenError::Newer { found: 9_999, known }) => assert!(known < 9_999),
        other => panic!("{other:?}"),
    }
}

async fn a_foreign_database_is_refused(place: Arc<Place>) {
    drop(place.store().await);
    place.execute("UPDATE schema_migration SET name = '0001_other' WHERE version = 1").await;
    match place.open().await {
        Err(OpenError::Foreign { version: 1 }) => {}
        other => panic!("{other:?}"),
    }
}

/// A directory belongs to one server; a PostgreSQL database to as many as come, even all at once.
async fn a_second_server(place: Arc<Place>) {
    if place.is_sqlite() {
        let first = place.store().await;
        for _ in 0..2 {
            let second = place.open().await;
            assert!(matches!(second, Err(OpenError::Locked(_))), "{second:?}");
        }
        session(&first, 1).await;
        drop(first);
        session(&place.store().await, 2).await;
    } else {
        let (first, second, third) = tokio::join!(place.open(), place.open(), place.open());
        let nodes = [first.unwrap(), second.unwrap(), third.unwrap()];
        let key = held(&nodes[0], 1, 1, "first").await.key;
        assert_eq!(posted(&nodes[1], message(key, 2)).await.sequence, 7);
        assert_eq!(log(&nodes[2], key).await.len(), 7);
    }
}

async fn a_server_that_wants_to_be_alone(place: Arc<Place>) {
    // The directory of the other database is locked by its opening.
    let Some(url) = place.url() else { return };
    let _store = place.store().await;
    let first = Alone::take(&url).await.unwrap();
    let second = Alone::take(&url).await;
    assert!(matches!(second, Err(OpenError::Taken)), "{second:?}");
    drop(first);
    // The database notices the end of a connection in its own time.
    let mut third = Alone::take(&url).await;
    while matches!(third, Err(OpenError::Taken)) {
        tokio::task::yield_now().await;
        third = Alone::take(&url).await;
    }
    let ends = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1163285075";
    place.execute(ends).await;
    assert!(!third.unwrap().lost().await.is_empty());
}

/// Writes whose callers have left are done before the next server may open the directory.
async fn what_waits_is_written_before_the_place_is_free(place: Arc<Place>) {
    let mut store = place.store().await;
    let key = session(&store, 1).await.key;
    for round in 1..=5 {
        // Each is asked once, which is enough to be queued, and then left alone.
        for _ in 0..200 {
            let mut post = std::pin::pin!(store.post_input(message(key, round)));
            let _ = post.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        drop(store);
        store = place.store().await;
        let next = posted(&store, message(key, round)).await;
        assert_eq!(log(&store, key).await.len() as i64, next.sequence);
        if place.is_sqlite() {
            assert_eq!(next.sequence, 1 + 201 * round);
        }
    }
}

/// What a killed process leaves is the files as they are: everything acknowledged must be in them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing() {
    for durability in [Durability::PowerFailure, Durability::ProcessCrash] {
        let (living, dead) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open_sqlite(living.path(), durability, at(0)).unwrap();
        let running = held(&store, 1, 1, "node").await;
        let steered = posted(&store, message(running.key, 2)).await.head;
        for file in ["everruns.db", "everruns.db-wal"] {
            std::fs::copy(living.path().join(file), dead.path().join(file)).unwrap();
        }
        let store = Store::open_sqlite(dead.path(), durability, at(0)).unwrap();
        assert_eq!(head(&store, running.key).await, steered);
        assert_eq!(log(&store, running.key).await.len(), 7);
    }
}

/// A connection that PostgreSQL ends costs a caller a `Busy` or `Broken` at most; the next ones get new connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_replaced() {
    async fn story(place: Arc<Place>) {
        let store = place.store().await;
        let key = held(&store, 1, 1, "node").await.key;
        for round in 1..=3 {
            place
                .execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE application_name = current_schema() AND pid <> pg_backend_pid()",
                )
                .await;
            let posted = loop {
                match store.post_input(message(key, round)).await {
                    Ok(posted) => break posted,
                    Err(refusal) => {
                        assert!(matches!(refusal, Refusal::Store(Error::Busy(_) | Error::Broken(_))), "{refusal}")
                    }
                }
            };
            assert_eq!(posted.sequence, 6 + round);
        }
    }
    crate::place::on_postgres(story).await;
}

#[test]
fn nobody_else_can_read_the_database() {
    #[track_caller]
    fn check(directory: &Path, expected: u32) {
        let store = Store::open_sqlite(directory, Durability::PowerFailure, at(0)).unwrap();
        let files: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
        let databases = files.iter().filter(|file| file.to_string_lossy().contains("everruns.db"));
        let modes: Vec<u32> = databases.map(|file| file.metadata().unwrap().permissions().mode() & 0o777).collect();
        assert_eq!(modes, [expected; 3], "the database, its log and the index of that");
        drop(store);
    }
    let directory = tempfile::tempdir().unwrap();
    check(directory.path(), 0o600);
    // One from before that rule, and one that a group was given.
    for (before, after) in [(0o644, 0o640), (0o660, 0o660)] {
        for file in std::fs::read_dir(directory.path()).unwrap() {
            std::fs::set_permissions(file.unwrap().path(), Permissions::from_mode(before)).unwrap();
        }
        check(directory.path(), after);
    }
}
