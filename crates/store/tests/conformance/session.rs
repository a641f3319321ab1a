//! Sessions: made, found, listed, deleted.

use std::sync::Arc;

use everruns_core::session::SessionStatus;
use everruns_core::{AgentId, Usage};
use everruns_store::{
    Base, DEFAULT_ORG_KEY, Error, EventQuery, NewSession, SessionHead, SessionQuery, SessionRow, Store, Then,
};

use crate::place::Place;
use crate::world::{
    append, at, event, head, held, log, message, new_session, outcome, posted, session, session_id, step,
};

on_both!(
    a_session_is_what_was_said,
    an_id_is_taken_once,
    lists_page_newest_first,
    lists_filter_and_search,
    a_deleted_session_is_gone,
    a_key_is_never_given_again,
);

fn numbers(rows: &[SessionRow]) -> Vec<u128> {
    rows.iter().map(|row| row.head.id.0.as_u128()).collect()
}

async fn a_session_is_what_was_said(place: Arc<Place>) {
    let store = place.store().await;
    let agent = AgentId::from_u128(7);
    let new = NewSession {
        at: at(3),
        agent_id: Some(agent),
        harness_id: "harness_x".to_owned(),
        workspace_id: "wsp_x".to_owned(),
        search: "Words".to_owned(),
        body: r#"{"title":"Ä 'quoted' $1"}"#.to_owned(),
        events: vec![event("session.started", "hello"), step("tool.progress", 2, 3)],
        ..new_session(DEFAULT_ORG_KEY, 1)
    };
    let made = store.create_session(&new).await.unwrap();
    let expected = SessionRow {
        head: SessionHead {
            key: made.head.key,
            id: new.id,
            org: DEFAULT_ORG_KEY,
            status: SessionStatus::Started,
            last_sequence: 2,
            turn_sequence: 0,
            input_sequence: 0,
            inbox_sequence: 0,
            fence: 0,
            holder: None,
            run_at: None,
            // The other one is a delta.
            event_count: 1,
            turn_count: 0,
            usage: Usage::default(),
            created_at: at(3),
            updated_at: at(3),
            started_at: None,
            finished_at: None,
            base: Base::default(),
        },
        agent_id: Some(agent.to_string()),
        harness_id: new.harness_id.clone(),
        workspace_id: new.workspace_id.clone(),
        body: new.body.clone(),
    };
    assert_eq!(made, expected);
    let by_id = store.session_by_id(DEFAULT_ORG_KEY, new.id).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&expected));
    let by_key = store.session_by_key(made.head.key).await.unwrap();
    assert_eq!(by_key.as_ref(), Some(&expected));
    let query = EventQuery::all(made.head.key);
    for (row, written) in store.events(&query).await.unwrap().iter().zip(new.events) {
        assert_eq!(row.at, at(3));
        assert_eq!((row.context, &row.encoded), (written.context, &written.encoded));
    }

    let other = session_id(2);
    let missing = store.session_by_id(DEFAULT_ORG_KEY, other).await.unwrap();
    assert_eq!(missing, None);

    let silent = NewSession { events: Vec::new(), ..new_session(DEFAULT_ORG_KEY, 3) };
    let silent = store.create_session(&silent).await.unwrap().head;
    assert_eq!(silent.last_sequence, 0);
    let first = posted(&store, message(silent.key, 4)).await;
    assert_eq!((first.sequence, first.head.turn_sequence), (1, 1));
}

async fn an_id_is_taken_once(place: Arc<Place>) {
    let store = place.store().await;
    let first = session(&store, 1).await;
    let again = store.create_session(&new_session(DEFAULT_ORG_KEY, 1)).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    assert_eq!(head(&store, first.key).await, first);
    assert_eq!(log(&store, first.key).await, ["session.started"]);
    session(&store, 2).await;
}

async fn lists_page_newest_first(place: Arc<Place>) {
    let store = place.store().await;
    for number in 1..=5 {
        session(&store, number).await;
    }
    for (offset, limit, expected) in
        [(0, 10, &[5, 4, 3, 2, 1][..]), (0, 2, &[5, 4]), (2, 2, &[3, 2]), (4, 2, &[1]), (9, 2, &[]), (0, 0, &[])]
    {
        let query = SessionQuery { offset, limit, ..SessionQuery::default() };
        let listed = store.list_sessions(DEFAULT_ORG_KEY, &query).await;
        let (rows, total) = listed.unwrap();
        assert_eq!(numbers(&rows), expected, "{query:?}");
        assert_eq!(total, 5, "the total does not depend on the page");
    }
}

async fn lists_filter_and_search(place: Arc<Place>) {
    let store = place.store().await;
    let agents = [AgentId::from_u128(1), AgentId::from_u128(2)];
    for (number, agent, search) in [
        (1, None, "Quarterly Report"),
        (2, Some(agents[0]), "100% sure report"),
        (3, Some(agents[0]), "snake_case ÄRGER"),
        (4, Some(agents[1]), r"back\slash 1000 sure"),
        (5, Some(agents[1]), "a null\0byte"),
    ] {
        let new = NewSession { agent_id: agent, search: search.to_owned(), ..new_session(DEFAULT_ORG_KEY, number) };
        store.create_session(&new).await.unwrap();
    }

    #[track_caller]
    fn check(store: &Store, agent_id: Option<AgentId>, words: &[&str], expected: &[u128]) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let query = SessionQuery {
            agent_id,
            search: words.iter().map(|word| (*word).to_owned()).collect(),
            offset: 0,
            limit: 10,
        };
        async move {
            let listed = store.list_sessions(DEFAULT_ORG_KEY, &query).await;
            let (rows, total) = listed.expect("it lists");
            assert_eq!(numbers(&rows), expected, "{caller}");
            assert_eq!(total, expected.len() as i64, "{caller}");
        }
    }
    check(&store, None, &[], &[5, 4, 3, 2, 1]).await;
    check(&store, Some(agents[0]), &[], &[3, 2]).await;
    check(&store, Some(AgentId::from_u128(3)), &[], &[]).await;
    check(&store, None, &["report"], &[2, 1]).await;
    check(&store, None, &["REPORT", "quarter"], &[1]).await;
    check(&store, Some(agents[0]), &["report"], &[2]).await;
    check(&store, Some(agents[1]), &["report"], &[]).await;
    check(&store, None, &["%"], &[2]).await;
    check(&store, None, &["100%"], &[2]).await;
    check(&store, None, &["_"], &[3]).await;
    check(&store, None, &[r"\"], &[4]).await;
    check(&store, None, &["ärger"], &[3]).await;
    check(&store, None, &["Ärger"], &[3]).await;
    check(&store, None, &["'; DROP TABLE session; --"], &[]).await;
    check(&store, None, &["null\0byte"], &[5]).await;
}

async fn a_deleted_session_is_gone(place: Arc<Place>) {
    let store = place.store().await;
    let gone = held(&store, 1, 1, "node").await;
    let other = held(&store, 2, 1, "node").await;
    store.delete_session(gone.key).await.unwrap();
    store.delete_session(gone.key).await.unwrap();

    let by_id = store.session_by_id(DEFAULT_ORG_KEY, gone.id).await.unwrap();
    assert_eq!(by_id, None);
    assert_eq!(store.session_by_key(gone.key).await.unwrap(), None);
    assert!(log(&store, gone.key).await.is_empty());
    // Whoever held it, and a writer that remembers it, cannot bring anything of it back.
    let late = store.append_events(append(&gone, 2, Then::Hold)).await;
    assert_eq!(outcome(&late), "gone");
    let late = store.post_input(message(gone.key, 2)).await;
    assert_eq!(outcome(&late), "gone");
    store.release_session(&gone, at(3)).await.unwrap();
    assert!(log(&store, gone.key).await.is_empty());
    assert_eq!(store.next_run_at().await.unwrap(), None);

    let query = SessionQuery { limit: 10, ..SessionQuery::default() };
    let (rows, total) = store.list_sessions(DEFAULT_ORG_KEY, &query).await.unwrap();
    assert_eq!((numbers(&rows), total), (vec![2], 1));
    assert_eq!(head(&store, other.key).await, other);
    assert_eq!(log(&store, other.key).await.len(), 6);
}

/// A late holder of a deleted session must not write into the next one.
async fn a_key_is_never_given_again(place: Arc<Place>) {
    let store = place.store().await;
    let gone = held(&store, 1, 1, "node").await;
    store.delete_session(gone.key).await.unwrap();
    let next = held(&store, 2, 1, "node").await;
    assert_ne!(next.key, gone.key);
    let late = store.append_events(append(&gone, 2, Then::Hold)).await;
    assert_eq!(outcome(&late), "gone");
    assert_eq!(head(&store, next.key).await, next);
}
