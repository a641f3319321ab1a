//! Appending: guards that refuse without a trace, and what each outcome does to the head.

use std::sync::Arc;

use everruns_core::session::SessionStatus;
use everruns_core::{Nanos, Spent};
use everruns_store::{Append, Guard, SessionHead, SessionKey, Store, Then};

use crate::place::Place;
use crate::world::{answer, append, at, head, held, log, message, opening, outcome, parked, posted, session, step};

on_both!(
    guards_refuse_without_a_trace,
    outcomes_move_the_head,
    a_turn_gives_way_to_the_next,
    a_takeover_cuts_off_the_holder,
    who_lets_go_is_cut_off,
    usage_and_counts_add_up,
    usage_stops_at_what_clients_hold,
    costs_add_up_where_they_are_known,
    an_append_to_a_missing_session_is_gone,
    an_append_without_events_moves_the_head,
);

async fn guards_refuse_without_a_trace(place: Arc<Place>) {
    let store = place.store().await;
    let opened = held(&store, 1, 1, "node").await;
    // An input after the opening: turn 2, inbox and last event 7.
    let now = posted(&store, message(opened.key, 2)).await.head;
    assert_eq!((now.turn_sequence, now.inbox_sequence), (2, 7));

    #[track_caller]
    fn check(store: &Store, now: &SessionHead, guard: Guard, expected: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let before = log(store, now.key).await;
            let written = store.append_events(Append { guard, usage: tokens(1), ..append(now, 3, Then::End) }).await;
            assert_eq!(outcome(&written), expected, "{caller}");
            assert_eq!(head(store, now.key).await, *now, "{caller}");
            assert_eq!(log(store, now.key).await, before, "{caller}");
        }
    }
    let holder = |fence, inbox_seen| Guard::Holder { fence, inbox_seen };
    let takeover = |turn_sequence, last_sequence| Guard::Takeover { turn_sequence, last_sequence, inbox_seen: None };
    let unheard = |inbox_seen| Guard::Takeover { turn_sequence: 2, last_sequence: None, inbox_seen };
    check(&store, &now, holder(0, None), "fenced").await;
    check(&store, &now, holder(2, None), "fenced").await;
    check(&store, &now, holder(2, Some(2)), "fenced").await;
    check(&store, &now, holder(1, Some(6)), "moved").await;
    check(&store, &now, takeover(0, None), "fenced").await;
    check(&store, &now, takeover(3, Some(7)), "fenced").await;
    check(&store, &now, takeover(2, Some(6)), "moved").await;
    check(&store, &now, takeover(2, Some(8)), "moved").await;
    check(&store, &now, unheard(Some(6)), "moved").await;

    // The same words with the right numbers are written.
    let right = Append { guard: holder(1, Some(7)), ..append(&now, 3, Then::End) };
    let written = store.append_events(right).await.unwrap();
    assert_eq!(written.first_sequence, 8);
}

async fn outcomes_move_the_head(place: Arc<Place>) {
    let store = place.store().await;

    #[track_caller]
    fn check(
        store: &Store,
        number: u128,
        then: Then,
        expected: impl FnOnce(&SessionHead) -> SessionHead,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let before = held(store, number, 1, "node").await;
            let written = store.append_events(append(&before, 9, then)).await;
            let written = written.expect("the fence is right");
            assert_eq!(written.first_sequence, 7, "{caller}");
            let expected = SessionHead { last_sequence: 7, event_count: 7, updated_at: at(9), ..expected(&before) };
            assert_eq!(written.head, expected, "{caller}");
            assert_eq!(head(store, before.key).await, expected, "{caller}");
            assert_eq!(log(store, before.key).await.len(), 7, "{caller}");
        }
    }
    check(&store, 1, Then::Hold, SessionHead::clone).await;
    check(&store, 2, Then::HoldAs("other".into()), |before| SessionHead {
        holder: Some("other".into()),
        ..before.clone()
    })
    .await;
    check(&store, 3, Then::Park(at(60)), |before| SessionHead {
        holder: None,
        run_at: Some(at(60)),
        status: SessionStatus::WaitingForToolResults,
        ..before.clone()
    })
    .await;
    check(&store, 4, Then::End, |before| SessionHead {
        holder: None,
        turn_sequence: 0,
        turn_count: 1,
        status: SessionStatus::Idle,
        finished_at: Some(at(9)),
        ..before.clone()
    })
    .await;
    // The event of this append, the seventh of the log, opens the next turn.
    let next = |holder: Option<Arc<str>>| {
        let run_at = holder.is_none().then_some(at(9));
        move |before: &SessionHead| SessionHead {
            holder,
            run_at,
            turn_sequence: 7,
            input_sequence: 7,
            inbox_sequence: 7,
            turn_count: 1,
            finished_at: Some(at(9)),
            ..before.clone()
        }
    };
    check(&store, 5, Then::Next { opener: 0, holder: None }, next(None)).await;
    check(&store, 6, Then::Next { opener: 0, holder: Some("other".into()) }, next(Some("other".into()))).await;
}

/// The next turn opens in the commit that ends one, at its own event.
async fn a_turn_gives_way_to_the_next(place: Arc<Place>) {
    let store = place.store().await;
    let old = held(&store, 1, 1, "old").await;
    let events = ["turn.cancelled", "session.idled", "input.message", "turn.started"].map(|name| step(name, 0, 0));
    let gives_way = Append {
        guard: Guard::Takeover { turn_sequence: 2, last_sequence: Some(6), inbox_seen: Some(6) },
        events: events.into(),
        status: SessionStatus::Active,
        ..append(&old, 5, Then::Next { opener: 2, holder: Some("new".into()) })
    };
    let new = store.append_events(gives_way).await.unwrap().head;
    assert_eq!((new.turn_sequence, new.input_sequence, new.inbox_sequence, new.last_sequence), (9, 9, 9, 10));
    assert_eq!((new.fence, new.holder.as_deref(), new.turn_count), (old.fence + 1, Some("new"), 1));
    assert_eq!(head(&store, old.key).await, new);
    let late = store.append_events(append(&old, 6, Then::Hold)).await;
    assert_eq!(outcome(&late), "fenced");
    let end = store.append_events(append(&new, 7, Then::Next { opener: 0, holder: None })).await.unwrap().head;
    assert_eq!((end.holder, end.run_at, end.turn_sequence), (None, Some(at(7)), 11));
    let claims = store.claim_sessions("third", at(7), 10).await.unwrap();
    assert_eq!(claims.len(), 1, "the next turn waits to be claimed");
}

async fn a_takeover_cuts_off_the_holder(place: Arc<Place>) {
    let store = place.store().await;
    let takeover = |head: &SessionHead, then| Append {
        guard: Guard::Takeover { turn_sequence: 2, last_sequence: Some(head.last_sequence), inbox_seen: None },
        ..append(head, 5, then)
    };
    // A cancel: the turn ends under the holder's hands.
    let old = held(&store, 1, 1, "old").await;
    let ended = store.append_events(takeover(&old, Then::End)).await;
    let ended = ended.unwrap().head;
    assert_eq!(ended.fence, old.fence + 1);
    assert_eq!((ended.holder, ended.turn_sequence), (None, 0));
    let late = store.append_events(append(&old, 6, Then::Hold)).await;
    assert_eq!(outcome(&late), "fenced");

    // Results for a parked turn: whoever brings them goes on with it, and its timer is gone.
    let waiting = parked(&store, 2, 100).await;
    let taken = takeover(&waiting, Then::HoldAs("new".into()));
    let taken = store.append_events(taken).await.unwrap().head;
    assert_eq!(taken.fence, waiting.fence + 1);
    assert_eq!((taken.holder.as_deref(), taken.run_at), (Some("new"), None));
    // Whoever comes second with the same picture is told so.
    let second = takeover(&waiting, Then::HoldAs("third".into()));
    assert_eq!(outcome(&store.append_events(second).await), "moved");
    let goes_on = store.append_events(append(&taken, 7, Then::End)).await;
    assert_eq!(outcome(&goes_on), "written");
}

/// A fence alone does not make a holder: who parked, ended or was released must claim before it writes again.
async fn who_lets_go_is_cut_off(place: Arc<Place>) {
    let store = place.store().await;
    let waiting = parked(&store, 1, 100).await;
    let over = held(&store, 2, 1, "node").await;
    let end = store.append_events(append(&over, 2, Then::End)).await;
    assert_eq!(outcome(&end), "written");
    let released = held(&store, 3, 1, "node").await;
    store.release_session(&released, at(50)).await.unwrap();
    let dead = held(&store, 4, 1, "dead").await;
    assert_eq!(store.release_holder(Some("dead"), at(50)).await.unwrap(), 1);
    for left in [waiting, over, released, dead] {
        let before = head(&store, left.key).await;
        let late = store.append_events(append(&left, 60, Then::Hold)).await;
        assert_eq!(outcome(&late), "fenced", "session {:?}", left.id);
        assert_eq!(head(&store, left.key).await, before);
    }
}

fn tokens(count: u32) -> Spent {
    Spent {
        input_tokens: count,
        output_tokens: count + 1,
        cache_read_tokens: count + 2,
        cache_creation_tokens: count + 3,
        ..Spent::default()
    }
}

async fn usage_and_counts_add_up(place: Arc<Place>) {
    let store = place.store().await;
    let mut head = session(&store, 1).await;
    for turn in 1..=3 {
        head = posted(&store, opening(head.key, turn, "node")).await.head;
        let deltas = Append {
            events: [step("output.message.delta", 1, 1), step("tool.progress", 1, 1), step("tool.output.delta", 1, 1)]
                .into(),
            ..append(&head, turn, Then::Hold)
        };
        head = store.append_events(deltas).await.unwrap().head;
        let end = Append { events: answer(), usage: tokens(10), ..append(&head, turn, Then::End) };
        head = store.append_events(end).await.unwrap().head;
        assert_eq!(head.turn_count, turn);
        // One event of the start, ten of every turn; the four deltas do not count.
        assert_eq!(head.event_count, 1 + 10 * turn);
        assert_eq!(head.last_sequence, 1 + 14 * turn);
        assert_eq!((head.started_at, head.finished_at), (Some(at(1)), Some(at(turn))));
    }
    let expected = Spent {
        input_tokens: 30,
        output_tokens: 33,
        cache_read_tokens: 36,
        cache_creation_tokens: 39,
        ..Spent::default()
    };
    assert_eq!(head.usage, expected);
}

async fn usage_stops_at_what_clients_hold(place: Arc<Place>) {
    let store = place.store().await;
    let mut now = held(&store, 1, 1, "node").await;
    for _ in 0..2 {
        let spend = Append { usage: tokens(2_000_000_000), ..append(&now, 2, Then::Hold) };
        now = store.append_events(spend).await.unwrap().head;
    }
    assert_eq!(now.usage, tokens(2_000_000_000) + tokens(2_000_000_000));
    assert_eq!(head(&store, now.key).await, now);
}

async fn costs_add_up_where_they_are_known(place: Arc<Place>) {
    let store = place.store().await;
    let mut now = held(&store, 1, 1, "node").await;
    let mut expected = Spent::default();
    let nanos = |count: Option<u64>| count.map(Nanos::new);
    for (estimated, actual) in [
        (None, None),
        (Some(0), None),
        (Some(1_500_000_000), None),
        (Some(7), Some(5)),
        (None, Some(u64::MAX)),
        (None, Some(1)),
        (None, None),
    ] {
        let usage = Spent {
            input_tokens: 1,
            estimated_cost_usd: nanos(estimated),
            actual_cost_usd: nanos(actual),
            effective_cost_usd: nanos(actual.or(estimated)),
            ..Spent::default()
        };
        now = store.append_events(Append { usage, ..append(&now, 2, Then::Hold) }).await.unwrap().head;
        expected = expected + usage;
        assert_eq!(now.usage, expected, "after {usage:?}");
        assert_eq!(head(&store, now.key).await.usage, expected);
    }
    assert_eq!(expected.estimated_cost_usd, nanos(Some(1_500_000_007)));
}

async fn an_append_to_a_missing_session_is_gone(place: Arc<Place>) {
    let store = place.store().await;
    let real = held(&store, 1, 1, "node").await;
    let missing = SessionHead { key: SessionKey(4_711), ..real.clone() };
    let takeover = Append {
        guard: Guard::Takeover { turn_sequence: 2, last_sequence: None, inbox_seen: None },
        ..append(&missing, 2, Then::End)
    };
    for append in [append(&missing, 2, Then::Hold), takeover] {
        assert_eq!(outcome(&store.append_events(append).await), "gone");
    }
    assert!(log(&store, missing.key).await.is_empty());
}

async fn an_append_without_events_moves_the_head(place: Arc<Place>) {
    let store = place.store().await;
    let before = held(&store, 1, 1, "node").await;
    let nothing = Append { events: [].into(), ..append(&before, 2, Then::Park(at(9))) };
    let written = store.append_events(nothing).await.unwrap();
    assert_eq!(written.first_sequence, 7);
    assert_eq!(written.head.last_sequence, 6);
    assert_eq!(written.head.run_at, Some(at(9)));
    let next = posted(&store, message(before.key, 3)).await;
    assert_eq!(next.sequence, 7);
    assert_eq!(log(&store, before.key).await[6..], ["input.message"]);
}
