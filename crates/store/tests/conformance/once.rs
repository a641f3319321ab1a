//! Doing a thing once: the record stands or falls with what it stands for.

use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_core::agent::Status;
use everruns_core::limits::{ONCE_EXPIRED_BATCH_MAX, ONCE_SECONDS_KEPT};
use everruns_store::{DEFAULT_ORG_KEY, Error, Once, OnceRecord, OrgKey, Refusal, Resource, Store};
use tokio::task::JoinSet;

use crate::place::Place;
use crate::revision::by;
use crate::world::{at, head, log, message, new_session, outcome, session};

on_both!(
    a_record_goes_with_what_is_made,
    what_fails_leaves_no_record,
    of_many_at_once_one_writes,
    an_answer_is_kept_until_it_expires,
    expired_records_go_in_small_batches,
);

fn once(name: &str, request: &str, at: Timestamp) -> Arc<Once> {
    Once::new(DEFAULT_ORG_KEY, name.to_owned(), request.to_owned(), at)
}

fn agent(id: &str, name: &str) -> Resource {
    Resource {
        id: id.to_owned(),
        name: name.to_owned(),
        status: Status::Active.as_str().to_owned(),
        version: 1,
        search: String::new(),
        body: "{}".to_owned(),
        base_id: None,
        name_text: None,
        lineage: None,
        created_at: at(1),
        updated_at: at(1),
        retired_at: None,
    }
}

fn record(request: &str, made: &str) -> OnceRecord {
    OnceRecord { request: request.to_owned(), made: Some(made.to_owned()), answer: None }
}

async fn a_record_goes_with_what_is_made(place: Arc<Place>) {
    let store = place.store().await;
    let key = session(&store, 1).await.key;
    let (posting, making, naming) = (once("post", "a", at(1)), once("make", "b", at(1)), once("name", "c", at(1)));
    for once in [&posting, &making, &naming] {
        assert_eq!(store.once_record(once).await.unwrap(), None);
    }
    posting.makes("message_1");
    posting.scope(store.post_input(message(key, 1))).await.unwrap();
    let made = making.scope(store.create_session(&new_session(DEFAULT_ORG_KEY, 2))).await.unwrap();
    store
        .upsert_resource(DEFAULT_ORG_KEY, "agent", &agent("agent_1", "bot"), true, &by("tester", at(1)))
        .await
        .unwrap();
    // The id in it is drawn anew, but the agent is the one of that name.
    naming
        .scope(store.upsert_resource(DEFAULT_ORG_KEY, "agent", &agent("agent_2", "bot"), true, &by("tester", at(1))))
        .await
        .unwrap();
    let records = [record("a", "message_1"), record("b", &made.head.id.to_string()), record("c", "agent_1")];
    for (once, expected) in [&posting, &making, &naming].into_iter().zip(&records) {
        assert!(once.is_taken() && !once.is_repeated());
        assert_eq!(store.once_record(once).await.unwrap().as_ref(), Some(expected));
    }

    // A second time nothing is written, and what else is written goes its way.
    let (posting, making, naming) = (once("post", "a", at(2)), once("make", "b", at(2)), once("name", "c", at(2)));
    let refused = posting.scope(store.post_input(message(key, 2))).await;
    assert!(matches!(refused, Err(Refusal::Store(Error::Repeated))), "{}", outcome(&refused));
    let refused = making.scope(store.create_session(&new_session(DEFAULT_ORG_KEY, 3))).await;
    assert!(matches!(refused, Err(Error::Repeated)), "{refused:?}");
    let changed = Resource { body: "[]".to_owned(), ..agent("agent_3", "bot") };
    let refused =
        naming.scope(store.upsert_resource(DEFAULT_ORG_KEY, "agent", &changed, true, &by("tester", at(1)))).await;
    assert!(matches!(refused, Err(Error::Repeated)), "{refused:?}");
    assert!(posting.is_repeated() && making.is_repeated() && naming.is_repeated());
    assert_eq!(log(&store, key).await, ["session.started", "input.message"]);
    assert_eq!(head(&store, key).await.last_sequence, 2);
    assert_eq!(store.session_by_id(DEFAULT_ORG_KEY, crate::world::session_id(3)).await.unwrap(), None);
    let bot = store.resource_by_name(DEFAULT_ORG_KEY, "agent", "bot").await.unwrap().unwrap();
    assert_eq!(bot.body, "{}");
    store.post_input(message(key, 3)).await.unwrap();
    assert_eq!(log(&store, key).await.len(), 3);

    // Another organization's request of the same name is another one.
    let other = store.create_organization(everruns_core::OrgId::from_u128(42), at(1)).await.unwrap();
    let theirs = Once::new(other, "make".to_owned(), "b".to_owned(), at(2));
    assert_eq!(store.once_record(&theirs).await.unwrap(), None);
    theirs.scope(store.create_session(&new_session(other, 4))).await.unwrap();
}

async fn what_fails_leaves_no_record(place: Arc<Place>) {
    let store = place.store().await;
    let key = session(&store, 1).await.key;
    let gone = once("gone", "a", at(1));
    let refused = gone.scope(store.post_input(message(everruns_store::SessionKey(4_711), 1))).await;
    assert_eq!(outcome(&refused), "gone");
    assert_eq!(store.once_record(&gone).await.unwrap(), None);
    // The same request may still do something else.
    let made = gone.scope(async {
        let taken = store.create_session(&new_session(DEFAULT_ORG_KEY, 1)).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
        assert_eq!(store.once_record(&gone).await.unwrap(), None);
        store.create_session(&new_session(DEFAULT_ORG_KEY, 2)).await.unwrap();
        // The record is written; this goes beside it.
        store.post_input(message(key, 2)).await.unwrap()
    });
    assert_eq!(made.await.sequence, 2);
    let id = crate::world::session_id(2).to_string();
    assert_eq!(store.once_record(&gone).await.unwrap(), Some(record("a", &id)));
}

async fn of_many_at_once_one_writes(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let key = session(&store, 1).await.key;
    let mut posts = JoinSet::new();
    for number in 0..48 {
        let store = store.clone();
        posts.spawn(async move {
            let once = once(&format!("{}", number % 16), "a", at(1));
            once.scope(store.post_input(message(key, 1))).await.is_ok()
        });
    }
    let written = posts.join_all().await.into_iter().filter(|written| *written).count();
    assert_eq!(written, 16);
    assert_eq!(log(&store, key).await.len(), 17);
}

async fn an_answer_is_kept_until_it_expires(place: Arc<Place>) {
    let store = place.store().await;
    let make = async |store: &Store, number: u128, at: Timestamp| {
        let once = once("make", &format!("{number}"), at);
        let made = once.scope(store.create_session(&new_session(DEFAULT_ORG_KEY, number))).await;
        (once, made)
    };
    let (first, made) = make(&store, 1, at(0)).await;
    made.unwrap();
    store.finish_once(&first, Some((201, r#"{"a":1}"#))).await.unwrap();
    let answer = Some((201, r#"{"a":1}"#.to_owned()));
    assert_eq!(store.once_record(&first).await.unwrap().unwrap().answer, answer);
    let (second, made) = make(&store, 2, at(ONCE_SECONDS_KEPT)).await;
    assert!(matches!(made, Err(Error::Repeated)), "{made:?}");
    let known = store.once_record(&second).await.unwrap().unwrap();
    assert_eq!((known.answer.clone(), second.is_same(&known), first.is_same(&known)), (answer, false, true));
    let (third, made) = make(&store, 3, at(ONCE_SECONDS_KEPT + 1)).await;
    made.unwrap();
    let id = crate::world::session_id(3).to_string();
    assert_eq!(store.once_record(&third).await.unwrap(), Some(record("3", &id)), "the old answer is gone");
}

async fn expired_records_go_in_small_batches(place: Arc<Place>) {
    let store = place.store().await;
    let batch = ONCE_EXPIRED_BATCH_MAX;
    let known = async |org: OrgKey, name: i64, at: Timestamp| {
        let once = Once::new(org, name.to_string(), String::new(), at);
        store.once_record(&once).await.unwrap().is_some()
    };
    // No write carried these; the answer brings the record along.
    for name in 0..batch + 2 {
        store.finish_once(&once(&name.to_string(), "", at(name)), Some((200, "{}"))).await.unwrap();
    }
    let late = at(ONCE_SECONDS_KEPT + 100);
    store.finish_once(&once("late", "", late), None).await.unwrap();
    // Seen with the eyes of the past, the oldest are gone and the others are there.
    for name in 0..batch + 2 {
        assert_eq!(known(DEFAULT_ORG_KEY, name, at(50)).await, name >= batch, "{name}");
        assert!(!known(DEFAULT_ORG_KEY, name, late).await, "{name}");
    }
    let late = store.once_record(&once("late", "", late)).await.unwrap().unwrap();
    assert_eq!(late.answer, None);
}
