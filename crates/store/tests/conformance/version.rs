//! Versions of agents: kept, found, listed, each organization its own.

use std::sync::Arc;

use everruns_core::agent::Status;
use everruns_store::{AgentVersion, DEFAULT_ORG_KEY as ORG, Error, OrgKey, Resource};

use crate::place::Place;
use crate::resource::resource;
use crate::revision::by;
use crate::world::at;

on_both!(versions_are_kept, a_lineage_stays);

async fn versions_are_kept(place: Arc<Place>) {
    let store = place.store().await;
    let version = |number: i64| AgentVersion {
        id: format!("agentver_{number}"),
        number,
        hash: format!("sha256:{number}"),
        document: format!(r#"{{"number":{number}}}"#),
        body: "{}".to_owned(),
        created_at: at(number),
    };
    assert_eq!(store.latest_agent_version(ORG, "a").await.unwrap(), None);
    for number in [1, 2] {
        store.create_agent_version(ORG, "a", &version(number)).await.unwrap();
    }
    store.put_agent_version(ORG, "a", &version(3)).await.unwrap();
    for taken in [AgentVersion { id: "new".to_owned(), ..version(3) }, AgentVersion { number: 4, ..version(3) }] {
        let refused = store.create_agent_version(ORG, "a", &taken).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        let refused = store.put_agent_version(ORG, "a", &taken).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    store.create_agent_version(ORG, "b", &version(1)).await.unwrap();
    assert_eq!(store.list_agent_versions(ORG, "a").await.unwrap(), [version(3), version(2), version(1)]);
    assert_eq!(store.latest_agent_version(ORG, "a").await.unwrap(), Some(version(3)));
    let by_id = async |org, agent, id| store.agent_version_by_id(org, agent, id).await.unwrap();
    assert_eq!(by_id(ORG, "a", "agentver_2").await, Some(version(2)));
    assert_eq!(by_id(ORG, "b", "agentver_2").await, None);
    assert_eq!(by_id(OrgKey(2), "a", "agentver_2").await, None);
    assert_eq!(store.list_agent_versions(OrgKey(2), "a").await.unwrap(), []);
    let bytes = version(1).bytes();
    for (org, agent, expected) in [(ORG, "a", 3 * bytes), (ORG, "b", bytes), (OrgKey(2), "a", 0)] {
        assert_eq!(store.agent_versions_bytes(org, agent).await.unwrap(), expected, "{agent}");
    }
}

/// Who says no lineage leaves what there is; what was deleted and comes again has none.
async fn a_lineage_stays(place: Arc<Place>) {
    let store = place.store().await;
    let with = |lineage: Option<&str>, second| Resource {
        lineage: lineage.map(str::to_owned),
        ..resource("a", &format!("name{second}"), second)
    };
    let check = async |new: Resource, is_upsert: bool, expected: Option<&str>| {
        let change = by("ann", new.updated_at);
        let written = if is_upsert {
            store.upsert_resource(ORG, "agent", &new, false, &change).await.unwrap().resource
        } else {
            store.update_resource(ORG, "agent", &new, &change).await.unwrap().unwrap()
        };
        assert_eq!(written.lineage.as_deref(), expected);
        assert_eq!(store.resource_by_id(ORG, "agent", "a").await.unwrap(), Some(written));
    };
    check(with(None, 1), true, None).await;
    check(Resource { version: 1, ..with(Some("{}"), 2) }, false, Some("{}")).await;
    check(Resource { version: 2, ..with(None, 3) }, false, Some("{}")).await;
    check(with(None, 4), true, Some("{}")).await;
    check(with(Some("[]"), 5), true, Some("[]")).await;
    assert!(store.retire_resource(ORG, "agent", "a", Status::Deleted, &by("ann", at(6))).await.unwrap());
    check(with(None, 7), true, None).await;
}
