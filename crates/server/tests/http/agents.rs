//! Agents: made, found, changed and taken out of use, by id or by name.

use serde_json::{Map, Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::World;

const AGENTS: &str = "/v1/agents";

/// An agent with all that an agent can have.
fn full() -> Value {
    json!({
        "name": "full",
        "display_name": "Full",
        "description": "All of it",
        "system_prompt": "Be whole.",
        "default_model_id": "llmsim/echo",
        "tags": ["a", "b"],
        "capabilities": [{ "ref": "current_time", "config": { "zone": "UTC" } }],
        "tools": [{
            "type": "client_side", "name": "ask", "description": "Asks", "parameters": { "type": "object" },
            "display_name": "Ask", "hints": { "readonly": true },
        }],
        "initial_files": [{ "path": "/a.md", "content": "A", "encoding": "text", "is_readonly": true }],
        "mcpServers": { "docs": { "url": "https://example.com/mcp" } },
        "network_access": { "allowed": ["example.com"], "blocked": [] },
        "max_iterations": 7,
        "parallel_tool_calls": false,
    })
}

/// That `agent` has all members of `wanted`.
#[track_caller]
fn check_members(agent: &Value, wanted: &Value) {
    for (name, value) in wanted.as_object().expect("an object") {
        assert_eq!(&agent[name], value, "{name}");
    }
}

async fn create(world: &World, body: &Value) -> Value {
    world.post(AGENTS, body).await.ok()
}

fn path(agent: &Value) -> String {
    format!("{AGENTS}/{}", agent["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn trap_39_an_existing_name_is_updated() {
    let world = World::dev().await;
    let first = world.post(AGENTS, &full()).await;
    assert_eq!(first.status.as_u16(), 201);
    let again = world.post(AGENTS, &json!({ "name": "full", "system_prompt": "Be less." })).await;
    assert_eq!(again.status.as_u16(), 200);
    let (first, again) = (first.ok(), again.ok());
    assert_eq!(first["id"], again["id"]);
    // The body says all of it: what it does not say is gone.
    check_members(&again, &json!({ "system_prompt": "Be less.", "tools": [], "max_iterations": null, "tags": [] }));
    assert_eq!(world.get(AGENTS).await.ok()["total"], 1);
}

#[tokio::test]
async fn trap_40_generic_resolves_on_a_fresh_server() {
    let world = World::dev().await;
    let named = create(&world, &json!({ "name": "a", "system_prompt": "", "harness_name": "generic" })).await;
    let unnamed = create(&world, &json!({ "name": "b", "system_prompt": "" })).await;
    assert_eq!(named["harness_id"], unnamed["harness_id"]);
    Talk::new(&world, json!({ "harness_name": "generic", "agent_id": named["id"] })).await;
}

#[tokio::test]
async fn trap_08_trap_10_trap_42_trap_43_trap_44_the_shape_of_an_agent() {
    let world = World::dev().await;
    // As the Python SDK sends it, with nulls for what is not said.
    let bare = json!({ "name": "bare", "system_prompt": "", "capabilities": [], "initial_files": [], "tags": null,
        "tools": null, "display_name": null, "max_iterations": null, "mcpServers": null });
    let made = create(&world, &bare).await;
    for agent in [made.clone(), world.get(&path(&made)).await.ok(), world.get(AGENTS).await.ok()["data"][0].clone()] {
        for list in ["tags", "capabilities", "tools", "initial_files"] {
            assert_eq!(agent[list], json!([]), "{list}");
        }
        assert_eq!(agent["mcpServers"], json!({}));
        assert!(agent["harness_id"].as_str().is_some_and(|id| id.starts_with("harness_")), "{agent}");
        assert_eq!((&agent["display_name"], &agent["system_prompt"]), (&Value::Null, &json!("")));
        for time in ["created_at", "updated_at"] {
            let text = agent[time].as_str().expect("a time");
            assert!(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.', "{text}");
        }
        for number in ["app_count", "session_count"] {
            assert_eq!(agent[number], 0, "{number}");
        }
    }
    let limited = create(&world, &json!({ "name": "limited", "system_prompt": "", "max_iterations": 20 })).await;
    assert_eq!(limited["max_iterations"].to_string(), "20", "no fraction");
}

#[tokio::test]
async fn trap_23_unknown_keys_and_the_spellings_of_clients() {
    let world = World::dev().await;
    let servers = json!({ "x": { "url": "https://example.com" } });
    let body = json!({ "name": "a", "system_prompt": "", "systemPrompt": "no", "futureField": [1], "model": "llmsim/fixed",
        "mcp_servers": servers });
    let agent = create(&world, &body).await;
    check_members(&agent, &json!({ "default_model_id": "llmsim/fixed", "mcpServers": servers, "system_prompt": "" }));
    let other = json!({ "y": {} });
    let patch = json!({ "model": "llmsim/lorem", "mcp_servers": other, "unknown": null });
    let changed = world.send("PATCH", &path(&agent), &patch, &[]).await.ok();
    check_members(&changed, &json!({ "default_model_id": "llmsim/lorem", "mcpServers": other }));
}

#[tokio::test]
async fn trap_47_ids_of_clients_need_not_be_uuids_of_version_7() {
    let world = World::dev().await;
    let id = "agent_ffffffffffffffffffffffffffffffff";
    let made = world.post(AGENTS, &json!({ "id": id, "name": "own", "system_prompt": "1" })).await;
    assert_eq!(made.status.as_u16(), 201);
    let again = world.post(AGENTS, &json!({ "id": id, "name": "renamed", "system_prompt": "2" })).await;
    assert_eq!(again.status.as_u16(), 200);
    check_members(&world.get(&format!("{AGENTS}/{id}")).await.ok(), &json!({ "id": id, "name": "renamed" }));
}

#[tokio::test]
async fn names_of_older_clients() {
    let world = World::dev().await;
    let check = async |said: Value, name: &str, display: Value| {
        let mut body = json!({ "system_prompt": "" });
        body.as_object_mut().expect("an object").extend(said.as_object().expect("an object").clone());
        let agent = create(&world, &body).await;
        assert_eq!((&agent["name"], &agent["display_name"]), (&json!(name), &display));
        agent
    };
    let first = check(json!({ "name": "Assistant" }), "assistant", json!("Assistant")).await;
    let again = check(json!({ "name": "Assistant" }), "assistant", json!("Assistant")).await;
    assert_eq!(first["id"], again["id"]);
    check(json!({ "name": "Python Example Agent" }), "python-example-agent", json!("Python Example Agent")).await;
    check(json!({ "name": "A_b", "display_name": "Mine" }), "a-b", json!("Mine")).await;
    check(json!({ "name": "naïve" }), "na-ve", json!("naïve")).await;
    check(json!({ "name": "plain" }), "plain", Value::Null).await;
}

#[tokio::test]
async fn found_by_id_and_by_name() {
    let world = World::dev().await;
    let made = create(&world, &full()).await;
    check_members(&made, &full());
    assert_eq!(world.get(&path(&made)).await.ok(), made);
    assert_eq!(world.get("/v1/agents/full").await.ok(), made);
    world.get("/v1/agents/empty").await.check_problem(404, "agent");
    world.get("/api/v1/agents/full").await.ok();
}

#[tokio::test]
async fn a_patch_changes_what_it_says() {
    let world = World::dev().await;
    let made = create(&world, &full()).await;
    let patch = async |body: Value, wanted: Value| {
        let changed = world.send("PATCH", "/v1/agents/full", &body, &[]).await.ok();
        check_members(&changed, &wanted);
        let mut kept: Map<String, Value> = full().as_object().expect("an object").clone();
        kept.retain(|name, _| body.get(name).is_none());
        check_members(&changed, &Value::Object(kept));
        world.send("PUT", "/v1/agents/full", &full(), &[]).await.ok();
    };
    patch(json!({}), json!({})).await;
    patch(json!({ "display_name": "New" }), json!({ "display_name": "New" })).await;
    for scalar in ["display_name", "description", "default_model_id", "network_access", "max_iterations"] {
        patch(json!({ scalar: null }), json!({ scalar: null })).await;
    }
    for list in ["tags", "capabilities", "tools", "initial_files"] {
        patch(json!({ list: null }), json!({ list: [] })).await;
        patch(json!({ list: [] }), json!({ list: [] })).await;
    }
    patch(json!({ "mcpServers": null }), json!({ "mcpServers": {} })).await;
    patch(json!({ "harness_name": "generic" }), json!({ "harness_id": made["harness_id"] })).await;
    patch(json!({ "harness_id": null }), json!({ "harness_id": made["harness_id"] })).await;

    let refuses = async |body: Value, status: u16, text: &str| {
        world.send("PATCH", "/v1/agents/full", &body, &[]).await.check_problem(status, text);
    };
    refuses(json!({ "name": null }), 400, "`name` is required").await;
    refuses(json!({ "system_prompt": null }), 400, "`system_prompt` is required").await;
    refuses(json!({ "tags": [7] }), 400, "`tags[0]`").await;
    refuses(json!({ "capabilities": [{ "ref": "teleport" }] }), 400, "`capabilities[0].ref`").await;
    refuses(json!({ "status": "deleted" }), 400, "`status`").await;
    refuses(json!({ "status": "sleeping" }), 400, "`status`").await;
    refuses(json!({ "harness_name": "nowhere" }), 404, "harness").await;
    let both = json!({ "harness_name": "generic", "harness_id": made["harness_id"] });
    refuses(both, 400, "`harness_name`").await;
    create(&world, &json!({ "name": "other", "system_prompt": "" })).await;
    refuses(json!({ "name": "other" }), 409, "`name`").await;
    check_members(&world.get("/v1/agents/full").await.ok(), &full());
}

#[tokio::test]
async fn put_replaces_or_makes() {
    let world = World::dev().await;
    let put = async |path: &str, body: Value, status: u16| {
        let answer = world.send("PUT", &format!("{AGENTS}/{path}"), &body, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        answer.ok()
    };
    let made = put("worker", json!({ "system_prompt": "1", "tags": ["a"] }), 201).await;
    check_members(&made, &json!({ "name": "worker", "tags": ["a"] }));
    let again = put("worker", json!({ "name": "worker", "system_prompt": "2" }), 200).await;
    check_members(&again, &json!({ "id": made["id"], "system_prompt": "2", "tags": [] }));
    let renamed = put("worker", json!({ "name": "renamed", "system_prompt": "3" }), 200).await;
    assert_eq!(renamed["id"], made["id"]);
    world.get("/v1/agents/worker").await.check_problem(404, "agent");

    let id = "agent_0000000000000000000000000000000a";
    let own = put(id, json!({ "name": "own", "system_prompt": "1" }), 201).await;
    assert_eq!(own["id"], id);
    put(id, json!({ "name": "own", "system_prompt": "2" }), 200).await;
    let refuses = async |path: &str, body: Value, status: u16, text: &str| {
        world.send("PUT", &format!("{AGENTS}/{path}"), &body, &[]).await.check_problem(status, text);
    };
    refuses("nobody", json!({ "name": "somebody", "system_prompt": "" }), 400, "`name`").await;
    refuses(id, json!({ "name": "renamed", "system_prompt": "" }), 409, "`name`").await;
    refuses(id, json!({ "system_prompt": "" }), 400, "`name` is required").await;
}

#[tokio::test]
async fn archived_agents_rest_and_come_back() {
    let world = World::dev().await;
    let made = create(&world, &json!({ "name": "rest", "system_prompt": "" })).await;
    let at = path(&made);
    let talk = Talk::new(&world, json!({ "agent_id": made["id"], "model_id": "llmsim/echo" })).await;
    let patch = async |body: Value| world.send("PATCH", &at, &body, &[]).await;
    let archived = patch(json!({ "status": "archived" })).await.ok();
    assert_eq!(archived["status"], "archived");
    assert!(archived["archived_at"].is_string());
    assert_eq!(world.get(&at).await.ok(), archived);
    world.get("/v1/agents/rest").await.check_problem(404, "agent");
    assert_eq!(world.get(AGENTS).await.ok()["total"], 0);
    assert_eq!(world.get("/v1/agents?include_archived=true").await.ok()["data"][0], archived);
    world.post("/v1/sessions", &json!({ "agent_id": made["id"] })).await.check_problem(404, "agent");
    patch(json!({ "tags": ["x"] })).await.check_problem(409, "archived");
    // Its sessions go on, and its name is free.
    talk.ask("Still there?").await;
    let next = create(&world, &json!({ "name": "rest", "system_prompt": "" })).await;
    assert_ne!(next["id"], made["id"]);
    patch(json!({ "status": "active" })).await.check_problem(409, "`name`");
    let back = patch(json!({ "status": "active", "name": "rested", "tags": ["x"] })).await.ok();
    check_members(&back, &json!({ "status": "active", "archived_at": null, "name": "rested", "session_count": 1 }));
}

#[tokio::test]
async fn trap_45_a_deleted_agent_is_gone() {
    let world = World::dev().await;
    let made = create(&world, &json!({ "name": "gone", "system_prompt": "" })).await;
    let talk = Talk::new(&world, json!({ "agent_id": made["id"] })).await;
    let deleted = world.send("DELETE", "/v1/agents/gone", &json!({}), &[]).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.as_str()), (204, ""));
    for verb in ["DELETE", "GET", "PATCH"] {
        world.send(verb, &path(&made), &json!({}), &[]).await.check_problem(404, "agent");
    }
    world.get(&format!("{}/revisions", path(&made))).await.check_problem(404, "agent");
    assert_eq!(world.get("/v1/agents?include_archived=true").await.ok()["total"], 0);
    let session = world.get(&talk.path).await.ok();
    assert_eq!(session["agent_id"], made["id"]);
    // A script that ran before runs again.
    let again = world.post(AGENTS, &json!({ "id": made["id"], "name": "gone", "system_prompt": "" })).await;
    assert_eq!(again.status.as_u16(), 201);
}

#[tokio::test]
async fn lists_count_sessions() {
    let world = World::dev().await;
    for (name, sessions) in [("one", 1), ("none", 0), ("three", 3)] {
        let made = create(&world, &json!({ "name": name, "system_prompt": "" })).await;
        for _ in 0..sessions {
            Talk::new(&world, json!({ "agent_id": made["id"] })).await;
        }
    }
    let list = world.get(AGENTS).await.ok();
    let counts: Vec<_> =
        list["data"].as_array().expect("a list").iter().map(|row| row["session_count"].clone()).collect();
    assert_eq!(counts, [3, 0, 1]);
    assert_eq!(world.get("/v1/agents/three").await.ok()["session_count"], 3);
}

#[tokio::test]
async fn trap_46_copies_have_valid_names() {
    let world = World::dev().await;
    let made = create(&world, &full()).await;
    for (body, name) in [("null", "full-copy"), ("{}", "full-copy-2"), ("", "full-copy-3")] {
        let request = world.request(reqwest::Method::POST, &format!("{}/copy", path(&made)));
        let copy = Answer::to(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(copy.status.as_u16(), 201, "{}", copy.body);
        let mut wanted = full();
        wanted["name"] = json!(name);
        wanted["display_name"] = json!("Full (copy)");
        check_members(&copy.ok(), &wanted);
    }
    world.post("/v1/agents/nobody/copy", &json!({})).await.check_problem(404, "agent");
}
