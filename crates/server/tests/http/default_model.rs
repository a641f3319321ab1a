//! The default model of an organization: elected with the first key, set by people, used where nobody names another.

use std::sync::Arc;

use everruns_engine::ProviderAccess;
use serde_json::{Value, json};

use crate::models::{ECHO, answered_by, id, model, names, provider};
use crate::world::{Setup, World};

const ORG: &str = "/v1/orgs/org_00000000000000000000000000000001";

async fn default_model(world: &World) -> Value {
    let shown = world.get(ORG).await.ok()["default_model_id"].clone();
    assert_eq!(world.get("/v1/orgs").await.ok()["data"][0]["default_model_id"], shown);
    shown
}

/// The provider's name for it.
async fn name_of(world: &World, model: &Value) -> Value {
    world.get(&format!("/v1/models/{}", model.as_str().expect("an id"))).await.ok()["model_id"].clone()
}

#[tokio::test]
async fn the_first_key_elects_and_brings_models() {
    let world = World::dev().await;
    assert_eq!(default_model(&world).await, Value::Null);
    let acme = provider(&world, "Acme", "anthropic").await;
    assert_eq!(names(&world, &format!("/v1/providers/{acme}/models")).await, "", "no key, no models");
    assert_eq!(default_model(&world).await, Value::Null);

    // A key that comes later does the same as one that comes at once.
    world.sent(&format!("PATCH /v1/providers/{acme}"), json!({ "api_key": "sk-1" })).await.ok();
    let shortlist = "claude-haiku-5-5 claude-sonnet-5-5 claude-opus-5-5";
    assert_eq!(names(&world, &format!("/v1/providers/{acme}/models")).await, shortlist);
    assert_eq!(names(&world, "/v1/models?source=predefined&search=acme").await, shortlist);
    let elected = default_model(&world).await;
    assert_eq!(name_of(&world, &elected).await, "claude-haiku-5-5");
    let new = json!({ "name": "Second", "provider_type": "openai", "api_key": "sk-2" });
    let second = id(&world.post("/v1/providers", &new).await.ok());
    let shortlist = "gpt-6-luna gpt-6.1-terra gpt-6.1-sol gpt-6-astra";
    assert_eq!(names(&world, &format!("/v1/providers/{second}/models")).await, shortlist);
    assert_eq!(default_model(&world).await, elected, "who was first stays");

    // Another key brings nothing back that somebody took away.
    let sol = world.get(&format!("/v1/providers/{second}/models")).await.ok()["data"][2]["id"].clone();
    let sol = sol.as_str().expect("an id");
    assert_eq!(world.sent(&format!("DELETE /v1/models/{sol}"), json!({})).await.status, 204);
    world.sent(&format!("PATCH /v1/providers/{second}"), json!({ "api_key": "sk-3" })).await.ok();
    assert_eq!(names(&world, &format!("/v1/providers/{second}/models")).await, shortlist.replace("gpt-6.1-sol ", ""));

    // With its provider a default goes; the next key elects anew.
    assert_eq!(world.sent(&format!("DELETE /v1/providers/{acme}"), json!({})).await.status, 204);
    assert_eq!(default_model(&world).await, Value::Null);
    world.sent(&format!("PATCH /v1/providers/{second}"), json!({ "api_key": "sk-4" })).await.ok();
    assert_eq!(name_of(&world, &default_model(&world).await).await, "gpt-6-luna");
}

#[tokio::test]
async fn without_a_key_the_first_model_of_a_server_at_home_is_elected() {
    let world = World::dev().await;
    let keyless = provider(&world, "Cloud", "groq").await;
    model(&world, &keyless, "llama").await;
    assert_eq!(default_model(&world).await, Value::Null, "one that needs a key and has none is no choice");
    let home = provider(&world, "Home", "ollama").await;
    let llama = model(&world, &home, "llama").await;
    assert_eq!(default_model(&world).await, llama);
}

#[tokio::test]
async fn it_is_set_by_id_and_by_name_and_is_used_last() {
    let world = World::dev().await;
    let set = async |model: Value| world.sent(&format!("PATCH {ORG}"), json!({ "default_model_id": model })).await;
    for text in [ECHO, "llmsim/echo", "echo"] {
        assert_eq!(set(json!(text)).await.ok()["default_model_id"], ECHO, "{text}");
        assert_eq!(set(json!(null)).await.ok()["default_model_id"], Value::Null);
    }
    set(json!("llmsim/nothing")).await.check_problem(400, "`default_model_id`");
    set(json!(7)).await.check_problem(400, "`default_model_id`");
    let both = json!({ "name": "Acme", "default_model_id": "echo" });
    let changed = world.sent(&format!("PATCH {ORG}"), both).await.ok();
    assert_eq!((&changed["name"], &changed["default_model_id"]), (&json!("Acme"), &json!(ECHO)));
    assert_eq!(default_model(&world).await, ECHO);

    let model = async |spec: Value| answered_by(&world, spec, json!(null)).await["model"].clone();
    assert_eq!(model(json!({})).await, "llmsim/echo", "before the server's own");
    assert_eq!(model(json!({ "model_id": "fixed" })).await, "llmsim/fixed");
    world.sent(&format!("PATCH /v1/models/{ECHO}"), json!({ "enabled": false })).await.ok();
    assert_eq!(model(json!({})).await, "llmsim/default", "one that is off is none");
    assert_eq!(default_model(&world).await, ECHO, "but it stays chosen");
}

#[tokio::test]
async fn keys_of_the_environment_are_providers_of_everybody() {
    let access = |provider_type: &str, key: &str| {
        let credentials = vec![("api_key".to_owned(), key.to_owned().into())];
        Arc::new(ProviderAccess { provider_type: provider_type.to_owned(), base_url: None, credentials })
    };
    let environment = vec![access("groq", "sk-canary-1"), access("anthropic", "sk-canary-2")];
    let world = World::with(Setup { keys: true, environment, ..Setup::default() }).await;
    let list = world.get("/v1/providers").await.ok();
    let shown: Vec<(&str, bool, bool)> = list["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| (it["provider_type"].as_str().expect("a type"), it["is_built_in"] == true, it["api_key_set"] == true))
        .collect();
    assert_eq!(shown, [("groq", true, true), ("anthropic", true, true), ("llmsim", true, false)]);
    assert!(!list.to_string().contains("canary"), "{list}");
    let anthropic = format!("/v1/providers/{}", id(&list["data"][1]));
    let models = world.get(&format!("{anthropic}/models")).await.ok();
    assert_eq!(models["data"][0]["profile"]["cost"]["output"], 0.5);
    assert_eq!(default_model(&world).await, models["data"][0]["id"], "the vendors have an order");
    for line in ["PATCH", "DELETE"] {
        world.sent(&format!("{line} {anthropic}"), json!({ "api_key": "x" })).await.check_problem(409, "built in");
    }
    // What is chosen goes before what is elected, and can be dropped again.
    let set = async |model: Value| world.sent(&format!("PATCH {ORG}"), json!({ "default_model_id": model })).await;
    assert_eq!(set(json!("echo")).await.ok()["default_model_id"], ECHO);
    assert_eq!(set(json!(null)).await.ok()["default_model_id"], models["data"][0]["id"]);
}
