//! Names of agents and harnesses: those that nothing may get, and the texts that come to the same name.

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
    // Scripts and files that made it run again.
    let again = json!({ "name": "config", "system_prompt": "2" });
    assert_eq!(world.post(AGENTS, &again).await.ok(), changed);
    assert_eq!(world.send("PUT", &at, &again, &[]).await.ok(), changed);
    let export = world.get(&format!("{at}/export")).await.body;
    assert_eq!(import(&world, export).await.ok(), changed);
    let with_id = json!({ "id": made["id"], "name": "config", "system_prompt": "2" });
    assert_eq!(world.post(AGENTS, &with_id).await.ok(), changed);
    let check = format!("/v1/agents/check-name?name=config&exclude_id={}", made["id"].as_str().expect("an id"));
    assert_eq!(world.get(&check).await.ok(), json!({ "available": true }));
    for status in ["archived", "active"] {
        world.send("PATCH", &at, &json!({ "status": status }), &[]).await.ok();
    }
    let other = json!({ "id": "agent_0000000000000000000000000000000a", "name": "config", "system_prompt": "" });
    world.post(AGENTS, &other).await.check_problem(400, "`name` must not be \"config\"");

    let session = world.post("/v1/sessions", &json!({ "agent_name": "config" })).await.ok();
    assert_eq!(session["agent_id"], made["id"]);
    let renamed = world.send("PATCH", &at, &json!({ "name": "free" }), &[]).await.ok();
    assert_eq!(world.get("/v1/agents/free").await.ok()["id"], renamed["id"]);
    // The way back is closed.
    let before = format!("{at}/revisions/2/restore");
    world.post(&before, &json!({})).await.check_problem(400, "`name` must not be \"config\"");
}

/// That writing an agent under the name `said` is refused, since `taken` is another's, which stays as it is.
async fn check_refused(world: &World, said: &str, taken: &str) {
    let at = format!("{AGENTS}/{taken}");
    let before = world.get(&at).await;
    let body = json!({ "name": said, "system_prompt": "Other" });
    for answer in [world.post(AGENTS, &body).await, import(world, body.to_string()).await] {
        answer.check_problem(409, &format!("`name` {said:?} comes to `{taken}`, the name of another agent"));
        answer.check_problem(409, &format!("send `{taken}`"));
    }
    let after = world.get(&at).await;
    assert_eq!((after.header("etag"), &after.body), (before.header("etag"), &before.body), "{said:?}");
}

#[tokio::test]
async fn a_text_changes_no_agent_but_the_one_it_made() {
    let world = World::dev().await;
    let write = async |body: Value, status: u16| {
        let answer = world.post(AGENTS, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        answer.json()["id"].clone()
    };
    write(json!({ "name": "a", "system_prompt": "1" }), 201).await;
    for said in ["A", "a-", "-a", "a!", "「a」"] {
        check_refused(&world, said, "a").await;
    }
    let slash = write(json!({ "name": "a/b", "system_prompt": "1" }), 201).await;
    for said in ["a--b", "A/B", "a b"] {
        check_refused(&world, said, "a-b").await;
    }
    // The same text again, blanks around it aside, and the name itself.
    for said in ["a/b", " a/b\n", "a-b", "a/b"] {
        assert_eq!(write(json!({ "name": said, "system_prompt": "2" }), 200).await, slash, "{said:?}");
    }
    assert_eq!(
        world.get("/v1/agents/a-b/revisions").await.ok()["total"],
        4,
        "one for each prompt and each display name"
    );

    let long = json!({ "name": format!("a{}", "!".repeat(500)), "display_name": "A", "system_prompt": "" });
    world.post(AGENTS, &long).await.check_problem(400, "`name` must have at most 500 characters");

    // What is shown to people may be another text, and may change.
    let shown = json!({ "name": "My Bot", "display_name": "Bot", "system_prompt": "1" });
    let bot = write(shown.clone(), 201).await;
    assert_eq!(write(shown.clone(), 200).await, bot);
    world.send("PATCH", "/v1/agents/my-bot", &json!({ "display_name": "Robot" }), &[]).await.ok();
    assert_eq!(write(shown.clone(), 200).await, bot);

    // A new name is no longer the text's, nor is an old one that is free again.
    world.send("PATCH", "/v1/agents/my-bot", &json!({ "name": "bot" }), &[]).await.ok();
    check_refused(&world, "Bot", "bot").await;
    let second = write(shown.clone(), 201).await;
    assert_ne!(second, bot);
    world.send("PATCH", "/v1/agents/my-bot", &json!({ "status": "archived" }), &[]).await.ok();
    assert_ne!(write(shown, 201).await, second);
    // Where an id says which is meant, a taken name is refused as any other.
    let taken = json!({ "name": "A/B", "system_prompt": "Other" });
    for path in ["/v1/agents/bot".to_owned(), format!("{AGENTS}/{}", bot.as_str().expect("an id"))] {
        for verb in ["PUT", "PATCH"] {
            world.send(verb, &path, &taken, &[]).await.check_problem(409, "`name` \"A/B\" comes to `a-b`");
        }
    }
    let renamed = world.send("PATCH", "/v1/agents/bot", &json!({ "name": "A Bot" }), &[]).await.ok();
    assert_eq!(renamed["name"], "a-bot");
    assert_eq!(write(json!({ "name": "A Bot", "system_prompt": "2" }), 200).await, bot);
}

#[tokio::test]
async fn a_text_changes_no_harness() {
    let world = World::dev().await;
    world.post("/v1/harnesses", &json!({ "name": "own" })).await.ok();
    let refuses = async |name: &str, comes_to: &str| {
        let answer = world.post("/v1/harnesses", &json!({ "name": name })).await;
        answer.check_problem(409, &format!("`name` {name:?} comes to `{comes_to}`, the name of another harness"));
    };
    refuses("Own!", "own").await;
    refuses("Generic", "generic").await;
}

#[tokio::test]
async fn texts_that_race_for_a_name_do_not_mix() {
    let world = World::dev().await;
    let texts = ["A b", "a/B"];
    let write = async |number: usize| {
        let text = texts[number % 2];
        let answer = world.post(AGENTS, &json!({ "name": text, "system_prompt": text })).await;
        (text, answer)
    };
    let answers = futures::future::join_all((0..20).map(write)).await;
    let agent = world.get("/v1/agents/a-b").await.ok();
    for (text, answer) in answers {
        if text == agent["system_prompt"] {
            assert!(answer.status.is_success(), "{}", answer.body);
            assert_eq!(answer.json()["id"], agent["id"]);
        } else {
            answer.check_problem(409, "`name`");
        }
    }
    assert_eq!(world.get(AGENTS).await.ok()["total"], 1);
    assert_eq!(world.get("/v1/agents/a-b/revisions").await.ok()["total"], 1, "one text wrote, and it wrote the same");
}
