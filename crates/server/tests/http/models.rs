//! Providers and models: made, changed, asked for and taken away; and what texts find them when a turn opens.

use everruns_core::config::ErrorDisclosure;
use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::{Talk, completed, of_type};
use crate::wire::Answer;
use crate::world::{Setup, World};

/// The built-in `llmsim/echo`.
pub(crate) const ECHO: &str = "model_01970000000070b794d02041477bdb36";
const SIMULATOR: &str = "provider_01970000000070008000000000000010";

impl World {
    /// A request of a line such as `PATCH /v1/models/…`.
    pub(crate) async fn sent(&self, line: &str, body: Value) -> Answer {
        let (verb, path) = line.split_once(' ').expect("a verb and a path");
        self.send(verb, path, &body, &[]).await
    }
}

pub(crate) fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn provider(world: &World, name: &str, provider_type: &str) -> String {
    id(&world.post("/v1/providers", &json!({ "name": name, "provider_type": provider_type })).await.ok())
}

pub(crate) async fn model(world: &World, provider: &str, name: &str) -> String {
    let new = json!({ "model_id": name, "display_name": name.to_uppercase() });
    id(&world.post(&format!("/v1/providers/{provider}/models"), &new).await.ok())
}

pub(crate) async fn names(world: &World, path: &str) -> String {
    let list = world.get(path).await.ok();
    let data = list["data"].as_array().expect("a list");
    assert_eq!(list["total"], data.len(), "{path}");
    let names: Vec<&str> = data.iter().map(|model| model["model_id"].as_str().expect("a name")).collect();
    names.join(" ")
}

#[tokio::test]
async fn every_organization_has_the_simulated_models() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let all = "default fixed echo lorem tool error";
    assert_eq!(names(&world, "/v1/models").await, all);
    assert_eq!(names(&world, &format!("/v1/providers/{SIMULATOR}/models")).await, all);
    let echo = world.get(&format!("/v1/models/{ECHO}")).await.ok();
    let profile = &echo["profile"];
    assert_eq!(profile["name"], "Simulated: echo");
    let expected = json!({
        "id": ECHO,
        "provider_id": SIMULATOR,
        "model_id": "echo",
        "display_name": "Simulated: echo",
        "capabilities": ["chat", "tools"],
        "enabled": true,
        "is_favorite": false,
        "source": "predefined",
        "is_stale": false,
        "created_at": "2025-05-24T01:54:49.472Z",
        "updated_at": "2025-05-24T01:54:49.472Z",
        "provider_name": "Simulated models",
        "provider_type": "llmsim",
        "healthy": true,
        "model_vendor": "llmsim",
        "profile": profile,
        "self_url": format!("/v1/models/{ECHO}"),
        "view_url": format!("/models/{ECHO}"),
        "ui_link": format!("{}/models/{ECHO}", world.url()),
    });
    assert_eq!(echo, expected);

    // What one likes and switches off, the other does not.
    world.sent(&format!("PATCH /v1/models/{ECHO}"), json!({ "is_favorite": true, "enabled": false })).await.ok();
    assert_eq!(names(&world, "/v1/models?favorites_only=true").await, "echo");
    let other = world.anonymous(Method::GET, &format!("/v1/models/{ECHO}"));
    let other = Answer::to(other.header("authorization", crate::world::OTHER_KEY)).await.ok();
    assert_eq!((&other["is_favorite"], &other["enabled"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn what_is_built_in_cannot_be_changed() {
    let world = World::dev().await;
    let check = async |line: String, body: Value, text: &str| world.sent(&line, body).await.check_problem(409, text);
    check(format!("PATCH /v1/providers/{SIMULATOR}"), json!({ "name": "x" }), "POST /v1/providers").await;
    check(format!("DELETE /v1/providers/{SIMULATOR}"), json!({}), "built in").await;
    let new = json!({ "model_id": "x", "display_name": "x" });
    check(format!("POST /v1/providers/{SIMULATOR}/models"), new, "built in").await;
    check(format!("PATCH /v1/models/{ECHO}"), json!({ "display_name": "x" }), "`enabled`").await;
    check(format!("DELETE /v1/models/{ECHO}"), json!({}), "\"enabled\": false").await;
    let synced = world.sent(&format!("POST /v1/providers/{SIMULATOR}/sync-models"), json!({})).await.ok();
    assert_eq!(synced, json!({ "status": "success", "created": 0, "updated": 6, "stale": 0 }));
}

#[tokio::test]
async fn a_provider_from_its_making_to_its_end() {
    let world = World::dev().await;
    let new = json!({ "name": "Acme", "provider_type": "openai", "base_url": "https://api.example.com/v1" });
    let made = world.post("/v1/providers", &new).await;
    assert_eq!(made.status, 201);
    let made = made.ok();
    let path = format!("/v1/providers/{}", id(&made));
    let expected = json!({
        "id": made["id"],
        "name": "Acme",
        "provider_type": "openai",
        "base_url": "https://api.example.com/v1",
        "api_key_set": false,
        "status": "active",
        "is_built_in": false,
        "last_synced_at": null,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "self_url": path,
        "view_url": format!("/providers/{}", id(&made)),
        "ui_link": format!("{}/providers/{}", world.url(), id(&made)),
    });
    assert_eq!(made, expected);
    assert_eq!(world.get(&path).await.ok(), made);
    let list = world.get("/v1/providers").await.ok();
    assert_eq!((&list["total"], &list["data"][0], &list["data"][1]["id"]), (&json!(2), &made, &json!(SIMULATOR)));

    let patch = async |body: Value| world.sent(&format!("PATCH {path}"), body).await;
    let changed = patch(json!({ "name": "Acme 2", "status": "disabled", "base_url": null, "unknown": 1 })).await.ok();
    assert_eq!((&changed["name"], &changed["status"]), (&json!("Acme 2"), &json!("disabled")));
    assert_eq!(changed["base_url"], "https://api.example.com/v1", "null changes nothing");
    assert_eq!(patch(json!({ "base_url": "" })).await.ok()["base_url"], Value::Null);
    assert_eq!(patch(json!({ "provider_type": "openai" })).await.ok()["name"], "Acme 2");
    for (body, text) in [
        (json!({ "provider_type": "gemini" }), "`provider_type`"),
        (json!({ "name": " " }), "`name`"),
        (json!({ "status": "gone" }), "`status`"),
        (json!({ "base_url": "ftp://x" }), "`base_url`"),
        (json!({ "api_key": "" }), "`api_key`"),
    ] {
        patch(body).await.check_problem(400, text);
    }
    let synced = world.sent(&format!("POST {path}/sync-models"), json!(null)).await.ok();
    assert_eq!(synced, json!({ "status": "not_supported" }), "this server has no driver for it");

    let known = model(&world, &id(&made), "gpt").await;
    assert_eq!(world.sent(&format!("DELETE {path}"), json!({})).await.status, 204);
    for line in
        [format!("GET {path}"), format!("DELETE {path}"), format!("PATCH {path}"), format!("GET /v1/models/{known}")]
    {
        world.sent(&line, json!({})).await.check_problem(404, "There is no such");
    }
    world.sent(&format!("POST {path}/sync-models"), json!({})).await.check_problem(404, "provider");
}

#[tokio::test]
async fn a_key_does_not_go_to_another_host() {
    let world = World::dev().await;
    let new = json!({
        "name": "Acme",
        "provider_type": "openai",
        "base_url": "https://api.example.com/v1",
        "api_key": "sk-canary",
    });
    let made = world.post("/v1/providers", &new).await.ok();
    let path = format!("PATCH /v1/providers/{}", id(&made));
    let check = async |body: Value, refused: bool| {
        let answer = world.sent(&path, body).await;
        if refused { answer.check_problem(400, "`base_url`") } else { drop(answer.ok()) }
    };
    check(json!({ "base_url": "https://evil.example.com/v1" }), true).await;
    check(json!({ "base_url": "https://api.example.com:8443/v1" }), true).await;
    check(json!({ "base_url": "http://api.example.com/v1" }), true).await;
    check(json!({ "base_url": "" }), true).await;
    check(json!({ "base_url": "https://API.example.com/v2" }), false).await;
    check(json!({ "base_url": "https://other.example.com", "api_key": "sk-other" }), false).await;
    check(json!({ "base_url": "https://third.example.com", "credentials": {} }), false).await;
    check(json!({ "base_url": "https://fourth.example.com" }), false).await;
}

#[tokio::test]
async fn providers_are_refused_by_field() {
    let world = World::dev().await;
    let check = async |member: &str, value: Value| {
        let mut body = json!({ "name": "Acme", "provider_type": "openai" });
        body[member] = value;
        world.post("/v1/providers", &body).await.check_problem(400, &format!("`{member}"));
    };
    check("name", json!(null)).await;
    check("name", json!("")).await;
    check("name", json!("a\0b")).await;
    check("name", json!("a".repeat(501))).await;
    check("provider_type", json!(null)).await;
    check("provider_type", json!("OpenAI")).await;
    check("provider_type", json!("frobnicate")).await;
    check("base_url", json!("https://user:pass@example.com")).await;
    check("base_url", json!(7)).await;
    check("credentials", json!(["a"])).await;
    check("credentials", json!({ "a": 1 })).await;
    check("credentials", json!({ "a/b": "x" })).await;
    check("credentials", json!({ "": "x" })).await;
    check("api_key", json!({})).await;
    check("api_key", json!("a\0b")).await;
    let large = json!({ "name": "Acme", "provider_type": "openai", "api_key": "k".repeat(70_000) });
    world.post("/v1/providers", &large).await.check_problem(413, "`api_key`");
    assert_eq!(world.get("/v1/providers").await.ok()["total"], 1);
}

#[tokio::test]
async fn a_model_from_its_making_to_its_end() {
    let world = World::dev().await;
    let provider = provider(&world, "Acme", "openrouter").await;
    let models = format!("/v1/providers/{provider}/models");
    let new = json!({ "model_id": "openai/gpt-5", "display_name": "GPT", "capabilities": ["chat", "vision"] });
    let made = world.post(&models, &new).await;
    assert_eq!(made.status, 201);
    let made = made.ok();
    assert_eq!(made["source"], "manual");
    assert_eq!(made["healthy"], false, "there is no driver");
    assert_eq!(made["model_vendor"], "openai");
    assert_eq!(made["profile"]["name"], "GPT-5", "what is known is shown");
    world.post(&models, &new).await.check_problem(409, "`model_id`");
    let other = model(&world, &provider, "secret-sauce").await;
    let other = world.get(&format!("/v1/models/{other}")).await.ok();
    assert_eq!((other.get("model_vendor"), &other["capabilities"]), (None, &json!(["chat"])));
    assert_eq!(other.get("profile"), None, "nothing is known, so nothing is said");

    let path = format!("/v1/models/{}", id(&made));
    let patch = async |body: Value| world.sent(&format!("PATCH {path}"), body).await;
    let changed = patch(json!({ "display_name": "Big", "is_favorite": true, "enabled": null })).await.ok();
    assert_eq!((&changed["display_name"], &changed["is_favorite"]), (&json!("Big"), &json!(true)));
    assert_eq!((&changed["enabled"], &changed["model_id"]), (&json!(true), &json!("openai/gpt-5")));
    patch(json!({ "model_id": "secret-sauce" })).await.check_problem(409, "`model_id`");
    patch(json!({ "provider_id": SIMULATOR })).await.check_problem(400, "`provider_id`");
    patch(json!({ "model_id": "" })).await.check_problem(400, "`model_id`");
    patch(json!({ "enabled": "yes" })).await.check_problem(400, "`enabled`");
    patch(json!({ "capabilities": [""] })).await.check_problem(400, "`capabilities`");
    for (body, text) in [
        (json!({ "display_name": "x" }), "`model_id`"),
        (json!({ "model_id": "x" }), "`display_name`"),
        (json!({ "model_id": "a\0", "display_name": "x" }), "`model_id`"),
        (json!({ "model_id": "x", "display_name": "x", "capabilities": vec!["a"; 51] }), "`capabilities`"),
    ] {
        world.post(&models, &body).await.check_problem(400, text);
    }

    let all = "openai/gpt-5 secret-sauce";
    assert_eq!(names(&world, &models).await, all);
    for (query, expected) in [
        ("?source=manual", all),
        ("?favorites_only=true", "openai/gpt-5"),
        ("?search=ACME+sauce", "secret-sauce"),
        ("?search=openrouter", all),
        ("?source=discovered", ""),
        ("?source=manual&include_stale=false", all),
    ] {
        assert_eq!(names(&world, &format!("/v1/models{query}")).await, expected, "{query}");
    }
    world.get("/v1/models?source=odd").await.check_problem(400, "`source`");
    world.get("/v1/models?include_stale=maybe").await.check_problem(400, "`include_stale`");
    world.get("/v1/models/odd").await.check_problem(400, "`id`");
    assert_eq!(world.sent(&format!("DELETE {path}"), json!(null)).await.status, 204);
    world.get(&path).await.check_problem(404, "model");
    world.sent(&format!("DELETE {path}"), json!(null)).await.check_problem(404, "model");
}

#[tokio::test]
async fn a_sync_takes_what_the_driver_tells() {
    let world = World::dev().await;
    let provider = provider(&world, "Mine", "llmsim").await;
    let sync = async || {
        let path = format!("/v1/providers/{provider}/sync-models");
        world.post(&path, &json!(null)).await.ok()
    };
    model(&world, &provider, "echo").await;
    assert_eq!(sync().await, json!({ "status": "success", "created": 5, "updated": 1, "stale": 0 }));
    let models = format!("/v1/providers/{provider}/models");
    assert_eq!(names(&world, &models).await, "echo default fixed lorem tool error");
    assert_ne!(world.get(&format!("/v1/providers/{provider}")).await.ok()["last_synced_at"], Value::Null);
    let found = world.get(&models).await.ok()["data"][1].clone();
    assert_eq!((&found["source"], &found["healthy"]), (&json!("discovered"), &json!(true)));

    // A discovered model that goes by a name the provider does not tell of is stale.
    let path = format!("PATCH /v1/models/{}", id(&found));
    world.sent(&path, json!({ "model_id": "elsewhere", "is_favorite": true })).await.ok();
    assert_eq!(sync().await, json!({ "status": "success", "created": 1, "updated": 5, "stale": 1 }));
    assert_eq!(
        names(&world, "/v1/models?source=discovered&include_stale=false").await,
        "fixed lorem tool error default"
    );
    assert_eq!(names(&world, "/v1/models?favorites_only=true&include_stale=true").await, "elsewhere");
}

/// The model that a message was answered by.
pub(crate) async fn answered_by(world: &World, spec: Value, controls: Value) -> Value {
    let talk = Talk::new(world, spec).await;
    talk.send(json!({ "message": { "content": [{ "type": "text", "text": "Hi" }] }, "controls": controls })).await;
    let events = talk.turn().await;
    of_type(&events, "output.message.completed")[0]["data"]["metadata"].clone()
}

#[tokio::test]
async fn texts_find_their_model_when_a_turn_opens() {
    let world = World::dev().await;
    let echo = json!({ "model": "llmsim/echo", "model_id": ECHO, "provider_id": SIMULATOR });
    for text in [ECHO, "llmsim/echo", "echo", "Simulated models/echo"] {
        assert_eq!(answered_by(&world, json!({ "model_id": text }), json!(null)).await, echo, "{text}");
        let controls = json!({ "model_id": text });
        assert_eq!(answered_by(&world, json!({ "model_id": "fixed" }), controls).await, echo, "{text}");
        let agent = json!({ "name": "one", "system_prompt": "", "default_model_id": text });
        let agent = world.post("/v1/agents", &agent).await.ok();
        assert_eq!(agent["default_model_id"], text, "it stays as it was said");
        assert_eq!(answered_by(&world, json!({ "agent_id": agent["id"] }), json!(null)).await, echo, "{text}");
    }
    for chain in ["llmsim/error?kind=auth|echo", "error | llmsim/error?kind=quota | llmsim/echo"] {
        assert_eq!(answered_by(&world, json!({ "model_id": chain }), json!(null)).await, echo, "{chain}");
        let controls = json!({ "model_id": chain });
        assert_eq!(answered_by(&world, json!({ "model_id": "fixed" }), controls).await, echo, "{chain}");
    }
    let mine = provider(&world, "Mine", "llmsim").await;
    let mine_echo = model(&world, &mine, "echo").await;
    let expected = json!({ "model": "llmsim/echo?prefix=p", "model_id": mine_echo, "provider_id": mine });
    assert_eq!(answered_by(&world, json!({ "model_id": "mine/echo?prefix=p" }), json!(null)).await, expected);

    let session = Talk::new(&world, json!({ "model_id": "echo?prefix=p" })).await;
    assert_eq!(world.get(&session.path).await.ok()["model_id"], "echo?prefix=p");
    let started = &of_type(&session.list("").await, "session.started")[0]["data"]["model_id"].clone();
    assert_eq!(started, "echo?prefix=p");
    assert_eq!(completed(&session.ask("Hi").await), "pHi");
}

#[tokio::test]
async fn unknown_models_are_refused_where_they_are_named() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let off = model(&world, &provider(&world, "Acme", "openai").await, "off").await;
    world.sent(&format!("PATCH /v1/models/{off}"), json!({ "enabled": false })).await.ok();
    let before = talk.list("").await;
    let one = ["nobody/x", "llmsim/nothing", "model_0197a1b2c3d47e5f8a9b0c1d2e3f4a5a", "echo ", "", "acme/off", &off];
    for text in one.into_iter().chain(["|", "echo|nobody/x", "acme/off | echo"]) {
        let session = json!({ "model_id": text });
        world.post("/v1/sessions", &session).await.check_problem(404, "`model_id` names");
        let agent = json!({ "name": "refused", "system_prompt": "", "default_model_id": text });
        for kind in ["agents", "harnesses"] {
            world.post(&format!("/v1/{kind}"), &agent).await.check_problem(400, "`default_model_id` names");
        }
        let message = json!({ "message": { "content": [{ "type": "text", "text": "Hi" }] }, "controls": session });
        let path = format!("{}/messages", talk.path);
        world.post(&path, &message).await.check_problem(400, "`controls.model_id` names");
    }
    assert_eq!(talk.list("").await, before);
    assert_eq!(world.get("/v1/agents").await.ok()["total"], 0);
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 1);
}

#[tokio::test]
async fn the_next_turn_sees_what_became_of_its_model() {
    let world = World::with(Setup { error_disclosure: ErrorDisclosure::Detailed, ..Setup::default() }).await;
    let mine = provider(&world, "Mine", "llmsim").await;
    let echo = model(&world, &mine, "echo").await;
    let talk = Talk::with_model(&world, &echo).await;
    let code = async || {
        let events = talk.ask("Hi").await;
        let failed = of_type(&events, "turn.failed");
        failed.first().map_or(Value::Null, |event| event["data"]["error_code"].clone())
    };
    assert_eq!(code().await, Value::Null);
    let provider = format!("/v1/providers/{mine}");
    world.sent(&format!("PATCH {provider}"), json!({ "status": "disabled" })).await.ok();
    assert_eq!(code().await, "model_not_configured");
    world.sent(&format!("PATCH {provider}"), json!({ "status": "active" })).await.ok();
    assert_eq!(code().await, Value::Null);
    world.sent(&format!("DELETE {provider}"), json!({})).await;
    assert_eq!(code().await, "model_unavailable");

    // A model whose provider nobody here can speak with yet: it can be named, and the turn says what is missing.
    let acme = provider_of(&world).await;
    let talk = Talk::with_model(&world, &acme).await;
    let events = talk.ask("Hi").await;
    assert_eq!(of_type(&events, "turn.failed")[0]["data"]["error_code"], "model_unavailable");
    let error = of_type(&events, "reason.completed")[0]["data"]["error"].as_str().expect("a reason").to_owned();
    assert!(error.contains("no driver") && error.contains("openai/gpt"), "{error}");
}

async fn provider_of(world: &World) -> String {
    model(world, &provider(world, "Acme", "openai").await, "gpt").await
}

/// What a published client would make of a list of models: one bad word fails the whole list.
async fn check_words(world: &World) {
    let list = world.get("/v1/models").await.ok();
    for model in list["data"].as_array().expect("a list") {
        let vendors =
            "openai anthropic google nvidia qwen microsoft minimax moonshot xai llmsim".split(' ').map(Value::from);
        if let Some(vendor) = model.get("model_vendor") {
            assert!(vendors.clone().any(|known| known == *vendor), "{model}");
        }
        for flag in ["enabled", "healthy", "is_favorite"] {
            assert!(model[flag].is_boolean(), "{flag} of {model}");
        }
        assert!(model["capabilities"].is_array(), "{model}");
        let Some(profile) = model.get("profile") else { continue };
        for text in ["name", "family"] {
            assert!(profile[text].is_string(), "{text} of {model}");
        }
        for flag in ["attachment", "open_weights", "reasoning", "structured_output", "temperature", "tool_call"] {
            assert!(profile[flag].is_boolean(), "{flag} of {model}");
        }
        for limit in ["context", "output"] {
            let limit = profile["limits"][limit].as_i64().expect("a whole number");
            assert!(i32::try_from(limit).is_ok(), "{model}");
        }
        for cost in ["input", "output"] {
            assert!(profile["cost"][cost].is_number(), "{model}");
            let kinds = profile["modalities"][cost].as_array().expect("a list");
            let known = ["text", "image", "audio", "video", "pdf"].map(Value::from);
            assert!(!kinds.is_empty() && kinds.iter().all(|kind| known.contains(kind)), "{model}");
        }
    }
}

#[tokio::test]
async fn trap_12_lists_of_models_hold_known_words_alone() {
    let world = World::dev().await;
    for provider_type in ["openai", "openrouter", "azure_openai", "anthropic", "gemini", "bedrock", "mai", "fireworks"]
    {
        let provider = provider(&world, provider_type, provider_type).await;
        for name in ["gpt-5", "mistral-large", "deepseek/v4", "meta.llama-4", "x-ai/grok"] {
            model(&world, &provider, name).await;
        }
    }
    check_words(&world).await;
}

#[tokio::test]
async fn trap_15_profiles_are_whole_or_left_out() {
    let world = World::dev().await;
    provider_of(&world).await;
    check_words(&world).await;
    let list = world.get("/v1/models").await.ok();
    let whole = list["data"].as_array().expect("a list").iter().filter(|model| model.get("profile").is_some()).count();
    assert_eq!(whole, 6);
}

#[tokio::test]
async fn trap_11_flags_are_never_null() {
    let world = World::dev().await;
    let list = world.get("/v1/capabilities").await.ok();
    for capability in list["data"].as_array().expect("a list") {
        for flag in ["is_mcp", "is_skill", "is_guardrail"] {
            assert!(capability[flag].is_boolean(), "{flag} of {capability}");
        }
    }
    check_words(&world).await;
}

#[tokio::test]
async fn old_names_lead_to_the_same() {
    let world = World::dev().await;
    let new = json!({ "name": "old", "provider_type": "llmsim" });
    let made = world.post("/v1/llm-providers", &new).await.ok();
    let path = format!("llm-providers/{}", id(&made));
    let new = json!({ "model_id": "echo", "display_name": "Echo" });
    let made = world.post(&format!("/api/v1/{path}/models"), &new).await.ok();
    assert_eq!(names(&world, &format!("/v1/{path}/models")).await, "echo");
    assert_eq!(world.get("/v1/llm-providers").await.ok()["total"], 2);
    assert_eq!(completed(&Talk::with_model(&world, &id(&made)).await.ask("Hello").await), "Hello");
    world.sent(&format!("PATCH /v1/{path}"), json!({ "name": "new" })).await.ok();
    world.sent(&format!("POST /v1/{path}/sync-models"), json!({})).await.ok();
    assert_eq!(world.sent(&format!("DELETE /v1/{path}"), json!({})).await.status, 204);
}

#[tokio::test]
async fn forms_and_policies() {
    let world = World::dev().await;
    let providers = world.get("/v1/providers/config").await.ok();
    assert_eq!(providers["policies"], json!({ "create": true, "update": true, "delete": true, "sync_models": true }));
    let drivers = providers["drivers"].as_array().expect("a list");
    let of = |name: &str| drivers.iter().find(|driver| driver["driver"] == name).expect("a driver").clone();
    assert_eq!(of("llmsim")["credential_schema"]["fields"], json!([]));
    assert_eq!(of("openai")["credential_schema"]["fields"][0]["name"], "api_key");
    assert_eq!(of("bedrock")["credential_schema"]["fields"].as_array().map(Vec::len), Some(4));
    assert_eq!(world.get("/v1/models/config").await.ok()["policies"]["update"], true);
}
