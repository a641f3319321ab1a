//! Claiming and giving back: nobody twice, nobody forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_store::{Posting, SessionHead, SessionKey, Store, Then};
use tokio::task::JoinSet;

use crate::place::Place;
use crate::world::{append, at, head, held, message, outcome, parked, posted, runnable, session, session_id};

on_both!(
    the_longest_waiting_come_first,
    a_claim_raises_the_fence,
    no_session_is_claimed_twice,
    release_wants_the_right_fence,
    a_holder_lets_everything_go,
    a_claim_that_nobody_heard_of_is_taken_back,
    the_next_run_is_known,
    an_unreadable_session_stops_nobody,
);

async fn claimed(store: &Store, holder: &str, now: Timestamp, limit: usize) -> Vec<SessionKey> {
    let claims = store.claim_sessions(holder, now, limit).await;
    let claims = claims.expect("it answers");
    claims.into_iter().map(|claim| claim.head.key).collect()
}

async fn the_longest_waiting_come_first(place: Arc<Place>) {
    let store = place.store().await;
    session(&store, 1).await;
    held(&store, 2, 1, "other").await;
    let mut keys = BTreeMap::new();
    for second in [30, 10, 50, 20, 40, 70] {
        let number = 100 + second as u128;
        keys.insert(second, runnable(&store, number, second).await.key);
    }
    keys.insert(60, parked(&store, 3, 60).await.key);

    let expect = |seconds: &[i64]| -> Vec<SessionKey> { seconds.iter().map(|second| keys[second]).collect() };
    assert_eq!(claimed(&store, "node", at(9), 10).await, expect(&[]));
    assert_eq!(claimed(&store, "node", at(65), 0).await, expect(&[]));
    assert_eq!(claimed(&store, "node", at(45), 3).await, expect(&[10, 20, 30]));
    assert_eq!(claimed(&store, "node", at(45), 3).await, expect(&[40]));
    assert_eq!(claimed(&store, "node", at(65), 9).await, expect(&[50, 60]));
    assert_eq!(claimed(&store, "node", at(65), 9).await, expect(&[]));
    // Due means at its time, not after it.
    assert_eq!(claimed(&store, "node", at(70), 9).await, expect(&[70]));
}

async fn a_claim_raises_the_fence(place: Arc<Place>) {
    let store = place.store().await;
    let before = parked(&store, 1, 60).await;
    let claims = store.claim_sessions("new", at(60), 10).await.unwrap();
    let expected = SessionHead { fence: before.fence + 1, holder: Some("new".into()), run_at: None, ..before.clone() };
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].head, expected);
    assert_eq!(head(&store, before.key).await, expected);
    let late = store.append_events(append(&before, 61, Then::Hold)).await;
    assert_eq!(outcome(&late), "fenced");
    let own = store.append_events(append(&expected, 61, Then::End)).await;
    assert_eq!(outcome(&own), "written");
}

async fn no_session_is_claimed_twice(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    for number in 1..=60 {
        runnable(&store, number, number as i64).await;
    }
    let mut nodes = JoinSet::new();
    for node in 0..4 {
        let store = store.clone();
        nodes.spawn(async move {
            let name = format!("node {node}");
            let mut all = Vec::new();
            loop {
                let claims = store.claim_sessions(&name, at(100), 7).await.unwrap();
                if claims.is_empty() {
                    return all;
                }
                assert!(claims.len() <= 7);
                all.extend(claims.into_iter().map(|claim| claim.head));
            }
        });
    }
    let mut owners = BTreeMap::new();
    for own in nodes.join_all().await.into_iter().flatten() {
        assert_eq!(own.fence, 1);
        assert_eq!(head(&store, own.key).await, own);
        assert_eq!(owners.insert(own.key, own.holder), None, "claimed twice");
    }
    assert_eq!(owners.len(), 60);
}

async fn release_wants_the_right_fence(place: Arc<Place>) {
    let store = place.store().await;
    let old = held(&store, 1, 1, "old").await;
    let stale = SessionHead { fence: old.fence - 1, ..old.clone() };
    store.release_session(&stale, at(5)).await.unwrap();
    assert_eq!(head(&store, old.key).await, old);

    store.release_session(&old, at(5)).await.unwrap();
    let free = SessionHead { holder: None, run_at: Some(at(5)), ..old.clone() };
    assert_eq!(head(&store, old.key).await, free);
    // A second time it is not the caller's to give.
    store.release_session(&old, at(9)).await.unwrap();
    assert_eq!(head(&store, old.key).await, free);

    let new = store.claim_sessions("new", at(5), 1).await.unwrap();
    store.release_session(&old, at(9)).await.unwrap();
    assert_eq!(head(&store, old.key).await, new[0].head);
}

async fn a_holder_lets_everything_go(place: Arc<Place>) {
    let store = place.store().await;
    let mut heads = Vec::new();
    for (number, holder) in [(1, "dead"), (2, "alive"), (3, "dead"), (4, "alive")] {
        heads.push(held(&store, number, 1, holder).await);
    }
    let waiting = parked(&store, 5, 100).await;
    let idle = session(&store, 6).await;
    let let_go = |head: &SessionHead, second| SessionHead { holder: None, run_at: Some(at(second)), ..head.clone() };

    assert_eq!(store.release_holder(Some("none"), at(7)).await.unwrap(), 0);
    assert_eq!(store.release_holder(Some("dead"), at(7)).await.unwrap(), 2);
    for (before, second) in [(&heads[0], 7), (&heads[2], 7)] {
        assert_eq!(head(&store, before.key).await, let_go(before, second));
    }
    for untouched in [&heads[1], &heads[3], &waiting, &idle] {
        assert_eq!(head(&store, untouched.key).await, *untouched);
    }
    assert_eq!(store.release_holder(None, at(8)).await.unwrap(), 2);
    assert_eq!(store.release_holder(None, at(9)).await.unwrap(), 0);
    assert_eq!(head(&store, heads[1].key).await, let_go(&heads[1], 8));
    assert_eq!(head(&store, waiting.key).await, waiting);

    // What a writer remembers of these sessions is what is so now: an input finds nobody who holds them.
    for (before, second) in heads.iter().zip([7, 8, 7, 8]) {
        let posted = posted(&store, message(before.key, 9)).await;
        assert_eq!(posted.posting, Posting::Steers);
        assert_eq!((posted.head.holder, posted.head.run_at), (None, Some(at(second))));
    }
    assert_eq!(claimed(&store, "new", at(9), 10).await.len(), 4);
}

async fn a_claim_that_nobody_heard_of_is_taken_back(place: Arc<Place>) {
    let store = place.store().await;
    let (lost, other) = (held(&store, 1, 1, "node").await, held(&store, 2, 1, "other").await);
    assert_eq!(store.claims_of("node").await.unwrap(), [(lost.key, lost.fence)]);
    store.void_claim(&lost, at(5)).await.unwrap();
    let void = SessionHead { holder: None, run_at: Some(at(5)), fence: lost.fence + 1, ..lost.clone() };
    assert_eq!(head(&store, lost.key).await, void);
    assert_eq!(store.claims_of("node").await.unwrap(), []);
    // Whoever comes with it after all writes nothing, and it is not taken back twice.
    let late = store.append_events(append(&lost, 6, Then::Hold)).await;
    assert_eq!(outcome(&late), "fenced");
    assert_eq!(claimed(&store, "next", at(6), 9).await, [lost.key]);
    let claimed = head(&store, lost.key).await;
    store.void_claim(&lost, at(7)).await.unwrap();
    assert_eq!((head(&store, lost.key).await, claimed.fence), (claimed, lost.fence + 2));
    assert_eq!(head(&store, other.key).await, other);
}

async fn the_next_run_is_known(place: Arc<Place>) {
    let store = place.store().await;
    let next = async || store.next_run_at().await.unwrap();
    assert_eq!(next().await, None);
    held(&store, 1, 1, "node").await;
    assert_eq!(next().await, None);
    parked(&store, 2, 60).await;
    assert_eq!(next().await, Some(at(60)));
    runnable(&store, 3, 40).await;
    assert_eq!(next().await, Some(at(40)));
    assert_eq!(claimed(&store, "node", at(40), 9).await.len(), 1);
    assert_eq!(next().await, Some(at(60)));
}

/// A row that this build cannot read is left out; the sessions beside it are claimed.
async fn an_unreadable_session_stops_nobody(place: Arc<Place>) {
    {
        let store = place.store().await;
        for number in 1..=3 {
            runnable(&store, number, number as i64).await;
        }
    }
    let id = session_id(2);
    place.execute(&format!("UPDATE session SET status = 'odd' WHERE id = '{id}'")).await;
    let store = place.store().await;
    let claims = store.claim_sessions("node", at(9), 10).await.unwrap();
    let ids: Vec<_> = claims.iter().map(|claim| claim.head.id).collect();
    assert_eq!(ids, [session_id(1), session_id(3)]);
}
