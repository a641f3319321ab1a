//! Secrets and values of sessions: set over each other, listed, gone with their session.

use std::sync::Arc;

use everruns_core::OrgId;
use everruns_store::{DEFAULT_ORG_KEY as ORG, Placed, SESSION_SECRETS, Sealed, SecretRow, Store, StoredValue};

use crate::place::Place;
use crate::world::{at, new_session, session, session_id};

on_both!(
    secrets_are_set_over_each_other,
    values_are_set_over_each_other,
    both_go_with_their_session,
    secrets_are_replaced
);

fn sealed(name: &str, byte: u8) -> Sealed {
    Sealed { name: name.to_owned(), bytes: vec![byte, 0, 255] }
}

async fn bytes(store: &Store, number: u128, name: &str) -> Option<Vec<u8>> {
    store.sealed_secret(ORG, SESSION_SECRETS, &session_id(number).to_string(), name).await.unwrap()
}

async fn secrets_are_set_over_each_other(place: Arc<Place>) {
    let store = place.store().await;
    session(&store, 1).await;
    let (id, owner) = (session_id(1), session_id(1).to_string());
    let set = async |secrets: &[Sealed], second| store.put_session_secrets(ORG, id, secrets, at(second)).await.unwrap();
    assert!(set(&[], 1).await);
    assert!(set(&[sealed("b", 1), sealed("a", 2)], 1).await);
    assert!(set(&[sealed("b", 3), sealed("B", 4)], 2).await);
    let row = |name: &str, created, updated| SecretRow {
        name: name.to_owned(),
        created_at: at(created),
        updated_at: at(updated),
    };
    let listed = store.secrets(ORG, SESSION_SECRETS, &owner).await.unwrap();
    assert_eq!(listed, [row("B", 2, 2), row("a", 1, 1), row("b", 1, 2)]);
    assert_eq!(bytes(&store, 1, "b").await, Some(vec![3, 0, 255]));
    assert_eq!(bytes(&store, 1, "c").await, None);
    let all = store.sealed_secrets(ORG, SESSION_SECRETS, &owner).await.unwrap();
    assert_eq!(all, [sealed("B", 4), sealed("a", 2), sealed("b", 3)]);

    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    assert!(!store.put_session_secrets(other, id, &[sealed("a", 9)], at(3)).await.unwrap());
    assert_eq!(store.secrets(other, SESSION_SECRETS, &owner).await.unwrap(), []);
    assert_eq!(store.sealed_secret(other, SESSION_SECRETS, &owner, "a").await.unwrap(), None);
    assert_eq!(store.sealed_secrets(other, SESSION_SECRETS, &owner).await.unwrap(), []);
    assert!(!store.put_session_secrets(ORG, session_id(2), &[sealed("a", 9)], at(3)).await.unwrap());
    assert_eq!(bytes(&store, 2, "a").await, None);
}

async fn values_are_set_over_each_other(place: Arc<Place>) {
    let store = place.store().await;
    session(&store, 1).await;
    let id = session_id(1);
    let set = async |key, value, second| store.put_session_value(ORG, id, key, value, at(second)).await.unwrap();
    assert!(set("b", "1", 1).await);
    assert!(set("a", "2", 1).await);
    assert!(set("b", "3", 2).await);
    let row = |key: &str, value: &str, updated| StoredValue {
        key: key.to_owned(),
        value: value.to_owned(),
        created_at: at(1),
        updated_at: at(updated),
    };
    assert_eq!(store.session_values(ORG, id).await.unwrap(), [row("a", "2", 1), row("b", "3", 2)]);
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    assert!(!store.put_session_value(other, id, "a", "9", at(3)).await.unwrap());
    assert_eq!(store.session_values(other, id).await.unwrap(), []);
    assert!(!store.put_session_value(ORG, session_id(2), "a", "9", at(3)).await.unwrap());
}

async fn both_go_with_their_session(place: Arc<Place>) {
    let store = place.store().await;
    let gone = session(&store, 1).await.key;
    session(&store, 2).await;
    for number in [1, 2] {
        let id = session_id(number);
        assert!(store.put_session_secrets(ORG, id, &[sealed("a", 1)], at(1)).await.unwrap());
        assert!(store.put_session_value(ORG, id, "a", "1", at(1)).await.unwrap());
    }
    store.delete_session(gone).await.unwrap();
    assert_eq!((bytes(&store, 1, "a").await, bytes(&store, 2, "a").await.is_some()), (None, true));
    // Not even one of the same id finds anything.
    store.create_session(&new_session(ORG, 1)).await.unwrap();
    assert_eq!(store.session_values(ORG, session_id(1)).await.unwrap(), []);
    assert_eq!(store.session_values(ORG, session_id(2)).await.unwrap().len(), 1);
    assert!(!store.put_session_secrets(ORG, session_id(3), &[sealed("a", 1)], at(2)).await.unwrap());
}

async fn secrets_are_replaced(place: Arc<Place>) {
    let store = place.store().await;
    for number in [1, 2] {
        session(&store, number).await;
        let secrets = [sealed("a", number as u8), sealed("B", 9)];
        assert!(store.put_session_secrets(ORG, session_id(number), &secrets, at(1)).await.unwrap());
    }
    // Page by page, each once.
    let (mut all, mut last): (Vec<Placed>, Option<Placed>) = (Vec::new(), None);
    loop {
        let page = store.secrets_behind(last.as_ref(), 3).await.unwrap();
        last = page.last().cloned();
        all.extend(page);
        if last.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|it| it.org == ORG && it.kind == SESSION_SECRETS && it.owner.starts_with("session_")));
    let first = all.iter().find(|it| it.secret == sealed("a", 1)).unwrap().clone();
    let second = all.iter().find(|it| it.secret == sealed("a", 2)).unwrap().clone();
    // One was set meanwhile.
    assert!(store.put_session_secrets(ORG, session_id(2), &[sealed("a", 7)], at(2)).await.unwrap());
    let anew = [(first.clone(), vec![5]), (second, vec![6])];
    assert_eq!(store.replace_sealed(&anew).await.unwrap(), 1);
    assert_eq!((bytes(&store, 1, "a").await, bytes(&store, 2, "a").await), (Some(vec![5]), Some(vec![7, 0, 255])));
    assert_eq!(store.replace_sealed(&anew).await.unwrap(), 0, "twice is once");
    assert_eq!(store.provider_secrets(ORG).await.unwrap(), []);
}
