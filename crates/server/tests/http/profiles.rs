//! What is known about models, and what is said over it.

use serde_json::{Value, json};

use crate::models::{ECHO, id, model, provider};
use crate::world::World;

/// The members that clients cannot do without.
fn check_whole(profile: &Value) {
    for member in ["name", "family"] {
        assert!(profile[member].is_string(), "{member} in {profile}");
    }
    for member in ["attachment", "open_weights", "reasoning", "structured_output", "temperature", "tool_call"] {
        assert!(profile[member].is_boolean(), "{member} in {profile}");
    }
    for member in ["context", "output"] {
        assert!(profile["limits"][member].as_i64().is_some_and(|it| i32::try_from(it).is_ok()), "{profile}");
    }
    for member in ["input", "output"] {
        assert!(profile["cost"][member].is_f64(), "{profile}");
        assert!(profile["modalities"][member].is_array(), "{profile}");
    }
}

#[tokio::test]
async fn what_is_known_is_shown_whole() {
    let world = World::dev().await;
    let known = async |provider_type: &str, name: &str| {
        let provider = provider(&world, provider_type, provider_type).await;
        let made = model(&world, &provider, name).await;
        let profile = world.get(&format!("/v1/models/{made}")).await.ok()["profile"].clone();
        check_whole(&profile);
        profile
    };
    let gpt = known("openai", "gpt-6-luna-2026-09-22").await;
    let cost = json!({
        "input": 0.1, "output": 0.5, "cache_read": 0.01, "cache_write": 0.125,
        "cost_tiers": [
            { "above_tokens": 272_000, "input": 0.2, "output": 0.75, "cache_read": 0.02, "cache_write": 0.25 },
        ],
    });
    assert_eq!((&gpt["name"], &gpt["cost"]), (&json!("GPT-6 Luna"), &cost));
    let words = ["none", "low", "medium", "high", "xhigh"];
    let efforts = gpt["reasoning_effort"]["values"].as_array().expect("efforts");
    assert_eq!(efforts.iter().map(|it| it["value"].clone()).collect::<Vec<_>>(), words);
    assert_eq!(gpt["reasoning_effort"]["default"], "medium");
    assert_eq!(known("bedrock", "eu.anthropic.claude-opus-5").await["cost"]["input"], 5.5);
    assert_eq!(known("openrouter", "google/gemini-3.8-flash").await["cost"]["output"], 3.75);
}

#[tokio::test]
async fn what_is_said_goes_over_what_is_known() {
    let world = World::dev().await;
    let provider = provider(&world, "Acme", "openai").await;
    let gpt = model(&world, &provider, "gpt-5.2").await;
    let path = format!("/v1/models/{gpt}");
    let patch = async |profile: Value| world.sent(&format!("PATCH {path}"), json!({ "profile": profile })).await;
    let known = world.get(&path).await.ok()["profile"].clone();
    let said = patch(json!({ "name": "Ours", "cost": { "input": 1.0, "output": 2.0 } })).await.ok()["profile"].clone();
    let mut expected = known.clone();
    expected["name"] = "Ours".into();
    expected["cost"] = json!({ "input": 1.0, "output": 2.0 });
    assert_eq!(said, expected);
    check_whole(&said);
    // More is said, one thing is taken back, the rest stays.
    let said = patch(json!({ "name": null, "temperature": true })).await.ok()["profile"].clone();
    expected["name"] = known["name"].clone();
    expected["temperature"] = true.into();
    assert_eq!(said, expected);
    assert_eq!(world.sent(&format!("PATCH {path}"), json!({ "is_favorite": true })).await.ok()["profile"], expected);
    assert_eq!(world.get(&path).await.ok()["profile"], expected);
    assert_eq!(patch(json!(null)).await.ok()["profile"], known);

    // Of a model that nobody knows, what is said is all.
    let new = json!({ "model_id": "odd", "display_name": "Odd", "profile": { "tool_call": true } });
    let made = world.post(&format!("/v1/providers/{provider}/models"), &new).await.ok();
    let (name, family) = (&made["profile"]["name"], &made["profile"]["family"]);
    assert_eq!((name, family, &made["profile"]["tool_call"]), (&json!("Odd"), &json!("odd"), &json!(true)));
    assert_eq!(made["profile"].get("cost"), None);
    let path = format!("PATCH /v1/models/{}", id(&made));
    assert_eq!(world.sent(&path, json!({ "profile": { "tool_call": null } })).await.ok().get("profile"), None);

    // What is built in can be told about, too.
    let path = format!("PATCH /v1/models/{ECHO}");
    let told = world.sent(&path, json!({ "profile": { "description": "Says it again" } })).await.ok();
    assert_eq!((&told["profile"]["description"], &told["enabled"]), (&json!("Says it again"), &json!(true)));
}

#[tokio::test]
async fn what_cannot_be_said_is_named() {
    let world = World::dev().await;
    let provider = provider(&world, "Acme", "openai").await;
    let gpt = model(&world, &provider, "gpt-5.2").await;
    let check = async |profile: Value, text: &str| {
        let body = json!({ "profile": profile, "model_id": "x", "display_name": "x" });
        world.sent(&format!("PATCH /v1/models/{gpt}"), body.clone()).await.check_problem(400, text);
        world.post(&format!("/v1/providers/{provider}/models"), &body).await.check_problem(400, text);
    };
    check(json!("cheap"), "`profile` must be an object").await;
    check(json!([]), "`profile` must be an object").await;
    check(json!({ "tool_call": "yes" }), "`profile.tool_call`").await;
    check(json!({ "cost": { "input": 1.0 } }), "`profile.cost`").await;
    check(json!({ "cost": { "input": -1.0, "output": 1.0 } }), "`profile.cost.input`").await;
    check(json!({ "cost": { "input": 1.0, "output": 1e9 } }), "`profile.cost.output`").await;
    check(json!({ "limits": { "context": 3_000_000_000_i64, "output": 1 } }), "`profile.limits.context`").await;
    check(json!({ "limits": { "context": 0, "output": 1 } }), "`profile.limits.context`").await;
    check(json!({ "modalities": { "input": ["smell"], "output": [] } }), "`profile.modalities.input[0]`").await;
    check(json!({ "reasoning_effort": { "default": "max", "values": [] } }), "`profile.reasoning_effort.default`")
        .await;
    assert_eq!(world.get(&format!("/v1/models/{gpt}")).await.ok()["profile"]["name"], "GPT-5.2");
}
