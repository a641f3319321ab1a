//! Capabilities: listed and found, counted, and held to their dependencies and settings when somebody names them.

use std::future::ready;

use everruns_core::capability::{Capability, Nature, RiskLevel};
use everruns_tools::Catalogue;
use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::{Talk, of_type};
use crate::world::World;

/// The catalogue, and capabilities with an alias, a colon, dependencies and settings; two of them go round.
pub(crate) fn with_kit(catalogue: Catalogue) -> Catalogue {
    let weather = Capability {
        id: "mcp:weather",
        aliases: &["forecast"],
        name: "Weather",
        description: "Tells the weather, 100 % of it.",
        category: Some("kit"),
        risk_level: RiskLevel::Medium,
        dependencies: &["current_time"],
        features: &["map"],
        config_schema: Some(json!({
            "type": "object",
            "properties": { "units": { "enum": ["metric", "imperial"] } },
            "additionalProperties": false,
        })),
        system_prompt: Some("Mind the weather."),
        ..Capability::default()
    };
    let round = |id, dependencies| Capability { id, dependencies, name: id, ..Capability::default() };
    let fence = Capability { id: "fence", name: "Fence", nature: Nature::Guardrail, ..Capability::default() };
    let kit = [weather, round("round_a", &["round_b"]), round("round_b", &["round_a"]), fence];
    kit.into_iter().fold(catalogue, |catalogue, capability| {
        catalogue.with(capability, |_| Box::pin(ready(Err("It has no tools.".to_owned()))))
    })
}

async fn ids(world: &World, query: &str) -> (String, i64) {
    let page = world.get(&format!("/v1/capabilities{query}")).await.ok();
    let data = page["data"].as_array().expect("a list");
    let ids: Vec<&str> = data.iter().map(|one| one["id"].as_str().expect("an id")).collect();
    (ids.join(" "), page["total"].as_i64().expect("a total"))
}

#[tokio::test]
async fn pages_and_words() {
    let world = World::dev().await;
    let all = "current_time test_tools mcp:weather round_a round_b fence";
    let check = async |query: &str, expected: &str, total: i64| {
        assert_eq!(ids(&world, query).await, (expected.to_owned(), total), "{query}");
    };
    check("", all, 6).await;
    check("?limit=2", "current_time test_tools", 6).await;
    check("?limit=2&offset=5", "fence", 6).await;
    check("?offset=9", "", 6).await;
    check("?limit=1000", all, 6).await;
    check("?search=WEATHER", "mcp:weather", 1).await;
    check("?search=forecast", "mcp:weather", 1).await;
    check("?search=kit+mcp", "mcp:weather", 1).await;
    check("?search=%25", "mcp:weather", 1).await;
    check("?search=weather+fence", "", 0).await;
    check("?search=round_", "round_a round_b", 2).await;
    world.get("/v1/capabilities?limit=0").await.check_problem(400, "`limit`");
    world.get("/v1/capabilities?offset=-1").await.check_problem(400, "`offset`");
}

#[tokio::test]
async fn one_by_id_or_alias() {
    let world = World::dev().await;
    for path in ["mcp:weather", "mcp%3Aweather", "forecast"] {
        let found = world.get(&format!("/v1/capabilities/{path}")).await.ok();
        let expected = json!({
            "id": "mcp:weather",
            "aliases": ["forecast"],
            "name": "Weather",
            "description": "Tells the weather, 100 % of it.",
            "status": "available",
            "category": "kit",
            "icon": null,
            "risk_level": "medium",
            "dependencies": ["current_time"],
            "features": ["map"],
            "system_prompt": "Mind the weather.",
            "tool_definitions": [],
            "config_schema": {
                "type": "object",
                "properties": { "units": { "enum": ["metric", "imperial"] } },
                "additionalProperties": false,
            },
            "agent_count": 0,
            "harness_count": 0,
            "is_mcp": true,
            "is_skill": false,
            "is_guardrail": false,
            "self_url": "/v1/capabilities/mcp:weather",
            "view_url": "/capabilities/mcp:weather",
            "ui_link": format!("{}/capabilities/mcp:weather", world.url()),
        });
        assert_eq!(found, expected);
    }
    let time = world.get("/v1/capabilities/current_time").await.ok();
    let tool = &time["tool_definitions"][0];
    assert_eq!(tool["name"], "get_current_time");
    assert_eq!(tool["parameters"]["type"], "object");
    assert_eq!(tool["hints"], json!({ "side_effect_class": "pure" }));
    assert_eq!(time.get("config_schema"), None, "no schema is left out, it is not null");
    assert_eq!(world.get("/v1/capabilities/fence").await.ok()["is_guardrail"], true);
    for unknown in ["nobody", "mcp:", "%00", "current_time%20", "CURRENT_TIME"] {
        world.get(&format!("/v1/capabilities/{unknown}")).await.check_problem(404, "capability");
    }
    world.get("/v1/capabilities/%FF").await.check_problem(400, "`id`");
}

#[tokio::test]
async fn users_are_counted() {
    let world = World::dev().await;
    let count = async |id: &str| {
        world.get(&format!("/v1/capabilities/{id}")).await.ok()["agent_count"].as_i64().expect("a count")
    };
    let agent = |name: &str, wanted: Value, prompt: &str| json!({ "name": name, "system_prompt": prompt, "capabilities": wanted });
    let one = agent("one", json!([{ "ref": "forecast" }, { "ref": "current_time", "config": {} }]), "");
    world.post("/v1/agents", &one).await.ok();
    world.post("/v1/agents", &agent("two", json!([{ "ref": "mcp:weather" }]), "")).await.ok();
    // Who only speaks of it does not use it.
    let talker = agent("talker", json!([]), r#"Say {"ref":"current_time"} and \"ref\":\"fence\"."#);
    world.post("/v1/agents", &talker).await.ok();
    assert_eq!((count("mcp:weather").await, count("current_time").await, count("fence").await), (2, 1, 0));

    let id = world.get("/v1/agents?search=one").await.ok()["data"][0]["id"].clone();
    let path = format!("/v1/agents/{}", id.as_str().expect("an id"));
    assert_eq!(world.request(Method::DELETE, &path).send().await.expect("an answer").status(), 204);
    assert_eq!((count("mcp:weather").await, count("current_time").await), (1, 0));
}

#[tokio::test]
async fn what_cannot_be_switched_on_is_refused() {
    let world = World::dev().await;
    let check = async |wanted: Value, text: &str| {
        let agent = json!({ "name": "refused", "system_prompt": "", "capabilities": wanted });
        world.post("/v1/agents", &agent).await.check_problem(400, text);
        world.post("/v1/sessions", &json!({ "capabilities": wanted })).await.check_problem(400, text);
    };
    check(json!([{ "ref": "nobody" }]), "`capabilities[0].ref` names the unknown capability").await;
    check(json!([{ "ref": "current_time" }, { "ref": "round_a" }]), "`capabilities[1].ref` cannot").await;
    check(json!([{ "ref": "round_b" }]), "round_b -> round_a -> round_b").await;
    let config = |config: Value| json!([{ "ref": "forecast", "config": config }]);
    check(config(json!("metric")), "`capabilities[0].config` must be of type object").await;
    check(config(json!({ "units": "odd" })), "`capabilities[0].config.units` must be one of").await;
    check(config(json!({ "speed": 1 })), "`capabilities[0].config.speed` is not allowed").await;
    assert_eq!(world.get("/v1/agents").await.ok()["total"], 0);
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 0);

    let large = json!([{ "ref": "current_time", "config": "x".repeat(64 * 1024) }]);
    world.post("/v1/sessions", &json!({ "capabilities": large })).await.check_problem(413, "config");
}

#[tokio::test]
async fn dependencies_come_along() {
    let world = World::dev().await;
    let wanted = json!([{ "ref": "forecast", "config": { "units": "metric" } }]);
    let spec = json!({ "model_id": "llmsim/echo", "capabilities": wanted });
    let talk = Talk::new(&world, spec).await;
    let events = talk.ask("Hello").await;
    let tools = &of_type(&events, "llm.generation")[0]["data"]["tools"];
    assert_eq!(tools[0]["name"], "get_current_time", "{tools}");
    assert_eq!(world.get(&talk.path).await.ok()["capabilities"], wanted, "the session keeps what was said");
}
