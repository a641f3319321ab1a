//! Harnesses: the built-in ones, the organization's own, and what inherits from what.

use serde_json::{Value, json};

use crate::talk::{Talk, completed, of_type};
use crate::world::World;

const HARNESSES: &str = "/v1/harnesses";

async fn create(world: &World, body: Value) -> Value {
    world.post(HARNESSES, &body).await.ok()
}

#[tokio::test]
async fn built_in_harnesses_are_there_and_stay_as_they_are() {
    let world = World::dev().await;
    let list = world.get(HARNESSES).await.ok();
    let names: Vec<&str> =
        list["data"].as_array().expect("a list").iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["generic", "base", "conversation", "worker"]);
    assert_eq!(list["total"], 4);
    for name in names {
        let path = format!("{HARNESSES}/{name}");
        let harness = world.get(&path).await.ok();
        assert_eq!((&harness["is_built_in"], &harness["status"]), (&json!(true), &json!("active")), "{name}");
        for wanted in harness["capabilities"].as_array().expect("a list") {
            world.get(&format!("/v1/capabilities/{}", wanted["ref"].as_str().expect("an id"))).await.ok();
        }
        for (verb, body) in [("PATCH", json!({ "description": "Mine" })), ("DELETE", json!({}))] {
            world.send(verb, &path, &body, &[]).await.check_problem(403, "copy it");
        }
        let again = json!({ "id": harness["id"], "name": "mine" });
        world.post(HARNESSES, &again).await.check_problem(403, "copy it");
        world.post(HARNESSES, &json!({ "name": name })).await.check_problem(409, "`name`");
        let copy = world.post(&format!("{path}/copy"), &Value::Null).await.ok();
        assert_eq!((&copy["name"], &copy["is_built_in"]), (&json!(format!("{name}-copy")), &json!(false)));
        assert_eq!(copy["parent_harness_id"], harness["parent_harness_id"]);
        assert_eq!(copy["system_prompt"], harness["system_prompt"]);
        world.send("PATCH", &format!("{HARNESSES}/{name}-copy"), &json!({ "system_prompt": "Mine." }), &[]).await.ok();
        Talk::new(&world, json!({ "harness_name": name })).await;
    }
    let generic = world.get("/v1/harnesses/generic").await.ok();
    assert_eq!(generic["id"], "harness_01970000000070008000000000000001");
    assert_eq!(world.get("/v1/harnesses?search=plain%20GENERIC").await.ok()["total"], 2);
    let page = world.get("/v1/harnesses?limit=3&offset=3").await.ok();
    let names: Vec<&Value> = page["data"].as_array().expect("a list").iter().map(|row| &row["name"]).collect();
    assert_eq!(names, [&json!("generic-copy"), &json!("generic"), &json!("base")]);
}

#[tokio::test]
async fn own_harnesses_are_made_changed_and_deleted() {
    let world = World::dev().await;
    let full = json!({
        "name": "research", "display_name": "Research", "description": "Finds out", "system_prompt": "Cite.",
        "parent_harness_id": "harness_01970000000070008000000000000002", "default_model_id": "llmsim/echo",
        "capabilities": [{ "ref": "current_time" }], "tags": ["x"], "embedder_metadata": { "team": "a" },
        "initial_files": [{ "path": "/a.md", "content": "A", "encoding": "text", "is_readonly": false }],
        "mcpServers": { "m": { "url": "https://example.com" } }, "network_access": { "blocked": ["evil.com"] },
        "parallel_tool_calls": true,
    });
    let made = world.post(HARNESSES, &full).await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, Some("\"1\"")));
    let made = made.ok();
    for (member, value) in full.as_object().expect("an object") {
        assert_eq!(&made[member], value, "{member}");
    }
    assert_eq!(world.get("/v1/harnesses/research").await.ok(), made);
    world.post(HARNESSES, &json!({ "name": "research" })).await.check_problem(409, "`name`");
    let patched =
        world.send("PATCH", "/v1/harnesses/research", &json!({ "parent_harness_id": null, "tags": [] }), &[]).await;
    assert_eq!(patched.header("etag"), Some("\"2\""));
    let patched = patched.ok();
    assert_eq!((&patched["parent_harness_id"], &patched["tags"]), (&Value::Null, &json!([])));
    assert_eq!(patched["embedder_metadata"], full["embedder_metadata"]);
    let diff = world.get("/v1/harnesses/research/revisions/1/diff/2").await.ok();
    assert_eq!(diff["differences"].as_array().expect("a list").len(), 2);
    let restored = world.post("/v1/harnesses/research/revisions/1/restore", &json!({})).await.ok();
    assert_eq!(restored["tags"], json!(["x"]));

    let bare = create(&world, json!({ "name": "bare" })).await;
    for list in ["tags", "capabilities", "initial_files"] {
        assert_eq!(bare[list], json!([]), "{list}");
    }
    assert_eq!(bare["system_prompt"], "");
    let available =
        async |query: &str| world.get(&format!("{HARNESSES}/check-name?{query}")).await.ok()["available"].clone();
    assert_eq!(available("name=bare").await, false);
    assert_eq!(available("name=worker").await, false);
    assert_eq!(available("name=free").await, true);
    assert_eq!(available(&format!("name=bare&exclude_id={}", bare["id"].as_str().expect("an id"))).await, true);
    world.get("/v1/harnesses/check-name?name=No").await.check_problem(400, "`name`");
    world.get("/v1/harnesses/check-name").await.check_problem(400, "`name`");

    assert_eq!(world.send("DELETE", "/v1/harnesses/bare", &json!({}), &[]).await.status.as_u16(), 204);
    world.get("/v1/harnesses/bare").await.check_problem(404, "harness");
    world.send("DELETE", "/v1/harnesses/bare", &json!({}), &[]).await.check_problem(404, "harness");
}

#[tokio::test]
async fn children_inherit_what_their_parents_are_now() {
    let world = World::dev().await;
    let low =
        create(&world, json!({ "name": "low", "system_prompt": "Low.", "default_model_id": "llmsim/echo" })).await;
    let high =
        create(&world, json!({ "name": "high", "system_prompt": "High.", "parent_harness_id": low["id"] })).await;
    let agent = json!({ "name": "a", "system_prompt": "Agent.", "harness_id": high["id"] });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"], "system_prompt": "Session." })).await;
    let session = world.get(&talk.path).await.ok();
    assert_eq!(session["harness_id"], high["id"]);
    let events = talk.ask("One").await;
    assert_eq!(completed(&events), "One", "the parent's model");

    let change = async |body: Value| world.send("PATCH", "/v1/harnesses/low", &body, &[]).await.ok();
    change(json!({ "system_prompt": "Lower.", "default_model_id": "llmsim/fixed?text=Fixed" })).await;
    let events = talk.ask("Two").await;
    assert_eq!(completed(&events), "Fixed");
    assert_eq!(world.get("/v1/harnesses/high").await.ok()["session_count"], 1);
    assert_eq!(world.get("/v1/harnesses/low").await.ok()["session_count"], 0);

    let path = "/v1/harnesses/low";
    world.send("DELETE", path, &json!({}), &[]).await.check_problem(409, "high");
    world.send("PATCH", path, &json!({ "status": "archived" }), &[]).await.check_problem(409, "high");
    world.send("PATCH", "/v1/harnesses/high", &json!({ "parent_harness_id": null }), &[]).await.ok();
    assert_eq!(world.send("DELETE", path, &json!({}), &[]).await.status.as_u16(), 204);
}

#[tokio::test]
async fn circles_and_towers_are_refused() {
    let world = World::dev().await;
    let mut tower = vec![create(&world, json!({ "name": "h0" })).await];
    for floor in 1..8 {
        let parent = tower[floor - 1]["id"].clone();
        tower.push(create(&world, json!({ "name": format!("h{floor}"), "parent_harness_id": parent })).await);
    }
    let over = json!({ "name": "over", "parent_harness_id": tower[7]["id"] });
    world.post(HARNESSES, &over).await.check_problem(400, "more than 8 harnesses");
    let patch = async |name: &str, parent: &Value| {
        world.send("PATCH", &format!("{HARNESSES}/{name}"), &json!({ "parent_harness_id": parent }), &[]).await
    };
    for top in [0, 3, 7] {
        patch("h0", &tower[top]["id"]).await.check_problem(400, "back to the harness itself");
    }
    // A tower is not put on another one either.
    let ground = create(&world, json!({ "name": "ground" })).await;
    patch("h0", &ground["id"]).await.check_problem(400, "more than 8 harnesses");
    let missing = json!("harness_00000000000000000000000000000009");
    patch("h0", &missing).await.check_problem(400, "not there");
    patch("h0", &json!("h1")).await.check_problem(400, "`parent_harness_id`");
    let talk = Talk::new(&world, json!({ "harness_id": tower[7]["id"], "model_id": "llmsim/echo" })).await;
    talk.ask("Up here?").await;
}

#[tokio::test]
async fn a_session_whose_agent_or_harness_is_gone_says_so() {
    let world = World::dev().await;
    let harness = create(&world, json!({ "name": "h" })).await;
    let agent = json!({ "name": "a", "system_prompt": "", "default_model_id": "llmsim/echo" });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let of_agent = Talk::new(&world, json!({ "agent_id": agent["id"] })).await;
    let of_harness = Talk::new(&world, json!({ "harness_id": harness["id"] })).await;
    for talk in [&of_agent, &of_harness] {
        assert!(of_type(&talk.ask("Before").await, "turn.failed").is_empty());
    }
    for path in ["/v1/agents/a", "/v1/harnesses/h"] {
        assert_eq!(world.send("DELETE", path, &json!({}), &[]).await.status.as_u16(), 204);
    }
    for talk in [&of_agent, &of_harness] {
        let events = talk.ask("After").await;
        let failed = of_type(&events, "turn.failed");
        assert_eq!(failed[0]["data"]["error_code"], "dependency_unavailable");
        assert!(completed(&events).contains("no longer there"), "its user is told");
        assert_eq!(talk.status().await, "idle");
        world.get(&talk.path).await.ok();
    }
    // An agent that comes back serves its sessions again.
    let back = json!({ "id": agent["id"], "name": "a", "system_prompt": "", "default_model_id": "llmsim/echo" });
    world.post("/v1/agents", &back).await.ok();
    assert_eq!(completed(&of_agent.ask("Again").await), "Again");
}

#[tokio::test]
async fn a_turn_goes_on_with_what_it_began_with() {
    let world = World::dev().await;
    let agent = json!({ "name": "a", "system_prompt": "", "default_model_id": "llmsim/tool?name=ask",
        "tools": [{ "type": "client_side", "name": "ask", "description": "", "parameters": {} }] });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"] })).await;
    talk.say("Ask me").await;
    let asked = talk.stream("").await.until("tool.call_requested").await;
    world.send("DELETE", "/v1/agents/a", &json!({}), &[]).await;
    let call = &asked.last().expect("a call")["data"]["tool_calls"][0]["id"];
    let results = json!({ "tool_results": [{ "tool_call_id": call, "result": "yes" }] });
    world.post(&format!("{}/tool-results", talk.path), &results).await.ok();
    let events = talk.turn().await;
    assert_eq!(of_type(&events, "turn.completed").len(), 1);
    assert!(of_type(&events, "turn.failed").is_empty());
}

#[tokio::test]
async fn stats_are_sums_over_sessions() {
    let world = World::dev().await;
    let agent = json!({ "name": "a", "system_prompt": "", "default_model_id": "llmsim/echo" });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let zero = world.get("/v1/agents/a/stats").await.ok();
    assert_eq!((&zero["session_count"], &zero["avg_session_duration_ms"]), (&json!(0), &Value::Null));
    assert!(zero["total_cost_usd"].is_f64() && zero["total_estimated_cost_usd"].is_f64(), "{zero}");
    let one = Talk::new(&world, json!({ "agent_id": agent["id"] })).await;
    Talk::new(&world, json!({ "agent_id": agent["id"] })).await;
    for text in ["One", "Two"] {
        one.ask(text).await;
    }
    let usage = world.get(&one.path).await.ok()["usage"].clone();
    let stats = world.get("/v1/agents/a/stats").await.ok();
    let wanted = json!({
        "session_count": 2, "active_session_count": 0, "idle_session_count": 1, "started_session_count": 1,
        "waiting_for_tool_results_session_count": 0, "execution_count": 2,
        "total_input_tokens": usage["input_tokens"], "total_output_tokens": usage["output_tokens"],
    });
    for (member, value) in wanted.as_object().expect("an object") {
        assert_eq!(&stats[member], value, "{member}");
    }
    assert!(stats["first_session_at"].is_string() && stats["last_execution_at"].is_string(), "{stats}");
    assert_eq!(world.get("/v1/harnesses/generic/stats").await.ok()["session_count"], 2);
    assert_eq!(world.get("/v1/harnesses/worker/stats").await.ok()["session_count"], 0);
}
