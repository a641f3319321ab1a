//! Revisions: one for each change, in the change's own transaction; the newest ones are kept.

use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_core::agent::Status;
use everruns_core::limits::REVISIONS_MAX;
use everruns_store::{Change, DEFAULT_ORG_KEY as ORG, OrgKey, Resource, Revision, Store};

use crate::place::Place;
use crate::resource::{resource, upsert};
use crate::world::at;

on_both!(
    every_change_is_kept,
    a_refused_change_leaves_nothing,
    the_oldest_leave,
    concurrent_changes_are_kept_one_by_one,
    older_databases_begin_with_what_is_there,
);

/// A change without a reason.
pub(crate) fn by(actor: &str, at: Timestamp) -> Change {
    Change { actor: actor.to_owned(), reason: None, at }
}

async fn revisions(store: &Store, id: &str) -> Vec<Revision> {
    let (rows, total) = store.list_revisions(ORG, "agent", id, 0, 1_000).await.unwrap();
    assert_eq!(rows.len() as i64, total);
    rows
}

/// The kept versions of an agent, newest first.
async fn versions(store: &Store, id: &str) -> Vec<i64> {
    revisions(store, id).await.iter().map(|revision| revision.version).collect()
}

async fn every_change_is_kept(place: Arc<Place>) {
    let store = place.store().await;
    let because = |reason: &str, second| Change { reason: Some(reason.to_owned()), ..by("ann", at(second)) };
    let write = async |name: &str, second, by_name| {
        let new = resource("a", name, second);
        store.upsert_resource(ORG, "agent", &new, by_name, &because(name, second)).await.unwrap().resource
    };
    write("one", 1, true).await;
    store.upsert_resource(ORG, "agent", &resource("b", "one", 2), true, &by("bob", at(2))).await.unwrap();
    let third = write("two", 3, false).await;
    let new = Resource { name: "three".to_owned(), ..third };
    store.update_resource(ORG, "agent", &new, &because("ü\nb", 4)).await.unwrap().expect("it is current");
    assert!(store.retire_resource(ORG, "agent", "a", Status::Deleted, &by("ann", at(5))).await.unwrap());

    let expected = |version, actor: &str, reason: Option<&str>, name: &str, status: &str| Revision {
        version,
        actor: Some(actor.to_owned()),
        reason: reason.map(str::to_owned),
        name: name.to_owned(),
        status: status.to_owned(),
        created_at: at(version),
    };
    let wanted = [
        expected(5, "ann", None, "three", "deleted"),
        expected(4, "ann", Some("ü\nb"), "three", "active"),
        expected(3, "ann", Some("two"), "two", "active"),
        expected(2, "bob", None, "one", "active"),
        expected(1, "ann", Some("one"), "one", "active"),
    ];
    assert_eq!(revisions(&store, "a").await, wanted);
    let (page, total) = store.list_revisions(ORG, "agent", "a", 1, 2).await.unwrap();
    assert_eq!((page.as_slice(), total), (&wanted[1..3], 5));
    let second = store.revision(ORG, "agent", "a", 2).await.unwrap();
    assert_eq!(second, Some((wanted[3].clone(), r#"{"written":2}"#.to_owned())));
    for (org, kind, id, version) in
        [(OrgKey(2), "agent", "a", 2), (ORG, "harness", "a", 2), (ORG, "agent", "b", 2), (ORG, "agent", "a", 6)]
    {
        assert_eq!(store.revision(org, kind, id, version).await.unwrap(), None);
        if version == 2 {
            assert_eq!(store.list_revisions(org, kind, id, 0, 10).await.unwrap(), (vec![], 0));
        }
    }
}

async fn a_refused_change_leaves_nothing(place: Arc<Place>) {
    let store = place.store().await;
    upsert(&store, &resource("a", "one", 1), false).await.unwrap();
    upsert(&store, &resource("b", "two", 1), false).await.unwrap();
    upsert(&store, &resource("b", "one", 2), false).await.unwrap_err();
    let stale = Resource { version: 7, ..resource("a", "new", 3) };
    assert_eq!(store.update_resource(ORG, "agent", &stale, &by("ann", at(3))).await.unwrap(), None);
    assert!(!store.retire_resource(ORG, "agent", "c", Status::Archived, &by("ann", at(4))).await.unwrap());
    // The same again is no change.
    upsert(&store, &resource("a", "one", 1), true).await.unwrap();
    for id in ["a", "b"] {
        assert_eq!(versions(&store, id).await, [1], "{id}");
    }
}

async fn the_oldest_leave(place: Arc<Place>) {
    let store = place.store().await;
    upsert(&store, &resource("other", "other", 1), false).await.unwrap();
    for second in 1..=REVISIONS_MAX + 3 {
        upsert(&store, &resource("a", "one", second), true).await.unwrap();
    }
    let kept: Vec<i64> = (4..=REVISIONS_MAX + 3).rev().collect();
    assert_eq!(versions(&store, "a").await, kept);
    assert_eq!(versions(&store, "other").await, [1]);
}

async fn concurrent_changes_are_kept_one_by_one(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let changes = (1..=20).map(|second| {
        let store = store.clone();
        tokio::spawn(async move { upsert(&store, &resource(&format!("{second}"), "one", second), true).await })
    });
    let mut created = 0;
    for change in changes.collect::<Vec<_>>() {
        created += i32::from(change.await.unwrap().unwrap().created);
    }
    let agent = store.resource_by_name(ORG, "agent", "one").await.unwrap().unwrap();
    assert_eq!(agent.version, 20);
    assert!(created >= 1, "somebody made it");
    let all: Vec<i64> = (1..=20).rev().collect();
    assert_eq!(versions(&store, &agent.id).await, all);
    let (_, body) = store.revision(ORG, "agent", &agent.id, 20).await.unwrap().unwrap();
    assert_eq!(body, agent.body);
}

async fn older_databases_begin_with_what_is_there(place: Arc<Place>) {
    place.begin_as_the_first_release().await;
    place
        .execute(
            "INSERT INTO resource VALUES (1, 'agent', 'a', 'one', 'active', 2, 'one', '{}', 1000000, 2000000, NULL)",
        )
        .await;
    let store = place.store().await;
    let first = Revision {
        version: 2,
        actor: None,
        reason: None,
        name: "one".to_owned(),
        status: "active".to_owned(),
        created_at: Timestamp::from_micros(2_000_000),
    };
    assert_eq!(revisions(&store, "a").await, [first]);
    upsert(&store, &resource("a", "one", 3), true).await.unwrap();
    assert_eq!(versions(&store, "a").await, [3, 2]);
}
