//! Capabilities: who uses them.

use std::sync::Arc;

use everruns_core::OrgId;
use everruns_core::agent::Status;
use everruns_store::{CapabilityUse, DEFAULT_ORG_KEY as ORG, Resource};

use crate::place::Place;
use crate::revision::by;
use crate::world::at;

on_both!(uses_are_counted);

async fn uses_are_counted(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    let add = async |org, kind, id: &str, body: &str| {
        let new = Resource {
            id: id.to_owned(),
            name: id.to_owned(),
            status: "active".to_owned(),
            version: 1,
            search: String::new(),
            body: body.to_owned(),
            base_id: None,
            name_text: None,
            lineage: None,
            created_at: at(1),
            updated_at: at(1),
            retired_at: None,
        };
        store.upsert_resource(org, kind, &new, false, &by("tester", at(1))).await.unwrap();
    };
    add(ORG, "agent", "a", r#"{"capabilities":[{"ref":"time"},{"ref":"web_fetch","config":{}}]}"#).await;
    add(ORG, "agent", "b", r#"{"capabilities":[{"ref":"clock"}]}"#).await;
    add(ORG, "agent", "c", r#"{"capabilities":[{"ref":"time"},{"ref":"clock"}]}"#).await;
    add(ORG, "agent", "d", r#"{"system_prompt":"{\"ref\":\"time\"}"}"#).await;
    add(ORG, "agent", "gone", r#"{"capabilities":[{"ref":"time"}]}"#).await;
    add(ORG, "harness", "h", r#"{"capabilities":[{"ref":"time"}]}"#).await;
    add(ORG, "other", "o", r#"{"capabilities":[{"ref":"time"}]}"#).await;
    add(other, "agent", "a", r#"{"capabilities":[{"ref":"time"}]}"#).await;
    assert!(store.retire_resource(ORG, "agent", "gone", Status::Archived, &by("tester", at(2))).await.unwrap());

    let names = [vec!["time", "clock"], vec!["clock"], vec!["web_fetch"], vec!["webXfetch"], vec!["%"]];
    let uses = store.capability_uses(ORG, &names).await.unwrap();
    let used = |agents, harnesses| CapabilityUse { agents, harnesses };
    assert_eq!(uses, [used(3, 1), used(2, 0), used(1, 0), used(0, 0), used(0, 0)]);
    assert_eq!(store.capability_uses(other, &names[..1]).await.unwrap(), [used(1, 0)]);
    assert_eq!(store.capability_uses(ORG, &[]).await.unwrap(), []);
}
