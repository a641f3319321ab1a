//! What is unusual and taken all the same: fields and keys that nobody knows, other spellings, deep data.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::talk::{Talk, check_log, completed, of_type};
use crate::world::World;

#[tokio::test]
async fn unknown_fields_and_keys_are_ignored_and_null_is_absent() {
    let world = World::dev().await;
    let agent = json!({
        "name": "odd", "system_prompt": "", "brand_new": { "a": [1] }, "id": null, "display_name": null, "tags": null,
        "capabilities": null, "tools": null, "initial_files": null, "mcpServers": null, "max_iterations": null,
        "parallel_tool_calls": null, "harness_id": null, "harness_name": null, "network_access": null, "model": null,
    });
    let agent = world.post("/v1/agents?brand_new=1&limit=x", &agent).await.ok();
    for list in ["tags", "capabilities", "tools", "initial_files"] {
        assert_eq!(agent[list], json!([]), "{list}");
    }
    assert_eq!(agent["harness_id"], "harness_01970000000070008000000000000001");
    let session = json!({ "agent_id": agent["id"], "agent_name": null, "hints": null, "brand_new": 1, "title": null });
    let talk = Talk::new(&world, session).await;
    let message = json!({
        "message": { "role": null, "content": [{ "type": "text", "text": "Hi", "brand_new": 1 }], "brand_new": 1 },
        "controls": { "brand_new": 1, "max_tokens": 5 }, "metadata": null, "tags": null, "addressed_participant_id": null,
    });
    let message = talk.send(message).await;
    assert_eq!((&message["tags"], &message["role"]), (&json!([]), &json!("user")));
    talk.turn().await;
    talk.list("?brand_new=1&types=turn.completed&window=7").await;
    world.get("/v1/agents?brand_new=%FF&=&&x").await.ok();
}

#[tokio::test]
async fn other_spellings_mean_the_same() {
    let world = World::dev().await;
    let servers = json!({ "docs": { "type": "http", "url": "http://localhost:1" } });
    for (model, mcp) in [("model", "mcp_servers"), ("default_model_id", "mcpServers")] {
        let agent = json!({ "name": "spelt", "system_prompt": "", model: "llmsim/echo", mcp: servers });
        let agent = world.post("/v1/agents", &agent).await.ok();
        assert_eq!((&agent["default_model_id"], &agent["mcpServers"]), (&json!("llmsim/echo"), &servers));
    }
    let actor = json!({ "actor_id": "u1", "source": "chat" });
    for (name, model) in [("externalActor", "modelId"), ("external_actor", "model_id")] {
        let talk = Talk::new(&world, json!({})).await;
        let message = json!({
            "message": { "content": [{ "type": "text", "text": "Hi" }] },
            "controls": { model: "llmsim/echo?prefix=Echo:%20" },
            name: actor,
        });
        let message = talk.send(message).await;
        assert_eq!(message["external_actor"], actor);
        assert_eq!(message["controls"], json!({ "model_id": "llmsim/echo?prefix=Echo:%20" }));
        assert_eq!(completed(&talk.turn().await), "Echo: Hi");
    }
}

#[tokio::test]
async fn searching() {
    let world = World::dev().await;
    for (name, text) in [("one", "Red fox"), ("two", "Red 100% _wool_"), ("three", "Blue+fox\\ ÄRGER")] {
        let agent = json!({ "name": name, "system_prompt": "", "description": text });
        world.post("/v1/agents", &agent).await.ok();
        Talk::new(&world, json!({ "title": text })).await;
    }
    let check = async |query: &str, wanted: &[&str]| {
        let agents = world.get(&format!("/v1/agents{query}")).await.ok();
        let names: Vec<&str> =
            agents["data"].as_array().expect("a list").iter().filter_map(|agent| agent["name"].as_str()).collect();
        assert_eq!(names, wanted, "{query}");
        assert_eq!(agents["total"], wanted.len(), "{query}");
    };
    let check_both = async |query: &str, wanted: &[&str]| {
        check(query, wanted).await;
        let sessions = world.get(&format!("/v1/sessions{query}")).await.ok();
        assert_eq!(sessions["total"], wanted.len(), "{query}");
    };
    check_both("", &["three", "two", "one"]).await;
    check_both("?search=", &["three", "two", "one"]).await;
    check_both("?search=%20%20", &["three", "two", "one"]).await;
    check_both("?search=red", &["two", "one"]).await;
    check_both("?search=RED+fox", &["one"]).await;
    check_both("?search=fox%20red", &["one"]).await;
    check_both("?search=blue%2Bfox", &["three"]).await;
    check_both("?search=100%25", &["two"]).await;
    check_both("?search=%25", &["two"]).await;
    check_both("?search=%", &["two"]).await;
    check_both("?search=_", &["two"]).await;
    check_both("?search=%5C", &["three"]).await;
    check_both("?search=%C3%A4rger", &["three"]).await;
    check_both("?search='", &[]).await;
    check_both("?search=a%00b", &[]).await;
    check_both("?search=red+red+red+red+red+red+red+red+nothing", &["two", "one"]).await;
    check("?search=one", &["one"]).await;
}

#[tokio::test]
async fn pages() {
    let world = World::dev().await;
    for number in 0..23 {
        Talk::new(&world, json!({ "title": number.to_string() })).await;
    }
    let check = async |query: &str, first: Option<&str>, count: usize, offset: i64, limit: i64| {
        let page = world.get(&format!("/v1/sessions{query}")).await.ok();
        let data = page["data"].as_array().expect("a list");
        assert_eq!(data.first().and_then(|session| session["title"].as_str()), first, "{query}");
        assert_eq!(data.len(), count, "{query}");
        let counters = (&page["total"], &page["offset"], &page["limit"]);
        assert_eq!(counters, (&json!(23), &json!(offset), &json!(limit)), "{query}");
    };
    check("", Some("22"), 20, 0, 20).await;
    check("?limit=5", Some("22"), 5, 0, 5).await;
    check("?limit=5&offset=21", Some("1"), 2, 21, 5).await;
    check("?offset=23", None, 0, 23, 20).await;
    check("?offset=99999999999", None, 0, i64::from(i32::MAX), 20).await;
    check("?limit=100000", Some("22"), 23, 0, 100).await;
}

/// An object within an object, and so on.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({}), |inner, _| json!({ "a": inner }))
}

/// More than any route takes.
const DEPTH: usize = 66;

/// Data that is as deep as it is taken must be readable wherever it is kept afterwards: in an event, in a list of
/// events, in a prompt.
#[tokio::test]
async fn the_deepest_data_that_is_taken_does_no_harm() {
    let world = World::dev().await;
    let deepest = async |path: &str, body: &dyn Fn(Value) -> Value| -> Value {
        for depth in (50..DEPTH).rev() {
            let answer = world.post(path, &body(nested(depth))).await;
            if answer.status.is_success() {
                assert!(depth < DEPTH - 1, "{path} takes more than this begins with; begin deeper");
                return answer.json();
            }
            answer.check_problem(StatusCode::BAD_REQUEST.as_u16(), "");
        }
        panic!("{path} takes no deep data");
    };
    let tool = |deep: Value| json!({ "name": "t", "description": "", "parameters": deep, "hints": deep });
    let capability = |deep: Value| json!({ "ref": "current_time", "config": deep });
    let layer = |deep: Value| {
        json!({
            "name": "deep", "system_prompt": "", "mcpServers": deep, "network_access": deep, "hints": deep,
            "tools": [tool(deep.clone())], "capabilities": [capability(deep)],
        })
    };
    let agent = deepest("/v1/agents", &layer).await;
    let id = agent["id"].clone();
    let session = |deep: Value| {
        let mut body = layer(deep);
        body["agent_id"] = id.clone();
        body["model_id"] = json!("llmsim/tool?name=t");
        body
    };
    let session = deepest("/v1/sessions", &session).await;
    let talk = Talk::of(&world, session["id"].as_str().expect("an id"));
    let message = |deep: Value| {
        let content = json!([{ "type": "text", "text": "Hi" }]);
        let controls = json!({ "reasoning": deep, "hints": deep });
        json!({ "message": { "content": content }, "metadata": deep, "controls": controls })
    };
    deepest(&format!("{}/messages", talk.path), &message).await;
    let asked = talk.stream("").await.until("tool.call_requested").await;
    let call = asked.last().expect("an event")["data"]["tool_calls"][0]["id"].clone();
    let results = |deep: Value| json!({ "tool_results": [{ "tool_call_id": call, "result": deep }] });
    deepest(&format!("{}/tool-results", talk.path), &results).await;
    let turn = talk.turn().await;
    assert_eq!(of_type(&turn, "turn.completed").len(), 1);
    check_log(&talk.list("").await, 1);
    world.get(&format!("{}/messages", talk.path)).await.ok();
    world.get("/v1/agents").await.ok();
    world.get("/v1/sessions").await.ok();
}
