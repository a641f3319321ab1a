//! Posting a message: what it does to a session in each of its states, column by column.

use std::sync::Arc;

use everruns_core::session::SessionStatus;
use everruns_store::{Expected, Post, Posting, SessionHead, SessionKey, Store};

use crate::place::Place;
use crate::world::{at, head, held, log, message, opening, outcome, parked, posted, runnable, session};

on_both!(
    an_idle_session_is_opened,
    an_idle_session_without_an_opening_is_queued,
    a_held_session_is_steered,
    a_parked_session_is_woken,
    a_waiting_session_keeps_its_place,
    a_missing_session_is_gone,
    what_is_expected_is_checked,
    a_message_that_wakes_nobody,
);

/// Posts `post` to the session with `before` and compares every column of the head, as returned and as stored.
#[track_caller]
fn check(
    store: &Store,
    before: &SessionHead,
    post: Post,
    posting: Posting,
    after: SessionHead,
) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let posted = posted(store, post).await;
        assert_eq!(posted.posting, posting, "{caller}");
        assert_eq!(posted.sequence, before.last_sequence + 1, "{caller}");
        assert_eq!(posted.head, after, "{caller}");
        assert_eq!(head(store, before.key).await, after, "{caller}");
    }
}

async fn an_idle_session_is_opened(place: Arc<Place>) {
    let store = place.store().await;
    let before = session(&store, 1).await;
    assert_eq!(before.status, SessionStatus::Started);
    let after = SessionHead {
        status: SessionStatus::Active,
        last_sequence: 6,
        turn_sequence: 2,
        input_sequence: 2,
        inbox_sequence: 2,
        fence: 1,
        holder: Some("node".into()),
        event_count: 6,
        updated_at: at(5),
        started_at: Some(at(5)),
        ..before.clone()
    };
    let post = opening(before.key, 5, "node");
    check(&store, &before, post, Posting::Opened, after).await;
    let expected = [
        "session.started",
        "input.message",
        "turn.started",
        "session.activated",
        "reason.started",
        "output.message.started",
    ];
    assert_eq!(log(&store, before.key).await, expected);
}

async fn an_idle_session_without_an_opening_is_queued(place: Arc<Place>) {
    let store = place.store().await;
    let before = session(&store, 1).await;
    let after = SessionHead {
        status: SessionStatus::Active,
        last_sequence: 2,
        turn_sequence: 2,
        input_sequence: 2,
        inbox_sequence: 2,
        run_at: Some(at(5)),
        event_count: 2,
        updated_at: at(5),
        started_at: Some(at(5)),
        ..before.clone()
    };
    let post = message(before.key, 5);
    check(&store, &before, post, Posting::Runnable, after).await;
}

async fn a_held_session_is_steered(place: Arc<Place>) {
    let store = place.store().await;
    let first = held(&store, 1, 5, "node").await;
    let second =
        SessionHead { last_sequence: 7, inbox_sequence: 7, event_count: 7, updated_at: at(6), ..first.clone() };
    let post = message(first.key, 6);
    check(&store, &first, post, Posting::Steers, second.clone()).await;
    // An opening changes nothing: the turn is open, and its events are not written.
    let third =
        SessionHead { last_sequence: 8, inbox_sequence: 8, event_count: 8, updated_at: at(7), ..second.clone() };
    let post = opening(first.key, 7, "other");
    check(&store, &second, post, Posting::Steers, third).await;
    assert_eq!(log(&store, first.key).await[6..], ["input.message", "input.message"]);
}

async fn a_parked_session_is_woken(place: Arc<Place>) {
    let store = place.store().await;
    for (number, post) in
        [(1, message as fn(SessionKey, i64) -> Post), (2, |key, second| opening(key, second, "other"))]
    {
        let before = parked(&store, number, 100).await;
        assert_eq!(before.run_at, Some(at(100)));
        let after = SessionHead {
            last_sequence: 8,
            inbox_sequence: 8,
            event_count: 8,
            run_at: Some(at(50)),
            updated_at: at(50),
            ..before.clone()
        };
        let post = post(before.key, 50);
        check(&store, &before, post, Posting::Steers, after).await;
    }
}

async fn a_waiting_session_keeps_its_place(place: Arc<Place>) {
    let store = place.store().await;
    let before = runnable(&store, 1, 5).await;
    let after =
        SessionHead { last_sequence: 3, inbox_sequence: 3, event_count: 3, updated_at: at(50), ..before.clone() };
    assert_eq!(after.run_at, Some(at(5)));
    let post = opening(before.key, 50, "node");
    check(&store, &before, post, Posting::Steers, after).await;
}

async fn a_missing_session_is_gone(place: Arc<Place>) {
    let store = place.store().await;
    let missing = SessionKey(4_711);
    for post in [message(missing, 1), opening(missing, 1, "node")] {
        assert_eq!(outcome(&store.post_input(post).await), "gone");
    }
    assert!(log(&store, missing).await.is_empty());
}

/// A message with an expectation is written if the session is like that, and otherwise leaves no trace.
async fn what_is_expected_is_checked(place: Arc<Place>) {
    let store = place.store().await;

    #[track_caller]
    fn check(
        store: &Store,
        before: &SessionHead,
        (last_sequence, turn_sequence): (Option<i64>, Option<i64>),
        expected: &str,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let count = log(store, before.key).await.len();
            let asked = Expected { last_sequence, turn_sequence };
            let post = Post { expected: asked, ..opening(before.key, 9, "late") };
            assert_eq!(outcome(&store.post_input(post).await), expected, "{caller}");
            if expected != "written" {
                assert_eq!(head(store, before.key).await, *before, "{caller}");
                assert_eq!(log(store, before.key).await.len(), count, "{caller}");
            }
        }
    }
    let idle = session(&store, 1).await;
    check(&store, &idle, (Some(0), None), "conflict: 1").await;
    check(&store, &idle, (Some(2), Some(0)), "conflict: 1").await;
    check(&store, &idle, (Some(1), Some(2)), "moved").await;
    check(&store, &idle, (None, Some(2)), "moved").await;
    check(&store, &idle, (Some(1), Some(0)), "written").await;
    let running = held(&store, 2, 1, "node").await;
    check(&store, &running, (Some(5), Some(2)), "conflict: 6").await;
    check(&store, &running, (Some(6), Some(0)), "moved").await;
    check(&store, &running, (Some(6), Some(2)), "written").await;
}

/// A queued message does not disturb who waits for its client, but whoever ends the turn has to see it.
async fn a_message_that_wakes_nobody(place: Arc<Place>) {
    let store = place.store().await;
    let quiet = |head: &SessionHead| Post { wakes: false, ..message(head.key, 9) };
    let waiting = parked(&store, 1, 100).await;
    let sequence = waiting.last_sequence + 1;
    let after = SessionHead {
        last_sequence: sequence,
        inbox_sequence: sequence,
        event_count: waiting.event_count + 1,
        updated_at: at(9),
        ..waiting.clone()
    };
    check(&store, &waiting, quiet(&waiting), Posting::Steers, after).await;
    // Nobody waits in an idle session.
    let idle = session(&store, 2).await;
    let after = SessionHead {
        status: SessionStatus::Active,
        last_sequence: 2,
        turn_sequence: 2,
        input_sequence: 2,
        inbox_sequence: 2,
        run_at: Some(at(9)),
        event_count: 2,
        updated_at: at(9),
        started_at: Some(at(9)),
        ..idle.clone()
    };
    check(&store, &idle, quiet(&idle), Posting::Runnable, after).await;
}
