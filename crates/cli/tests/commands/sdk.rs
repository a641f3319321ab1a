//! The Rust client against the real server: each resource by its verbs.

use everruns_client::{
    Client, Error, ListAgents, ListEvents, ListHarnesses, ListSessions, NewKey, NewMember, NewMessage,
};
use everruns_core::agent::{AgentSpec, Layer};
use everruns_core::session::{SessionSpec, SessionStatus};
use everruns_core::{KeyId, Role};
use futures::TryStreamExt as _;
use serde_json::json;

use crate::world::World;

fn client(world: &World) -> Client {
    Client::new(&format!("{}/api", world.url), "dev").expect("a client")
}

fn spec(name: &str) -> AgentSpec {
    AgentSpec {
        name: name.to_owned(),
        display_name: None,
        description: None,
        system_prompt: "p".to_owned(),
        default_model_id: Some("llmsim/echo".to_owned()),
        layer: Layer::default(),
    }
}

#[track_caller]
fn assert_status<T: std::fmt::Debug>(outcome: Result<T, Error>, status: u16) {
    let error = outcome.expect_err("a refusal");
    assert_eq!(error.status(), Some(status), "{error}");
}

#[tokio::test]
async fn agents_and_their_history() {
    let world = World::new();
    let client = client(&world);
    let agents = client.agents();
    let made = agents.create(&spec("writer")).await.unwrap();
    assert!(made.json["self_url"].is_string());
    let reasoned = client.with_reason("Größer & besser");
    let changed = reasoned.agents().update("writer", &json!({ "description": "Writes" })).await.unwrap();
    assert_eq!((changed.id, changed.spec.description.as_deref()), (made.id, Some("Writes")));

    let history: Vec<_> = agents.revisions().all("writer").try_collect().await.unwrap();
    assert_eq!(history.iter().map(|one| one.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(history[0].change_reason.as_deref(), Some("Größer & besser"));
    let diff = agents.revisions().diff(made.id, 1, 2).await.unwrap();
    assert_eq!((diff.from, diff.to, diff.differences.len()), (1, 2, 1));
    assert_eq!(agents.revisions().get(made.id, 1).await.unwrap().document.as_ref().unwrap()["name"], "writer");
    let restored = agents.revisions().restore("writer", 1).await.unwrap();
    assert_eq!(restored.spec.description, None);

    let copy = agents.copy("writer").await.unwrap();
    assert_ne!(copy.id, made.id);
    assert!(!agents.check_name("writer").await.unwrap());
    assert!(agents.check_name("free").await.unwrap());
    assert_eq!(agents.stats("writer").await.unwrap()["session_count"], 0);
    let put = agents.put("third", &spec("third")).await.unwrap();
    let mut names: Vec<_> =
        agents.all(ListAgents::default()).map_ok(|one| one.known.spec.name).try_collect().await.unwrap();
    names.sort();
    let mut expected = vec!["third".to_owned(), "writer".to_owned(), copy.spec.name.clone()];
    expected.sort();
    assert_eq!(names, expected);
    agents.delete(put.id).await.unwrap();
    assert_status(agents.get("nobody").await, 404);
    assert_status(agents.create(&json!({ "name": "x", "system_prompt": "p", "tags": 1 })).await, 400);
}

#[tokio::test]
async fn harnesses() {
    let world = World::new();
    let client = client(&world);
    let harnesses = client.harnesses();
    let all = harnesses.list(&ListHarnesses::default()).await.unwrap();
    let generic = all.iter().find(|one| one.spec.name == "generic").expect("the default");
    assert!(generic.is_built_in);
    let own = harnesses.create(&json!({ "name": "own", "parent_harness_id": generic.id })).await.unwrap();
    assert_eq!(own.spec.parent_harness_id, Some(generic.id));
    let changed = harnesses.update(own.id, &json!({ "description": "d" })).await.unwrap();
    assert_eq!(changed.spec.description.as_deref(), Some("d"));
    assert_eq!(harnesses.revisions().list(own.id, None, None).await.unwrap().total, 2);
    let copy = harnesses.copy(own.id).await.unwrap();
    harnesses.delete(copy.id).await.unwrap();
    assert!(harnesses.update(generic.id, &json!({ "description": "d" })).await.is_err());
    assert_eq!(harnesses.stats(own.id).await.unwrap()["session_count"], 0);
}

#[tokio::test]
async fn sessions_messages_events() {
    let world = World::new();
    let client = client(&world);
    let session = client.sessions().create(&SessionSpec { title: Some("t".into()), ..SessionSpec::default() }).await;
    let session = session.unwrap().id;
    let once = client.with_idempotency_key("one").unwrap();
    let sent = once.messages().create(session, "Hello").await.unwrap();
    let again = once.messages().create(session, "Hello").await.unwrap();
    assert_eq!(sent.id, again.id);
    assert_status(once.messages().create(session, "Another").await, 422);

    let mut events = client.events().stream(session, Default::default());
    let mut seen = Vec::new();
    while let Some(event) = events.try_next().await.unwrap() {
        seen.push(event.sequence);
        if event.ends_turn() {
            break;
        }
    }
    let stored: Vec<_> = client.events().all(session, ListEvents::default()).try_collect().await.unwrap();
    // From the input on, as the log has them.
    let from = sent.sequence.expect("a sequence");
    let sequences: Vec<i64> = stored.iter().map(|event| event.sequence).filter(|sequence| *sequence >= from).collect();
    assert_eq!(seen, sequences[..seen.len()]);
    let inputs = ListEvents { types: vec!["input.message".into()], ..ListEvents::default() };
    assert_eq!(client.events().list(session, &inputs).await.unwrap().len(), 1);

    assert_eq!(client.messages().list(session).await.unwrap().len(), 2);
    let request =
        NewMessage { metadata: Some(json!({ "k": 1 }).as_object().unwrap().clone()), ..NewMessage::text("x") };
    assert_eq!(client.messages().send(session, &request).await.unwrap().metadata, request.metadata);
    let idle: Vec<_> = client.sessions().all(ListSessions::default()).try_collect().await.unwrap();
    assert_eq!(idle.iter().map(|one| one.id).collect::<Vec<_>>(), [session]);
    assert!(matches!(idle[0].status, SessionStatus::Idle | SessionStatus::Active));
    client.sessions().delete(session).await.unwrap();
    assert_status(client.sessions().get(session).await, 404);
}

#[tokio::test]
async fn keys_organizations_and_who_calls() {
    let world = World::new();
    let client = client(&world);
    let me = client.me().await.unwrap();
    assert!(me.roles.contains(&Role::Owner) || me.roles.contains(&Role::Admin), "{me:?}");
    let key = client.keys().create(&NewKey { name: "ci".into(), role: Some(Role::Viewer), ..NewKey::default() }).await;
    let key = key.unwrap();
    assert!(key.key.as_deref().expect("the secret").starts_with("evr_pat_"));
    let listed = client.keys().list().await.unwrap();
    assert_eq!(listed.iter().map(|one| (one.id, one.key.clone())).collect::<Vec<_>>(), [(key.id, None)]);
    client.keys().delete(key.id).await.unwrap();
    assert!(client.keys().list().await.unwrap()[0].revoked_at.is_some());
    assert_status(client.keys().delete(KeyId::from_u128(1)).await, 404);

    let org = client.orgs().get(me.organization_id).await.unwrap();
    assert_eq!(client.orgs().update(org.id, "Ours").await.unwrap().name, "Ours");
    assert!(client.orgs().list().await.unwrap().iter().any(|one| one.id == org.id));
    let new = NewMember { role: Role::Member, principal_id: None, name: Some("Ada".into()), email: None };
    let ada = client.members().create(org.id, &new).await.unwrap();
    let ada = client.members().update(org.id, ada.principal_id, Role::Viewer).await.unwrap();
    assert_eq!(ada.role, Role::Viewer);
    assert!(client.members().list(org.id).await.unwrap().iter().any(|one| one.name == "Ada"));
    client.members().delete(org.id, ada.principal_id).await.unwrap();
}

#[tokio::test]
async fn health_tells_version_and_time() {
    let world = World::new();
    let health = client(&world).health().await.unwrap();
    assert_eq!(health.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(health.auth_mode.as_deref(), Some("none"));
    assert!(health.time.is_some());
}

#[tokio::test]
async fn the_operators_socket_is_a_way_in() {
    let world = World::new();
    let socket = world.directory.path().join("data/operator/socket");
    let client = Client::builder("http://localhost").unix_socket(socket).build().unwrap();
    assert!(client.keys().list().await.unwrap().is_empty());
}
