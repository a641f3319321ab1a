//! Organizations: walls between tenants.

use std::collections::BTreeSet;
use std::sync::Arc;

use everruns_core::agent::Status;
use everruns_core::{AgentId, DEFAULT_ORG, ModelId, OrgId};
use everruns_store::{DEFAULT_ORG_KEY, Error, NewSession, OrgKey, Resource, ResourceQuery, SessionQuery};
use tokio::task::JoinSet;

use crate::place::Place;
use crate::revision::by;
use crate::world::{at, new_session};

on_both!(organizations_are_found_by_id, many_are_made_at_once, a_default_model_is_set, walls_stand_between_them,);

async fn organizations_are_found_by_id(place: Arc<Place>) {
    let store = place.store().await;
    let default = store.organization_by_id(DEFAULT_ORG).await.unwrap();
    assert_eq!(default, Some(DEFAULT_ORG_KEY));
    let id = OrgId::from_u128(42);
    assert_eq!(store.organization_by_id(id).await.unwrap(), None);
    let key = store.create_organization(id, at(1)).await.unwrap();
    assert_ne!(key, DEFAULT_ORG_KEY);
    assert_eq!(store.organization_by_id(id).await.unwrap(), Some(key));
    for taken in [id, DEFAULT_ORG] {
        let again = store.create_organization(taken, at(2)).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }
}

async fn a_default_model_is_set(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    let model = |number| Some(ModelId::from_u128(number));
    let check = async |new, before, is_set: bool, expected: Option<ModelId>| {
        assert_eq!(store.set_default_model(other, new, before, at(2)).await.unwrap(), is_set);
        let found = store.organization(other).await.unwrap().unwrap();
        assert_eq!((found.key, found.default_model_id), (other, expected));
        assert_eq!(store.organization(DEFAULT_ORG_KEY).await.unwrap().unwrap().default_model_id, None);
    };
    check(model(1), Some(None), true, model(1)).await;
    check(model(2), Some(None), false, model(1)).await;
    check(model(2), Some(model(3)), false, model(1)).await;
    check(model(2), Some(model(1)), true, model(2)).await;
    check(model(3), None, true, model(3)).await;
    check(None, None, true, None).await;
    assert!(!store.set_default_model(OrgKey(99), model(1), None, at(2)).await.unwrap());
}

async fn many_are_made_at_once(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let mut made = JoinSet::new();
    for number in 100..116 {
        let store = store.clone();
        made.spawn(async move {
            let id = OrgId::from_u128(number);
            store.create_organization(id, at(1)).await.unwrap().0
        });
    }
    let keys: BTreeSet<i64> = made.join_all().await.into_iter().collect();
    assert_eq!(keys.len(), 16);
}

async fn walls_stand_between_them(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await;
    let orgs = [DEFAULT_ORG_KEY, other.unwrap()];
    // The same agent id, agent name and configuration hash on both sides.
    let agent = AgentId::from_u128(7);
    for (org, number) in orgs.into_iter().zip([1, 2]) {
        let body = format!(r#"{{"org":{number}}}"#);
        let new = Resource {
            id: agent.to_string(),
            name: "bot".to_owned(),
            status: "active".to_owned(),
            version: 1,
            search: "bot".to_owned(),
            body: body.clone(),
            base_id: None,
            name_text: None,
            lineage: None,
            created_at: at(1),
            updated_at: at(1),
            retired_at: None,
        };
        for by_name in [true, false] {
            let made = store.upsert_resource(org, "agent", &new, by_name, &by("tester", at(1))).await;
            assert_eq!(made.unwrap().created, by_name);
        }
        let put = store.put_configuration(org, "sha256:1", &body, at(1)).await;
        put.unwrap();
        let new = NewSession { agent_id: Some(agent), search: "talk".to_owned(), ..new_session(org, number) };
        store.create_session(&new).await.unwrap();
    }

    let check = async |own: OrgKey, number: u128| {
        let body = Some(format!(r#"{{"org":{number}}}"#));
        let found = store.resource_by_id(own, "agent", &agent.to_string()).await;
        assert_eq!(found.unwrap().map(|agent| agent.body), body);
        let found = store.resource_by_name(own, "agent", "bot").await;
        assert_eq!(found.unwrap().map(|agent| agent.body), body);
        let found = store.configuration_by_hash(own, "sha256:1").await;
        assert_eq!(found.unwrap(), body);
        let query = ResourceQuery { limit: 10, ..ResourceQuery::default() };
        let (_, total) = store.list_resources(own, "agent", &query).await.unwrap();
        assert_eq!(total, 1);
        for session in [1, 2] {
            let id = everruns_core::SessionId::from_u128(session);
            let found = store.session_by_id(own, id).await.unwrap();
            assert_eq!(found.is_some(), session == number);
        }
        for agent_id in [None, Some(agent)] {
            let query =
                SessionQuery { agent_id, search: vec!["talk".to_owned()], limit: 10, ..SessionQuery::default() };
            let (rows, total) = store.list_sessions(own, &query).await.unwrap();
            let found: Vec<_> = rows.iter().map(|row| row.head.id.0.as_u128()).collect();
            assert_eq!((found, total), (vec![number], 1));
        }
    };
    check(orgs[0], 1).await;
    check(orgs[1], 2).await;

    // What one archives, the other keeps.
    let change = by("tester", at(2));
    let archived = store.retire_resource(orgs[0], "agent", &agent.to_string(), Status::Archived, &change).await;
    assert!(archived.unwrap());
    let left = store.resource_by_name(orgs[1], "agent", "bot").await;
    assert_eq!(left.unwrap().map(|agent| agent.status), Some("active".to_owned()));
}
