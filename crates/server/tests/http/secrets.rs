//! Secrets: set, listed by name, gone with their session, and never seen again.

use serde_json::{Value, json};

use crate::talk::Talk;
use crate::world::{Setup, World};

const CANARY: &str = "sk-canary-5f1e0c";

#[tokio::test]
async fn secrets_of_a_session() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let path = format!("{}/storage/secrets", talk.path);
    let set = async |secrets: Value| world.sent(&format!("PUT {path}"), json!({ "secrets": secrets })).await;
    let names = async || {
        let list = world.get(&path).await.ok();
        let data = list["data"].as_array().expect("a list").clone();
        assert_eq!(list["total"], data.len());
        for secret in &data {
            assert_eq!(secret.as_object().expect("an object").len(), 3, "{secret}");
        }
        data
    };
    assert_eq!(names().await, [] as [Value; 0]);
    assert_eq!(set(json!({})).await.ok(), json!({ "count": 0 }));
    assert_eq!(set(json!({ "TOKEN": CANARY, "a.b c": "x" })).await.ok(), json!({ "count": 2 }));
    let before = names().await;
    assert_eq!(set(json!({ "TOKEN": "other", "token": "y" })).await.ok(), json!({ "count": 2 }));
    let after = names().await;
    let of = |list: &[Value], name: &str| list.iter().find(|secret| secret["name"] == name).expect(name).clone();
    assert_eq!(after.len(), 3, "names are told apart by case");
    assert_eq!(of(&after, "TOKEN")["created_at"], of(&before, "TOKEN")["created_at"]);
    assert_ne!(of(&after, "TOKEN")["updated_at"], of(&before, "TOKEN")["updated_at"]);
    assert_eq!(of(&after, "a.b c"), of(&before, "a.b c"));
    let keys = world.get(&format!("{}/storage/keys", talk.path)).await.ok();
    assert_eq!(keys, json!({ "data": [], "total": 0, "offset": 0, "limit": 0 }));

    assert_eq!(world.sent(&format!("DELETE {}", talk.path), json!({})).await.status, 204);
    for line in [format!("GET {path}"), format!("PUT {path}"), format!("GET {}/storage/keys", talk.path)] {
        world.sent(&line, json!({ "secrets": { "a": "b" } })).await.check_problem(404, "session");
    }
}

#[tokio::test]
async fn what_is_no_secret_is_refused_without_being_repeated() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let path = format!("{}/storage/secrets", talk.path);
    let check = async |body: Value, status: u16, text: &str| {
        let answer = world.sent(&format!("PUT {path}"), body).await;
        answer.check_problem(status, text);
        assert!(!answer.body.contains("canary") && !answer.body.contains("424242"), "{}", answer.body);
    };
    check(json!({}), 400, "`secrets` is required").await;
    check(json!({ "secrets": CANARY }), 400, "`secrets` must be an object").await;
    check(json!({ "secrets": [CANARY] }), 400, "`secrets` must be an object").await;
    check(json!({ "secrets": { "a": 424_242 } }), 400, "`secrets` must have texts").await;
    check(json!({ "secrets": { "a": { "b": CANARY } } }), 400, "`secrets` must have texts").await;
    check(json!({ "secrets": { "": CANARY } }), 400, "`secrets` has a name").await;
    check(json!({ "secrets": { "a/b": CANARY } }), 400, "`secrets` has a name").await;
    check(json!({ "secrets": { "a\0": CANARY } }), 400, "`secrets` has a name").await;
    check(json!({ "secrets": { "n".repeat(256): CANARY } }), 400, "`secrets` has a name").await;
    check(json!({ "secrets": { "a": "" } }), 400, "`secrets.a`").await;
    check(json!({ "secrets": { "a": format!("{CANARY}\0") } }), 400, "`secrets.a`").await;
    check(json!({ "secrets": { "a": CANARY.repeat(5_000) } }), 413, "`secrets.a`").await;
    let many = |from: usize, to: usize| {
        let secrets = (from..to).map(|number| (format!("name {number}"), json!(CANARY)));
        json!({ "secrets": secrets.collect::<serde_json::Map<_, _>>() })
    };
    check(many(0, 101), 400, "`secrets` has 101 entries").await;
    assert_eq!(world.get(&path).await.ok()["total"], 0);
    assert_eq!(world.sent(&format!("PUT {path}"), many(0, 100)).await.ok()["count"], 100);
    check(many(100, 101), 400, "`secrets` has 101 entries").await;
    assert_eq!(world.sent(&format!("PUT {path}"), many(50, 60)).await.ok()["count"], 10);
}

#[tokio::test]
async fn without_a_master_key_no_secret_is_stored() {
    let mut world = World::with(Setup { master_key: false, ..Setup::default() }).await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let body = json!({ "secrets": { "a": CANARY } });
    let answer = world.sent(&format!("PUT {}/storage/secrets", talk.path), body).await;
    answer.check_problem(503, "EVERRUNS_MASTER_KEY");
    let keyless = json!({ "name": "Acme", "provider_type": "openai" });
    let mut keyed = keyless.clone();
    keyed["api_key"] = CANARY.into();
    world.post("/v1/providers", &keyed).await.check_problem(503, "EVERRUNS_MASTER_KEY");
    assert_eq!(world.get("/v1/providers").await.ok()["total"], 1);
    world.post("/v1/providers", &keyless).await.ok();
    world.stop().await;
    assert!(!occurs(&world, CANARY).await);
}

/// Whether a text is in clear anywhere in the data directory.
async fn occurs(world: &World, text: &str) -> bool {
    let files = world.files().await;
    files.iter().any(|(_, bytes)| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn a_canary_is_seen_nowhere() {
    let mut world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut answers = Vec::new();
    let storage = format!("{}/storage/secrets", talk.path);
    for value in [json!(CANARY), json!([CANARY]), json!({ "deep": CANARY }), json!(format!("{CANARY}\0"))] {
        answers.push(world.sent(&format!("PUT {storage}"), json!({ "secrets": { "key": value } })).await);
        for member in ["api_key", "credentials"] {
            let mut new = json!({ "name": "Acme", "provider_type": "openai" });
            new[member] = value.clone();
            answers.push(world.post("/v1/providers", &new).await);
            new[member] = json!({ "token": value });
            answers.push(world.post("/v1/providers", &new).await);
        }
    }
    let made = answers.iter().find(|answer| answer.status == 201).expect("a provider").json();
    assert_eq!(made["api_key_set"], true);
    let provider = format!("/v1/providers/{}", made["id"].as_str().expect("an id"));
    answers.push(world.sent(&format!("PATCH {provider}"), json!({ "api_key": CANARY, "name": 7 })).await);
    answers.push(world.sent(&format!("PATCH {provider}"), json!({ "api_key": CANARY })).await);
    answers.push(world.sent(&format!("POST {provider}/sync-models"), json!({})).await);
    talk.ask("Hello, database").await;
    for path in ["/v1/providers", "/v1/models", "/v1/sessions", &provider, &storage, &talk.path] {
        answers.push(world.get(path).await);
    }
    for path in ["events", "messages", "storage/keys"] {
        answers.push(world.get(&format!("{}/{path}", talk.path)).await);
    }
    for answer in &answers {
        assert!(!answer.body.contains(CANARY), "{}", answer.body);
        assert!(answer.status.as_u16() < 500, "{}", answer.body);
    }
    let stored = answers.iter().filter(|answer| answer.status.is_success()).count();
    assert!(stored >= 12, "{stored}");
    world.stop().await;
    assert!(occurs(&world, "Hello, database").await, "the look itself can see");
    assert!(!occurs(&world, CANARY).await);
}

#[tokio::test]
async fn keys_are_replaced_and_go_with_their_provider() {
    let world = World::dev().await;
    let new = json!({ "name": "Acme", "provider_type": "bedrock", "credentials": { "id": "a", "secret": CANARY } });
    let made = world.post("/v1/providers", &new).await.ok();
    assert_eq!(made["api_key_set"], true);
    let path = format!("/v1/providers/{}", made["id"].as_str().expect("an id"));
    let patch = async |body: Value| world.sent(&format!("PATCH {path}"), body).await.ok()["api_key_set"].clone();
    assert_eq!(patch(json!({ "name": "Acme 2" })).await, true);
    assert_eq!(patch(json!({ "credentials": {} })).await, false);
    assert_eq!(patch(json!({ "api_key": "k", "credentials": null })).await, true);
    assert_eq!(world.sent(&format!("DELETE {path}"), json!({})).await.status, 204);
}
