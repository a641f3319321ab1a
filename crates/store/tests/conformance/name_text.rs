//! Names that were made of free texts: many texts come to the same name, and only one of them means what has it.

use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_store::{DEFAULT_ORG_KEY as ORG, Error, Once, Resource, Store};

use crate::place::Place;
use crate::resource::{resource, upsert};
use crate::revision::by;
use crate::world::at;

on_both!(
    only_its_own_text_writes_over_it,
    a_text_belongs_to_a_name,
    what_is_refused_takes_no_key_along,
    resources_of_older_databases_have_the_text_that_is_shown,
);

/// Resource `id`, whose name was made of `text`.
fn made_of(id: &str, name: &str, text: Option<&str>, second: i64) -> Resource {
    Resource { name_text: text.map(str::to_owned), ..resource(id, name, second) }
}

async fn text_of(store: &Store, id: &str) -> Option<String> {
    store.resource_by_id(ORG, "agent", id).await.unwrap().expect("it is there").name_text
}

async fn only_its_own_text_writes_over_it(place: Arc<Place>) {
    let store = place.store().await;
    let first = made_of("a", "a-b", Some("a/b"), 1);
    assert!(upsert(&store, &first, true).await.unwrap().created);
    for text in ["a--b", "A/B", ""] {
        let refused = upsert(&store, &made_of("b", "a-b", Some(text), 2), true).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    assert_eq!(store.resource_by_id(ORG, "agent", "a").await.unwrap(), Some(first));
    assert_eq!(store.list_revisions(ORG, "agent", "a", 0, 9).await.unwrap().1, 1);
    let again = upsert(&store, &made_of("b", "a-b", Some("a/b"), 3), true).await.unwrap();
    assert_eq!((again.created, again.resource.id.as_str(), again.resource.version), (false, "a", 2));
    // The name itself means it too, and takes nothing away.
    upsert(&store, &made_of("b", "a-b", None, 4), true).await.unwrap();
    assert_eq!(text_of(&store, "a").await.as_deref(), Some("a/b"));
    // One that has no text is meant by none.
    upsert(&store, &made_of("c", "c", None, 5), true).await.unwrap();
    let refused = upsert(&store, &made_of("d", "c", Some("C"), 6), true).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

async fn a_text_belongs_to_a_name(place: Arc<Place>) {
    let store = place.store().await;
    // By id and by version alike.
    let write = async |new: &Resource, by_id: bool| {
        if by_id {
            upsert(&store, new, false).await.unwrap();
        } else {
            let stands = store.resource_by_id(ORG, "agent", &new.id).await.unwrap().expect("it is there");
            let new = Resource { version: stands.version, ..new.clone() };
            let change = by("tester", new.updated_at);
            store.update_resource(ORG, "agent", &new, &change).await.unwrap().expect("its version");
        }
        text_of(&store, &new.id).await
    };
    for (id, by_id) in [("a", true), ("b", false)] {
        let of = |name: &str, text: Option<&str>, second| made_of(id, &format!("{id}-{name}"), text, second);
        upsert(&store, &of("x", Some("x!"), 1), false).await.unwrap();
        assert_eq!(write(&of("x", None, 2), by_id).await.as_deref(), Some("x!"), "the same name keeps it");
        assert_eq!(write(&of("x", Some("X"), 3), by_id).await.as_deref(), Some("X"));
        assert_eq!(write(&of("y", None, 4), by_id).await, None, "a new name has none");
        assert_eq!(write(&of("z", Some("Z"), 5), by_id).await.as_deref(), Some("Z"));
    }
}

async fn what_is_refused_takes_no_key_along(place: Arc<Place>) {
    let store = place.store().await;
    upsert(&store, &made_of("a", "a", None, 1), true).await.unwrap();
    let once = Once::new(ORG, "key".to_owned(), "hash".to_owned(), at(2));
    let refused = once.scope(upsert(&store, &made_of("b", "a", Some("A"), 2), true)).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert!(!once.is_taken() && !once.is_repeated());
    assert_eq!(store.once_record(&once).await.unwrap(), None);
}

async fn resources_of_older_databases_have_the_text_that_is_shown(place: Arc<Place>) {
    place.begin_as_the_first_release().await;
    let rows = [
        ("a", r#"{"name":"a-b","display_name":"A ''B'' ü"}"#),
        ("b", r#"{"name":"b","display_name":null}"#),
        ("c", r#"{"name":"c","tools":[]}"#),
        // It cannot be read everywhere, and must not be in the way.
        ("d", r#"{"name":"d","display_name":null,"x":"\u0000"}"#),
    ];
    for (id, body) in rows {
        let insert = format!(
            "INSERT INTO resource VALUES (1, 'agent', '{id}', '{id}', 'active', 1, '', '{body}', 1000000, 2000000, NULL)"
        );
        place.execute(&insert).await;
    }
    let store = place.store().await;
    for (id, text) in [("a", Some("A 'B' ü")), ("b", None), ("c", None), ("d", None)] {
        assert_eq!(text_of(&store, id).await.as_deref(), text, "{id}");
    }
    let meant = upsert(&store, &made_of("e", "a", Some("A 'B' ü"), 3), true).await.unwrap();
    assert_eq!((meant.created, meant.resource.created_at), (false, Timestamp::from_micros(1_000_000)));
}
