//! Sessions: made, found, listed, deleted.

use std::sync::Arc;

use everruns_core::limits::COUNT_KEPT_ROWS;
use everruns_core::session::SessionStatus;
use everruns_core::{AgentId, DEFAULT_PRINCIPAL, HarnessId, PrincipalId, Spent, WorkspaceId};
use everruns_store::{
    Append, Base, DEFAULT_ORG_KEY, Error, EventQuery, NewSession, SessionHead, SessionQuery, SessionRow, Store,
    StoredEvent, Then,
};

use crate::place::Place;
use crate::world::{
    answer, append, at, event, head, held, log, message, new_session, opening, outcome, posted, session, session_id,
    step,
};

on_both!(
    a_session_is_what_was_said,
    sessions_of_older_databases_are_the_operators,
    an_id_is_taken_once,
    lists_page_newest_first,
    lists_filter_and_search,
    lists_filter_by_what_sessions_are,
    pins_are_somebodys,
    what_is_said_can_be_changed,
    both_ends_of_sessions,
    counts_go_on,
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
        owner: PrincipalId::from_u128(5),
        at: at(3),
        agent_id: Some(agent),
        harness_id: "harness_x".to_owned(),
        workspace_id: "wsp_x".to_owned(),
        search: "Words".to_owned(),
        tags: Vec::new(),
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
            usage: Spent::default(),
            created_at: at(3),
            updated_at: at(3),
            started_at: None,
            finished_at: None,
            base: Base::default(),
        },
        owner: PrincipalId::from_u128(5),
        agent_id: Some(agent.to_string()),
        harness_id: new.harness_id.clone(),
        workspace_id: new.workspace_id.clone(),
        body: new.body.clone(),
        forked_from: None,
        forked_sequence: None,
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

async fn sessions_of_older_databases_are_the_operators(place: Arc<Place>) {
    place.begin_as_the_first_release().await;
    let old = session_id(1);
    place
        .execute(&format!(
            "INSERT INTO session (id, org_id, status, last_sequence, turn_sequence, input_sequence, inbox_sequence, fence,
                 event_count, turn_count, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens,
                 created_at, updated_at)
             VALUES ('{old}', 1, 'started', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000000, 1000000);
             INSERT INTO session_detail (session_key, org_id, harness_id, workspace_id, search, body)
             SELECT key, org_id, 'harness_x', 'wsp_x', '', '{{}}' FROM session"
        ))
        .await;
    let store = place.store().await;
    let row = store.session_by_id(DEFAULT_ORG_KEY, old).await.unwrap().unwrap();
    assert_eq!((row.owner, row.harness_id.as_str()), (DEFAULT_PRINCIPAL, "harness_x"));
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
            limit: 10,
            ..SessionQuery::default()
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

async fn lists_filter_by_what_sessions_are(place: Arc<Place>) {
    let store = place.store().await;
    for (number, tags) in [(1, vec![]), (2, vec!["a", "b"]), (3, vec!["A", "x\",\"a"]), (4, vec!["b", "50%"])] {
        let tags = tags.into_iter().map(str::to_owned).collect();
        let harness_id = HarnessId::from_u128(number % 2).to_string();
        let workspace_id = WorkspaceId::from_u128(number / 3).to_string();
        let new = NewSession { tags, harness_id, workspace_id, ..new_session(DEFAULT_ORG_KEY, number) };
        store.create_session(&new).await.unwrap();
    }
    let head = head(&store, store.session_by_id(DEFAULT_ORG_KEY, session_id(2)).await.unwrap().unwrap().head.key).await;
    posted(&store, message(head.key, 5)).await;

    let check = async |query: SessionQuery, expected: &[u128]| {
        let query = SessionQuery { limit: 10, ..query };
        let (rows, total) = store.list_sessions(DEFAULT_ORG_KEY, &query).await.unwrap();
        assert_eq!((numbers(&rows), total), (expected.to_vec(), expected.len() as i64), "{query:?}");
    };
    let tags = |tags: &[&str]| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        SessionQuery { tags, ..SessionQuery::default() }
    };
    check(tags(&["a"]), &[2]).await;
    check(tags(&["A"]), &[3]).await;
    check(tags(&["b"]), &[4, 2]).await;
    check(tags(&["a", "b"]), &[2]).await;
    check(tags(&["50%"]), &[4]).await;
    check(tags(&["%"]), &[]).await;
    check(tags(&["x\",\"a"]), &[3]).await;
    let default = SessionQuery::default;
    check(SessionQuery { harness_id: Some(HarnessId::from_u128(1)), ..default() }, &[3, 1]).await;
    check(SessionQuery { workspace_id: Some(WorkspaceId::from_u128(1)), ..default() }, &[4, 3]).await;
    check(SessionQuery { statuses: vec![SessionStatus::Active], ..default() }, &[2]).await;
    check(SessionQuery { statuses: vec![SessionStatus::Active, SessionStatus::Started], ..default() }, &[4, 3, 2, 1])
        .await;
    check(SessionQuery { statuses: vec![SessionStatus::Idle], ..default() }, &[]).await;
    check(SessionQuery { forked_from: Some(session_id(1)), ..default() }, &[]).await;
    let mut counts = store.session_statuses(DEFAULT_ORG_KEY).await.unwrap();
    counts.sort_by_key(|(_, count)| *count);
    assert_eq!(counts, [(SessionStatus::Active, 1), (SessionStatus::Started, 3)]);
    assert_eq!(store.session_statuses(everruns_store::OrgKey(99)).await.unwrap(), []);
    let all: i64 = counts.iter().map(|(_, count)| count).sum();
    assert_eq!(store.count_sessions(DEFAULT_ORG_KEY).await.unwrap(), all);
    assert_eq!(store.count_sessions(everruns_store::OrgKey(99)).await.unwrap(), 0);
}

async fn pins_are_somebodys(place: Arc<Place>) {
    let store = place.store().await;
    let (me, other) = (PrincipalId::from_u128(1), PrincipalId::from_u128(2));
    let mut keys = Vec::new();
    for number in 1..=4 {
        keys.push(session(&store, number).await.key);
    }
    for (principal, place) in [(me, 0), (me, 2), (me, 2), (other, 3)] {
        store.pin_session(principal, keys[place], true).await.unwrap();
    }
    let list = async |pinned: Option<bool>, pinned_first: bool| {
        let query = SessionQuery { pins_of: Some(me), pinned, pinned_first, limit: 10, ..SessionQuery::default() };
        let (rows, total) = store.list_sessions(DEFAULT_ORG_KEY, &query).await.unwrap();
        assert_eq!(rows.len() as i64, total);
        numbers(&rows)
    };
    assert_eq!(list(None, false).await, [4, 3, 2, 1]);
    assert_eq!(list(None, true).await, [3, 1, 4, 2]);
    assert_eq!(list(Some(true), false).await, [3, 1]);
    assert_eq!(list(Some(false), true).await, [4, 2]);
    let mut mine = store.pinned_among(me, &keys).await.unwrap();
    mine.sort();
    assert_eq!(mine, [keys[0], keys[2]]);
    assert_eq!(store.pinned_among(other, &keys[..3]).await.unwrap(), []);
    assert_eq!(store.pinned_among(me, &[]).await.unwrap(), []);
    store.pin_session(me, keys[0], false).await.unwrap();
    store.pin_session(me, keys[0], false).await.unwrap();
    store.delete_session(keys[2]).await.unwrap();
    store.pin_session(me, keys[2], true).await.unwrap();
    assert_eq!(store.pinned_among(me, &keys).await.unwrap(), []);
}

async fn what_is_said_can_be_changed(place: Arc<Place>) {
    let store = place.store().await;
    let head = held(&store, 1, 1, "node").await;
    let edit = |word: &str| everruns_store::SessionEdit {
        search: word.to_owned(),
        tags: vec![word.to_owned()],
        body: format!(r#"{{"title":"{word}"}}"#),
    };
    assert!(store.edit_session(head.key, at(9), "{}", &edit("New")).await.unwrap());
    // Who read what stood before changes nothing.
    assert!(!store.edit_session(head.key, at(10), "{}", &edit("Late")).await.unwrap());
    let row = store.session_by_key(head.key).await.unwrap().unwrap();
    assert_eq!((row.body.as_str(), row.head.updated_at), (r#"{"title":"New"}"#, at(9)));
    let query = SessionQuery {
        search: vec!["new".to_owned()],
        tags: vec!["New".to_owned()],
        limit: 10,
        ..SessionQuery::default()
    };
    assert_eq!(numbers(&store.list_sessions(DEFAULT_ORG_KEY, &query).await.unwrap().0), [1]);
    // The turn that ran meanwhile goes on.
    let appended = store.append_events(append(&head, 11, Then::Hold)).await.unwrap();
    assert_eq!(appended.head.updated_at, at(11));
    assert!(store.edit_session(head.key, at(3), r#"{"title":"New"}"#, &edit("Older")).await.unwrap());
    assert_eq!(store.session_by_key(head.key).await.unwrap().unwrap().head.updated_at, at(11));
    store.delete_session(head.key).await.unwrap();
    assert!(!store.edit_session(head.key, at(12), r#"{"title":"Older"}"#, &edit("Gone")).await.unwrap());
}

async fn both_ends_of_sessions(place: Arc<Place>) {
    let store = place.store().await;
    let fresh = session(&store, 1).await;
    let running = held(&store, 2, 1, "node").await;
    let ended = held(&store, 3, 1, "node").await;
    let end = Append { events: answer(), ..append(&ended, 2, Then::End) };
    let ended = store.append_events(end).await.unwrap().head;
    let again = posted(&store, opening(ended.key, 3, "node")).await.head;
    let heads = [&fresh, &running, &ended, &again];
    let ends = store.session_ends(heads.into_iter()).await.unwrap();
    let found: Vec<(Option<&str>, Option<&str>)> =
        ends.iter().map(|ends| (ends.first_input.as_deref(), ends.last_turn.as_deref())).collect();
    let (input, turn) = (Some(r#"{"text":"hi"}"#), Some(r#"{"text":"step"}"#));
    assert_eq!(found, [(None, None), (input, None), (input, turn), (input, turn)]);
    assert_eq!(store.session_ends(std::iter::empty()).await.unwrap(), []);
}

async fn counts_go_on(place: Arc<Place>) {
    let store = place.store().await;
    let mut head = held(&store, 1, 1, "node").await;
    let many: Arc<[StoredEvent]> = (0..COUNT_KEPT_ROWS).map(|_| step("tool.progress", 1, 1)).collect();
    for round in 1..4 {
        let append = Append { events: many.clone(), ..append(&head, 2, Then::Hold) };
        head = store.append_events(append).await.unwrap().head;
        let counts = store.count_all_events(&(&head).into(), head.last_sequence).await.unwrap();
        assert_eq!(counts["tool.progress"], round * COUNT_KEPT_ROWS);
        assert_eq!(counts.values().sum::<i64>(), head.last_sequence);
    }
    // Who has not seen as much as was counted is told of what he has seen.
    let counts = store.count_all_events(&(&head).into(), 6).await.unwrap();
    assert_eq!(counts.values().sum::<i64>(), 6);
    let part = store.count_events(&(&head).into(), 1, 4).await.unwrap();
    assert_eq!(part.values().sum::<i64>(), 2);
}
