//! Names of agents and harnesses that nothing may get, because it could not be found by them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::wire::Answer;
use crate::world::World;

const AGENTS: &str = "/v1/agents";

/// The words that the API has of its own below a collection, as its document says.
async fn words(world: &World, collection: &str) -> Vec<String> {
    let document = world.get("/openapi.json").await.ok();
    let below = format!("/v1/{collection}/");
    let paths = document["paths"].as_object().expect("paths").keys();
    let mut words: Vec<String> = paths
        .filter_map(|path| path.strip_prefix(&below)?.split('/').next())
        .filter(|word| !word.starts_with('{'))
        .map(str::to_owned)
        .collect();
    words.dedup();
    words
}

async fn import(world: &World, text: String) -> Answer {
    let request = world.request(Method::POST, "/v1/agents/import").header("content-type", "text/plain");
    Answer::to(request.body(text)).await
}

#[tokio::test]
async fn trap_37_words_of_the_api_are_no_names() {
    let world = World::dev().await;
    for (collection, known) in [("agents", "analyze"), ("harnesses", "config")] {
        let words = words(&world, collection).await;
        assert!(words.iter().any(|word| word == known), "{words:?}");
        let at = format!("/v1/{collection}");
        let body = |name: &str| json!({ "name": name, "system_prompt": "Mine" });
        let made = world.post(&at, &body("mine")).await.ok();
        let id = made["id"].as_str().expect("an id");
        for word in words {
            let refused = |answer: Answer| answer.check_problem(400, &format!("`name` must not be \"{word}\""));
            refused(world.post(&at, &body(&word)).await);
            refused(world.post(&at, &body(&format!(" {} ", word.to_uppercase()))).await);
            refused(world.send("PATCH", &format!("{at}/mine"), &json!({ "name": word }), &[]).await);
            refused(world.get(&format!("{at}/check-name?name={word}")).await);
            refused(world.get(&format!("{at}/check-name?name={word}&exclude_id={id}")).await);
            let with_id = json!({ "id": id, "name": word, "system_prompt": "Mine" });
            refused(world.post(&at, &with_id).await);
        }
        assert_eq!(world.get(&format!("{at}/{id}")).await.ok(), made, "nothing was changed");
        world.post(&at, &body("my-config")).await.ok();
    }

    // The ways that only agents have.
    let version = world.post("/v1/agents/mine/versions", &json!({})).await.ok();
    let fork = format!("/v1/agents/mine/versions/{}/fork", version["id"].as_str().expect("an id"));
    for word in words(&world, "agents").await {
        let refused = |answer: Answer| answer.check_problem(400, &format!("`name` must not be \"{word}\""));
        refused(import(&world, format!("---\nname: {word}\n---\nHi")).await);
        let body = json!({ "name": word, "system_prompt": "Mine" });
        refused(world.send("PUT", "/v1/agents/mine", &body, &[]).await);
        refused(world.send("PUT", "/v1/agents/agent_0000000000000000000000000000000a", &body, &[]).await);
        refused(world.post(&fork, &json!({ "name": word })).await);
    }
    assert_eq!(world.get(AGENTS).await.ok()["total"], 2);
    // Words further down are free.
    world.post(AGENTS, &json!({ "name": "copy", "system_prompt": "Mine" })).await.ok();
    assert_eq!(world.post("/v1/agents/copy/copy", &Value::Null).await.ok()["name"], "copy-copy");
}

#[tokio::test]
async fn an_agent_from_before_keeps_such_a_name() {
    let mut world = World::dev().await;
    let made = world.post(AGENTS, &json!({ "name": "old", "system_prompt": "1" })).await.ok();
    world.stop().await;
    world.execute("UPDATE resource SET name = 'config', body = replace(body, '\"old\"', '\"config\"')").await;
    world.start().await;
    let at = format!("{AGENTS}/{}", made["id"].as_str().expect("an id"));
    let changed = world.send("PATCH", &at, &json!({ "system_prompt": "2" }), &[]).await.ok();
    assert_eq!((&changed["name"], &changed["system_prompt"]), (&json!("config"), &json!("2")));
    let session = world.post("/v1/sessions", &json!({ "agent_name": "config" })).await.ok();
    assert_eq!(session["agent_id"], made["id"]);
    let renamed = world.send("PATCH", &at, &json!({ "name": "free" }), &[]).await.ok();
    assert_eq!(world.get("/v1/agents/free").await.ok()["id"], renamed["id"]);
    // The way back is closed.
    let before = format!("{at}/revisions/2/restore");
    world.post(&before, &json!({})).await.check_problem(400, "`name` must not be \"config\"");
}
