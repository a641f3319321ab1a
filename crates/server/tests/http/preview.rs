//! What a turn would have, shown before there is one; what is found by reading; and the static routes before ids.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn an_agents_prompt_and_tools_as_a_turn_would_have_them() {
    let world = World::dev().await;
    let low = world.post("/v1/harnesses", &json!({ "name": "low", "system_prompt": "Low." })).await.ok();
    let high = json!({ "name": "high", "system_prompt": "High.", "parent_harness_id": low["id"],
        "capabilities": [{ "ref": "current_time" }] });
    world.post("/v1/harnesses", &high).await.ok();
    let tool = json!({ "type": "client_side", "name": "ask", "description": "Asks the user.", "parameters": {} });
    let preview = async |body: Value| world.post("/v1/agents/preview", &body).await.ok();
    let seen = preview(json!({ "system_prompt": "Agent.", "tools": [tool], "harness_name": "high" })).await;
    assert_eq!(seen["system_prompt"], "Low.\n\nHigh.\n\nAgent.");
    let tools: Vec<_> =
        seen["tools"].as_array().expect("a list").iter().map(|tool| (&tool["type"], &tool["name"])).collect();
    assert_eq!(tools, [(&json!("builtin"), &json!("get_current_time")), (&json!("client_side"), &json!("ask"))]);
    assert_eq!(seen["findings"], json!([]));
    let plain = preview(json!({ "system_prompt": "", "capabilities": [], "tools": [], "mcp_servers": {} })).await;
    assert_eq!(plain["system_prompt"], "You are a helpful assistant.");
    assert_eq!(plain["findings"][0]["rule_id"], "prompt.empty");

    let harness =
        json!({ "system_prompt": "Top.", "parent_harness_id": low["id"], "capabilities": [{ "ref": "current_time" }] });
    let seen = world.post("/v1/harnesses/preview", &harness).await.ok();
    assert_eq!(
        (&seen["system_prompt"], &seen["tools"][0]["name"]),
        (&json!("Low.\n\nTop."), &json!("get_current_time"))
    );
    world
        .post("/v1/harnesses/preview", &json!({ "parent_harness_id": "harness_00000000000000000000000000000009" }))
        .await
        .check_problem(400, "`parent_harness_id`");
    world.post("/v1/agents/preview", &json!({})).await.check_problem(400, "`system_prompt`");
    world
        .post("/v1/agents/preview", &json!({ "system_prompt": "", "capabilities": [{ "ref": "x" }] }))
        .await
        .check_problem(400, "`capabilities[0].ref`");
    assert_eq!(world.get("/v1/agents").await.ok()["total"], 0);
}

#[tokio::test]
async fn findings_say_where_and_what_to_do() {
    let world = World::dev().await;
    let body = json!({ "system_prompt": "Greet {{name}}.", "capabilities": [], "mcpServers": {},
        "tools": [{ "name": "t", "description": "", "parameters": {} }] });
    let found = world.post("/v1/agents/analyze", &body).await.ok();
    let placeholder = json!({
        "rule_id": "prompt.placeholder", "severity": "warning", "category": "completeness", "source": "builtin",
        "message": "`{{` looks like a place that was never filled in; write what belongs there.",
        "location": { "field": "system_prompt", "start": 6, "end": 8 },
    });
    assert_eq!(found["findings"][0], placeholder);
    assert_eq!(found["findings"][1]["location"]["field"], "tools[0].description");
    assert_eq!(found["findings"].as_array().expect("a list").len(), 2);
}

#[tokio::test]
async fn trap_37_words_of_the_api_are_not_taken_for_names() {
    let world = World::dev().await;
    let config = world.get("/v1/agents/config").await.ok();
    assert_eq!(
        (&config["policies"]["agents_create"], &config["policies"]["agents_delete"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(world.get("/v1/harnesses/config").await.ok()["policies"]["harnesses_create"], true);
    let available = world.get("/v1/agents/check-name?name=mine").await.ok();
    assert_eq!(available, json!({ "available": true }));
    world.post("/v1/agents/analyze", &json!({ "system_prompt": "Hello there" })).await.ok();
    for path in ["/v1/agents/import", "/v1/agents/preview", "/v1/agents/analyze"] {
        world.send("POST", path, &json!({}), &[]).await.check_problem(400, "");
    }
}
