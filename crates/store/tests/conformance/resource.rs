//! Resources: written over by id or by name, archived, listed.

use std::sync::Arc;

use everruns_core::agent::Status;
use everruns_core::limits::LISTED_BYTES_MAX;
use everruns_store::{DEFAULT_ORG_KEY as ORG, Error, Resource, ResourceQuery, Store, Upserted};

use crate::place::Place;
use crate::revision::by;
use crate::world::at;

on_both!(
    upsert_by_id,
    upsert_by_name,
    a_live_name_is_taken,
    archiving_frees_the_name,
    kinds_are_apart,
    lists_page_search_and_hide_the_archived,
    a_page_is_bounded_in_bytes,
    what_is_the_same_is_no_new_version,
    an_update_needs_the_version,
    what_others_stand_on_stays,
);

pub(crate) fn resource(id: &str, name: &str, second: i64) -> Resource {
    Resource {
        id: id.to_owned(),
        name: name.to_owned(),
        status: "active".to_owned(),
        version: 1,
        search: format!("Search {name}").to_lowercase(),
        body: format!(r#"{{"written":{second}}}"#),
        base_id: None,
        name_text: None,
        lineage: None,
        created_at: at(second),
        updated_at: at(second),
        retired_at: None,
    }
}

pub(crate) async fn upsert(store: &Store, new: &Resource, by_name: bool) -> Result<Upserted, Error> {
    store.upsert_resource(ORG, "agent", new, by_name, &by("tester", new.updated_at)).await
}

/// Writes `new` and expects `expected` to stand there, newly made or not.
#[track_caller]
fn check(store: &Store, new: Resource, by_name: bool, created: bool, expected: Resource) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let upserted = upsert(store, &new, by_name).await.expect("it is written");
        assert_eq!(upserted.created, created, "{caller}");
        assert_eq!(upserted.resource, expected, "{caller}");
        let by_id = store.resource_by_id(ORG, "agent", &expected.id).await;
        assert_eq!(by_id.unwrap().as_ref(), Some(&expected), "{caller}");
        let by_name = store.resource_by_name(ORG, "agent", &expected.name).await;
        assert_eq!(by_name.unwrap().as_ref(), Some(&expected), "{caller}");
    }
}

async fn upsert_by_id(place: Arc<Place>) {
    let store = place.store().await;
    let first = resource("a", "one", 1);
    check(&store, first.clone(), false, true, first.clone()).await;
    let expected = Resource { version: 2, created_at: at(1), ..resource("a", "two", 2) };
    check(&store, resource("a", "two", 2), false, false, expected).await;
    let old = store.resource_by_name(ORG, "agent", "one").await.unwrap();
    assert_eq!(old, None, "a new name frees the old one");
    check(&store, resource("b", "one", 3), false, true, resource("b", "one", 3)).await;
    let missing = store.resource_by_id(ORG, "agent", "c").await.unwrap();
    assert_eq!(missing, None);
}

async fn upsert_by_name(place: Arc<Place>) {
    let store = place.store().await;
    let first = resource("a", "one", 1);
    check(&store, first.clone(), true, true, first).await;
    // The id of the row stays; the drawn one is not used.
    let expected = Resource { id: "a".to_owned(), version: 2, created_at: at(1), ..resource("b", "one", 2) };
    check(&store, resource("b", "one", 2), true, false, expected).await;
    assert_eq!(store.resource_by_id(ORG, "agent", "b").await.unwrap(), None);
}

async fn a_live_name_is_taken(place: Arc<Place>) {
    let store = place.store().await;
    let (one, two) = (resource("a", "one", 1), resource("b", "two", 1));
    upsert(&store, &one, false).await.unwrap();
    upsert(&store, &two, false).await.unwrap();
    // A new row with a live name, a rename to one, and a drawn id that is not new.
    for (new, by_name) in
        [(resource("c", "one", 2), false), (resource("b", "one", 2), false), (resource("a", "three", 2), true)]
    {
        let refused = upsert(&store, &new, by_name).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    for kept in [one, two] {
        let found = store.resource_by_id(ORG, "agent", &kept.id).await.unwrap();
        assert_eq!(found, Some(kept));
    }
}

async fn archiving_frees_the_name(place: Arc<Place>) {
    let store = place.store().await;
    upsert(&store, &resource("a", "one", 1), false).await.unwrap();
    let archive =
        async |id, second| store.retire_resource(ORG, "agent", id, Status::Archived, &by("tester", at(second))).await;
    assert!(archive("a", 2).await.unwrap());
    assert!(!archive("a", 3).await.unwrap(), "it is archived already");
    assert!(!archive("b", 3).await.unwrap(), "there is none");
    let archived = Resource {
        status: "archived".to_owned(),
        version: 2,
        updated_at: at(2),
        retired_at: Some(at(2)),
        ..resource("a", "one", 1)
    };
    let found = store.resource_by_id(ORG, "agent", "a").await.unwrap();
    assert_eq!(found, Some(archived));
    let found = store.resource_by_name(ORG, "agent", "one").await.unwrap();
    assert_eq!(found, None);

    check(&store, resource("b", "one", 4), true, true, resource("b", "one", 4)).await;
    let back = upsert(&store, &resource("a", "one", 5), false).await;
    assert!(matches!(back, Err(Error::Conflict(_))), "{back:?}");
    // Under another name the archived one comes back to life.
    let expected = Resource { version: 3, created_at: at(1), ..resource("a", "uno", 6) };
    check(&store, resource("a", "uno", 6), false, false, expected).await;
}

async fn kinds_are_apart(place: Arc<Place>) {
    let store = place.store().await;
    let same = resource("a", "one", 1);
    for kind in ["agent", "harness"] {
        let made = store.upsert_resource(ORG, kind, &same, true, &by("tester", at(1))).await.unwrap();
        assert!(made.created, "{kind}");
    }
    assert!(store.retire_resource(ORG, "agent", "a", Status::Archived, &by("tester", at(2))).await.unwrap());
    let left = store.resource_by_name(ORG, "harness", "one").await.unwrap();
    assert_eq!(left, Some(same));
    let query = ResourceQuery { limit: 10, ..ResourceQuery::default() };
    let (_, total) = store.list_resources(ORG, "harness", &query).await.unwrap();
    assert_eq!(total, 1);
}

async fn a_page_is_bounded_in_bytes(place: Arc<Place>) {
    let store = place.store().await;
    let half = usize::try_from(LISTED_BYTES_MAX / 2).unwrap();
    for (second, id) in [(1, "a"), (2, "b"), (3, "c")] {
        // Two bytes a character.
        let body = format!("\"{}\"", "é".repeat(half / 2 - 1));
        upsert(&store, &Resource { body, ..resource(id, id, second) }, false).await.unwrap();
    }
    let page = async |offset: i64, limit: i64| {
        let query = ResourceQuery { offset, limit, ..ResourceQuery::default() };
        store.list_resources(ORG, "agent", &query).await.map(|(rows, total)| (rows.len(), total))
    };
    assert_eq!(page(0, 2).await.unwrap(), (2, 3));
    assert_eq!(page(1, 100).await.unwrap(), (2, 3));
    assert_eq!(page(3, 100).await.unwrap(), (0, 3));
    let refused = page(0, 3).await.unwrap_err();
    assert!(matches!(refused, Error::Large { bytes, .. } if bytes == LISTED_BYTES_MAX / 2 * 3), "{refused}");
}

async fn lists_page_search_and_hide_the_archived(place: Arc<Place>) {
    let store = place.store().await;
    for (id, name, second) in [
        ("a", "Support Bot", 1),
        ("b", "100%", 2),
        ("c", "snake_case", 3),
        ("d", "support-zwei Ä\0", 3),
        ("e", "old support", 4),
    ] {
        let new = Resource { search: name.to_owned(), ..resource(id, &format!("name {id}"), second) };
        upsert(&store, &new, false).await.unwrap();
    }
    assert!(store.retire_resource(ORG, "agent", "e", Status::Archived, &by("tester", at(5))).await.unwrap());

    #[track_caller]
    fn check(
        store: &Store,
        words: &[&str],
        archived: bool,
        (offset, limit): (i64, i64),
        expected: &[&str],
        total: i64,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let query = ResourceQuery {
            search: words.iter().map(|word| (*word).to_owned()).collect(),
            include_archived: archived,
            offset,
            limit,
        };
        async move {
            let (rows, found) = store.list_resources(ORG, "agent", &query).await.unwrap();
            let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
            assert_eq!(ids, expected, "{caller}");
            assert_eq!(found, total, "{caller}");
        }
    }
    check(&store, &[], false, (0, 10), &["d", "c", "b", "a"], 4).await;
    check(&store, &[], true, (0, 10), &["e", "d", "c", "b", "a"], 5).await;
    assert_eq!(store.count_resources(ORG, "agent").await.unwrap(), 5);
    assert_eq!(store.count_resources(ORG, "harness").await.unwrap(), 0);
    check(&store, &[], false, (1, 2), &["c", "b"], 4).await;
    check(&store, &[], false, (9, 2), &[], 4).await;
    check(&store, &["support"], false, (0, 10), &["d", "a"], 2).await;
    check(&store, &["SUPPORT"], true, (0, 1), &["e"], 3).await;
    check(&store, &["support", "bot"], false, (0, 10), &["a"], 1).await;
    check(&store, &["%"], false, (0, 10), &["b"], 1).await;
    check(&store, &["_"], false, (0, 10), &["c"], 1).await;
    check(&store, &["Ä"], false, (0, 10), &["d"], 1).await;
    check(&store, &["ä\0"], false, (0, 10), &["d"], 1).await;
}

async fn what_is_the_same_is_no_new_version(place: Arc<Place>) {
    let store = place.store().await;
    let first = resource("a", "one", 1);
    check(&store, first.clone(), false, true, first.clone()).await;
    for by_name in [false, true] {
        let again = Resource { updated_at: at(9), ..first.clone() };
        check(&store, again, by_name, false, first.clone()).await;
    }
    // Gone for its owner: what comes back is new, under the old id.
    assert!(store.retire_resource(ORG, "agent", "a", Status::Deleted, &by("tester", at(2))).await.unwrap());
    let expected = Resource { version: 3, updated_at: at(9), ..first.clone() };
    check(&store, Resource { updated_at: at(9), ..first }, false, true, expected).await;
}

async fn an_update_needs_the_version(place: Arc<Place>) {
    let store = place.store().await;
    upsert(&store, &resource("a", "one", 1), false).await.unwrap();
    upsert(&store, &resource("b", "two", 1), false).await.unwrap();
    let update = async |new: Resource| store.update_resource(ORG, "agent", &new, &by("tester", new.updated_at)).await;

    let written = update(resource("a", "uno", 2)).await.unwrap();
    let expected = Resource { version: 2, created_at: at(1), ..resource("a", "uno", 2) };
    assert_eq!(written.as_ref(), Some(&expected));
    for moved in [resource("a", "ein", 3), Resource { version: 3, ..expected.clone() }, resource("c", "new", 3)] {
        assert_eq!(update(moved).await.unwrap(), None);
    }
    let taken = update(Resource { name: "two".to_owned(), ..expected.clone() }).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");

    let archived = Resource { status: "archived".to_owned(), updated_at: at(4), ..expected };
    let archived = update(archived).await.unwrap().unwrap();
    assert_eq!((archived.version, archived.retired_at), (3, Some(at(4))));
    let still = update(Resource { updated_at: at(5), ..archived.clone() }).await.unwrap().unwrap();
    assert_eq!((still.version, still.retired_at), (4, Some(at(4))));
    let back = update(Resource { status: "active".to_owned(), updated_at: at(6), ..still }).await.unwrap().unwrap();
    assert_eq!((back.version, back.retired_at), (5, None));
    assert_eq!(store.resource_by_id(ORG, "agent", "a").await.unwrap(), Some(back));
}

async fn what_others_stand_on_stays(place: Arc<Place>) {
    let store = place.store().await;
    let ground = upsert(&store, &resource("a", "ground", 1), false).await.unwrap().resource;
    let upper = Resource { base_id: Some("a".to_owned()), ..resource("b", "upper", 1) };
    let upper = upsert(&store, &upper, false).await.unwrap().resource;
    assert_eq!(upper.base_id.as_deref(), Some("a"));
    let update = async |new: &Resource, status: &str| {
        let new = Resource { status: status.to_owned(), ..new.clone() };
        store.update_resource(ORG, "agent", &new, &by("tester", at(2))).await.unwrap()
    };
    let top = Resource { base_id: Some("b".to_owned()), ..resource("c", "top", 1) };
    upsert(&store, &top, false).await.unwrap();
    assert_eq!(store.list_based_on(ORG, "agent", "a").await.unwrap(), ["upper"]);
    for (kind, id, max, height) in
        [("agent", "a", 9, 2), ("agent", "a", 1, 1), ("agent", "b", 9, 1), ("agent", "c", 9, 0), ("harness", "a", 9, 0)]
    {
        assert_eq!(store.height_above(ORG, kind, id, max).await.unwrap(), height, "{kind} {id}");
    }
    assert_eq!(update(&ground, "archived").await, None);
    assert_eq!(update(&ground, "deleted").await, None);
    let changed = update(&ground, "active").await.expect("it is only changed");
    let top = store.resource_by_id(ORG, "agent", "c").await.unwrap().unwrap();
    assert!(update(&top, "deleted").await.is_some());
    assert!(update(&upper, "archived").await.is_some());
    assert_eq!(store.list_based_on(ORG, "agent", "a").await.unwrap(), [""; 0]);
    assert!(update(&changed, "deleted").await.is_some());
}
