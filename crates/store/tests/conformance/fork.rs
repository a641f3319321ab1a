//! Forks: a log that begins with another one, whatever happens to that one later.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use everruns_core::limits::SWEEP_ROWS;
use everruns_core::{DEFAULT_PRINCIPAL, Nanos, OrgId, PrincipalId, Spent, Timestamp};
use everruns_store::{
    Append, DEFAULT_ORG_KEY, EventQuery, Fork, Log, NewSession, SessionHead, SessionQuery, SessionRow, Store,
    StoredEvent, Tally, Then,
};

use crate::place::Place;
use crate::world::{append, at, event, head, held, message, new_session, opening, posted, session, session_id, step};

on_both!(
    a_fork_reads_what_it_took_over,
    a_fork_is_whose_made_it,
    what_is_counted_is_taken_over,
    forks_of_forks_read_one_list,
    each_goes_its_own_way,
    a_base_stays_until_its_last_fork_is_gone,
    long_logs_go_piece_by_piece,
    a_fork_of_a_long_log_is_small,
    nobody_forks_what_is_not_there,
    forks_and_deletes_at_once,
    sweeps_at_once_leave_nothing,
);

async fn forked(store: &Store, of: &SessionHead, sequence: i64, number: u128) -> SessionHead {
    let row = fork(store, of, sequence, number, Vec::new(), Tally::default()).await;
    row.expect("its base is there").head
}

async fn fork(
    store: &Store,
    of: &SessionHead,
    sequence: i64,
    number: u128,
    events: Vec<StoredEvent>,
    tally: Tally,
) -> Option<SessionRow> {
    let new = NewSession { events, at: at(50), ..new_session(DEFAULT_ORG_KEY, number) };
    store.fork_session(&new, &Fork { of: of.clone(), sequence, tally }).await.expect("it is written")
}

/// The texts of a log, which must be dense; in any order and in pages it is the same.
async fn texts(store: &Store, head: &SessionHead) -> Vec<String> {
    let all = EventQuery::all(head);
    let rows = store.events(&all).await.unwrap();
    let sequences: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
    assert_eq!(sequences, (1..=rows.len() as i64).collect::<Vec<_>>(), "the log is dense");
    let mut reversed = store.events(&EventQuery { descending: true, ..all.clone() }).await.unwrap();
    reversed.reverse();
    assert_eq!(reversed, rows);
    for limit in 1..4 {
        let (mut paged, mut after) = (Vec::new(), 0);
        loop {
            let page = store.events(&EventQuery { after, limit: Some(limit), ..all.clone() }).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.sequence;
            paged.extend(page);
        }
        assert_eq!(paged, rows);
        let newest = EventQuery { descending: true, limit: Some(limit), ..all.clone() };
        let newest = store.events(&newest).await.unwrap();
        assert!(newest.iter().eq(rows.iter().rev().take(limit as usize)));
    }
    let text = |data: &str| data.trim_start_matches(r#"{"text":""#).trim_end_matches(r#""}"#).to_owned();
    rows.iter().map(|row| text(&row.encoded.data)).collect()
}

/// Posts a message with this text.
async fn say(store: &Store, head: &SessionHead, text: &str) -> SessionHead {
    let post = message(head.key, 60);
    posted(store, everruns_store::Post { events: [event("input.message", text)].into(), ..post }).await.head
}

async fn a_fork_reads_what_it_took_over(place: Arc<Place>) {
    let store = place.store().await;
    let mut base = session(&store, 1).await;
    for text in ["a", "b", "c"] {
        base = say(&store, &base, text).await;
    }
    let all = texts(&store, &base).await;
    for sequence in 1..=4 {
        let fork = forked(&store, &base, sequence, 10 + sequence as u128).await;
        assert_eq!(fork.last_sequence, sequence);
        assert_eq!(texts(&store, &fork).await, all[..sequence as usize], "at {sequence}");
        let row = store.session_by_id(DEFAULT_ORG_KEY, fork.id).await.unwrap().unwrap();
        assert_eq!((row.forked_from, row.forked_sequence), (Some(base.id), Some(sequence)));
        assert_eq!(row.head, fork, "the base is read with the row");
        let counted = store.count_all_events(&Log::from(&fork), sequence).await.unwrap();
        assert_eq!(counted.values().sum::<i64>(), sequence);
        assert_eq!(store.older_until(&Log::from(&fork), sequence, at(9_000)).await.unwrap(), sequence);
    }
    assert_eq!(head(&store, base.key).await, base, "the base is as it was");
}

async fn a_fork_is_whose_made_it(place: Arc<Place>) {
    let store = place.store().await;
    let base = session(&store, 1).await;
    let owner = PrincipalId::from_u128(5);
    let new = NewSession { owner, events: Vec::new(), ..new_session(DEFAULT_ORG_KEY, 2) };
    let fork = Fork { of: base.clone(), sequence: 1, tally: Tally::default() };
    let made = store.fork_session(&new, &fork).await.unwrap().unwrap();
    assert_eq!(made.owner, owner);
    let (rows, _) =
        store.list_sessions(DEFAULT_ORG_KEY, &SessionQuery { limit: 9, ..SessionQuery::default() }).await.unwrap();
    let owners: Vec<PrincipalId> = rows.iter().map(|row| row.owner).collect();
    assert_eq!(owners, [owner, DEFAULT_PRINCIPAL]);
}

async fn what_is_counted_is_taken_over(place: Arc<Place>) {
    let store = place.store().await;
    let base = held(&store, 1, 1, "node").await;
    let tally = Tally {
        event_count: 7,
        turn_count: 2,
        usage: Spent {
            input_tokens: 3,
            output_tokens: 4,
            cache_read_tokens: 5,
            cache_creation_tokens: 6,
            estimated_cost_usd: Some(Nanos::new(20)),
            actual_cost_usd: Some(Nanos::new(30)),
            effective_cost_usd: Some(Nanos::new(40)),
        },
        input_sequence: 2,
        started_at: Some(at(1)),
        finished_at: Some(at(2)),
    };
    let closing = vec![step("turn.cancelled", 0, 0), step("session.idled", 0, 0)];
    let fork = fork(&store, &base, 5, 2, closing, tally).await.unwrap().head;
    let expected = SessionHead {
        key: fork.key,
        id: session_id(2),
        status: everruns_core::session::SessionStatus::Idle,
        last_sequence: 7,
        turn_sequence: 0,
        input_sequence: 2,
        inbox_sequence: 0,
        fence: 0,
        holder: None,
        run_at: None,
        event_count: 7,
        turn_count: 2,
        usage: tally.usage,
        created_at: at(50),
        updated_at: at(50),
        started_at: Some(at(1)),
        finished_at: Some(at(2)),
        base: everruns_store::Base::of_fork(&base, 5),
        org: DEFAULT_ORG_KEY,
    };
    assert_eq!(fork, expected);
    let rows = store.events(&EventQuery::all(&fork)).await.unwrap();
    let types: Vec<&str> = rows.iter().map(|row| &*row.encoded.type_name).collect();
    assert_eq!(types[4..], ["reason.started", "turn.cancelled", "session.idled"]);
    // Turns of its own run in it as in any other.
    let opened = posted(&store, opening(fork.key, 60, "node")).await;
    assert_eq!((opened.sequence, opened.head.base.clone()), (8, fork.base.clone()));
    let end = store.append_events(append(&opened.head, 61, Then::End)).await.unwrap();
    assert_eq!((end.first_sequence, end.head.turn_count), (13, 3));
}

async fn forks_of_forks_read_one_list(place: Arc<Place>) {
    let store = place.store().await;
    let mut session = session(&store, 1).await;
    let mut expected = vec!["hello".to_owned()];
    for depth in 0..6_u128 {
        for text in ["x", "y"] {
            let text = format!("{text}{depth}");
            session = say(&store, &session, &text).await;
            expected.push(text);
        }
        // Without the last one, so that each level counts.
        expected.pop();
        session = forked(&store, &session, expected.len() as i64, 2 + depth).await;
        assert_eq!(session.base.segments().len(), depth as usize + 1);
        assert_eq!(texts(&store, &session).await, expected);
    }
    // One that goes back behind where the others forked needs fewer logs.
    let early = forked(&store, &session, 2, 20).await;
    assert_eq!(early.base.segments().len(), 1);
    assert_eq!(texts(&store, &early).await, expected[..2]);
}

async fn each_goes_its_own_way(place: Arc<Place>) {
    let store = place.store().await;
    let base = session(&store, 1).await;
    let base = say(&store, &base, "both").await;
    let fork = forked(&store, &base, 2, 2).await;
    say(&store, &base, "base").await;
    say(&store, &fork, "fork").await;
    assert_eq!(texts(&store, &base).await, ["hello", "both", "base"]);
    assert_eq!(texts(&store, &fork).await, ["hello", "both", "fork"]);
    store.delete_session(fork.key).await.unwrap();
    assert_eq!(texts(&store, &base).await, ["hello", "both", "base"]);
    assert!(!store.sweep_logs().await.unwrap(), "nothing is left of it");
}

/// All rows that stand under a key, whoever reads them.
async fn rows_under(store: &Store, head: &SessionHead) -> usize {
    store.events(&EventQuery::all(head.key)).await.unwrap().len()
}

async fn a_base_stays_until_its_last_fork_is_gone(place: Arc<Place>) {
    let store = place.store().await;
    let mut base = session(&store, 1).await;
    for text in ["a", "b", "c", "d"] {
        base = say(&store, &base, text).await;
    }
    let long = forked(&store, &base, 4, 2).await;
    let short = forked(&store, &base, 2, 3).await;
    let long = say(&store, &long, "own").await;
    let nested = forked(&store, &long, 5, 4).await;
    store.delete_session(base.key).await.unwrap();
    assert_eq!(store.session_by_id(DEFAULT_ORG_KEY, base.id).await.unwrap(), None);
    assert_eq!(rows_under(&store, &base).await, 4, "what no fork reads is gone");
    assert_eq!(texts(&store, &long).await, ["hello", "a", "b", "c", "own"]);
    assert_eq!(texts(&store, &short).await, ["hello", "a"]);

    store.delete_session(long.key).await.unwrap();
    assert_eq!(texts(&store, &nested).await, ["hello", "a", "b", "c", "own"]);
    store.delete_session(nested.key).await.unwrap();
    while store.sweep_logs().await.unwrap() {}
    assert_eq!((rows_under(&store, &base).await, rows_under(&store, &long).await), (2, 0));
    assert_eq!(texts(&store, &short).await, ["hello", "a"]);
    store.delete_session(short.key).await.unwrap();
    while store.sweep_logs().await.unwrap() {}
    assert_eq!(rows_under(&store, &base).await, 0);
}

async fn long_logs_go_piece_by_piece(place: Arc<Place>) {
    let store = place.store().await;
    let base = held(&store, 1, 1, "node").await;
    let many: Arc<[StoredEvent]> = (0..SWEEP_ROWS).map(|_| step("tool.progress", 1, 1)).collect();
    for second in 2..4 {
        let append = Append { events: many.clone(), ..append(&base, second, Then::Hold) };
        store.append_events(append).await.unwrap();
    }
    let whole = 6 + 2 * SWEEP_ROWS as usize;
    let fork = forked(&store, &head(&store, base.key).await, 6, 2).await;
    store.delete_session(base.key).await.unwrap();
    assert_eq!(rows_under(&store, &base).await, whole - SWEEP_ROWS as usize);
    assert_eq!(texts(&store, &fork).await.len(), 6);
    store.delete_session(fork.key).await.unwrap();
    let mut sweeps = 0;
    while store.sweep_logs().await.unwrap() {
        sweeps += 1;
    }
    assert_eq!((sweeps, rows_under(&store, &base).await), (2, 0));
}

async fn a_fork_of_a_long_log_is_small(place: Arc<Place>) {
    let store = place.store().await;
    let base = held(&store, 1, 1, "node").await;
    let many: Arc<[StoredEvent]> = (0..5_000).map(|_| step("tool.progress", 1, 1)).collect();
    store.append_events(Append { events: many, ..append(&base, 2, Then::Hold) }).await.unwrap();
    let base = head(&store, base.key).await;
    let before = store.counters().statements.load(Ordering::Relaxed);
    let fork = forked(&store, &base, base.last_sequence, 2).await;
    let statements = store.counters().statements.load(Ordering::Relaxed) - before;
    assert_eq!(statements, 5, "the lock, two rows, one hold, and the answer");
    assert_eq!(rows_under(&store, &fork).await, 0);
    assert_eq!(fork.last_sequence, base.last_sequence);
}

async fn nobody_forks_what_is_not_there(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(7), Timestamp::from_micros(0)).await.unwrap();
    let base = session(&store, 1).await;
    let fork = Fork { of: base.clone(), sequence: 1, tally: Tally::default() };
    assert_eq!(store.fork_session(&new_session(other, 2), &fork).await.unwrap(), None, "it is another tenant's");
    store.delete_session(base.key).await.unwrap();
    assert_eq!(store.fork_session(&new_session(DEFAULT_ORG_KEY, 2), &fork).await.unwrap(), None);
    assert_eq!(store.session_by_id(DEFAULT_ORG_KEY, session_id(2)).await.unwrap(), None);
}

/// Whoever comes first: a fork that was made can be read, and when all is deleted no row is left.
async fn forks_and_deletes_at_once(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    for round in 0..8_u128 {
        let base = session(&store, 100 * round + 1).await;
        let base = say(&store, &base, "a").await;
        let (first, second) =
            (forked(&store, &base, 2, 100 * round + 2).await, forked(&store, &base, 2, 100 * round + 3).await);
        let deleted = [base.clone(), first, second].map(|head| {
            let store = store.clone();
            tokio::spawn(async move {
                // Two deletes may be in each other's way on the same logs; whoever is sent back comes again.
                while let Err(error) = store.delete_session(head.key).await {
                    assert!(matches!(error, everruns_store::Error::Busy(_)), "{error}");
                }
            })
        });
        let late = {
            let (store, base) = (store.clone(), base.clone());
            tokio::spawn(async move { fork(&store, &base, 2, 100 * round + 4, Vec::new(), Tally::default()).await })
        };
        for task in deleted {
            task.await.unwrap();
        }
        if let Some(row) = late.await.unwrap() {
            assert_eq!(texts(&store, &row.head).await, ["hello", "a"]);
            store.delete_session(row.head.key).await.unwrap();
        }
        while store.sweep_logs().await.unwrap() {}
        assert_eq!(rows_under(&store, &base).await, 0, "round {round}");
    }
}

/// Two deletes sweep what either left: no piece of a log is passed over between them.
async fn sweeps_at_once_leave_nothing(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let many: Arc<[StoredEvent]> = (0..2 * SWEEP_ROWS).map(|_| step("tool.progress", 1, 1)).collect();
    for round in 1..=12 {
        let base = held(&store, round, 1, "node").await;
        store.append_events(Append { events: many.clone(), ..append(&base, 2, Then::Hold) }).await.unwrap();
        store.delete_session(base.key).await.unwrap();
        let sweepers = [(); 4].map(|()| {
            let store = store.clone();
            tokio::spawn(async move { while store.sweep_logs().await.unwrap() {} })
        });
        for sweeper in sweepers {
            sweeper.await.unwrap();
        }
        assert_eq!(rows_under(&store, &base).await, 0, "round {round}");
    }
}
