//! Versions of agents: kept, compared, run, forked and gone back to.

use serde_json::{Value, json};

use crate::talk::{Talk, completed};
use crate::world::World;

const VERSIONS: &str = "/v1/agents/a/versions";

/// An agent whose only version is kept, and that version.
async fn kept() -> (World, Value) {
    let world = World::dev().await;
    let agent = json!({ "name": "a", "system_prompt": "One", "default_model_id": "llmsim/fixed?text=One" });
    world.post("/v1/agents", &agent).await.ok();
    let version = world.post(VERSIONS, &json!({ "summary": "First" })).await.ok();
    (world, version)
}

async fn patch(world: &World, body: Value) {
    world.send("PATCH", "/v1/agents/a", &body, &[]).await.ok();
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test]
async fn trap_06_trap_12_versions_are_numbered_and_listed_bare() {
    let (world, first) = kept().await;
    let agent = world.get("/v1/agents/a").await.ok();
    let wanted = json!({
        "agent_id": agent["id"], "version_number": 1, "version": "0.1.0", "semver_major": 0, "semver_minor": 1,
        "semver_patch": 0, "change_kind": "manual", "summary": "First", "is_published": true, "parent_version_id": null,
    });
    for (member, value) in wanted.as_object().expect("an object") {
        assert_eq!(&first[member], value, "{member}");
    }
    assert_eq!(first["authored_config"]["system_prompt"], "One");
    assert_eq!(first["resolved_config"]["system_prompt"], "You are a helpful assistant.\n\nOne");
    let same = world.post(VERSIONS, &Value::Null).await;
    assert_eq!(same.status.as_u16(), 200);
    assert_eq!(same.ok(), first, "nothing changed");
    for (kind, version) in [("minor", "0.2.0"), ("patch", "0.2.1"), ("major", "1.0.0"), ("auto", "1.0.1")] {
        patch(&world, json!({ "system_prompt": kind })).await;
        let made = world.post(VERSIONS, &json!({ "change_kind": kind })).await.ok();
        assert_eq!((&made["version"], &made["is_published"]), (&json!(version), &json!(kind != "auto")));
    }
    let list = world.get(VERSIONS).await.ok();
    let numbers: Vec<&Value> = list.as_array().expect("a bare list").iter().map(|it| &it["version_number"]).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    assert_eq!(list[3]["parent_version_id"], first["id"]);
    world.post(VERSIONS, &json!({ "change_kind": "huge" })).await.check_problem(400, "`change_kind`");
    world.get("/v1/agents/nobody/versions").await.check_problem(404, "agent");
}

#[tokio::test]
async fn the_default_version_is_what_sessions_run() {
    let (world, first) = kept().await;
    let agent = world.get("/v1/agents/a").await.ok();
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"] })).await;
    patch(&world, json!({ "default_model_id": "llmsim/fixed?text=Two" })).await;
    assert_eq!(completed(&talk.ask("?").await), "Two");
    let default =
        async |version: Value| world.post(&format!("{VERSIONS}/default"), &json!({ "version_id": version })).await;
    let pinned = default(first["id"].clone()).await.ok();
    assert_eq!(pinned["default_version_id"], first["id"]);
    assert_eq!(completed(&talk.ask("?").await), "One");
    // Changes go on, and wait.
    let put = json!({ "name": "a", "system_prompt": "", "default_model_id": "llmsim/fixed?text=Three" });
    assert_eq!(world.post("/v1/agents", &put).await.ok()["default_version_id"], first["id"]);
    assert_eq!(completed(&talk.ask("?").await), "One");
    assert_eq!(default(Value::Null).await.ok()["default_version_id"], Value::Null);
    assert_eq!(completed(&talk.ask("?").await), "Three");
    default(json!("agentver_00000000000000000000000000000009")).await.check_problem(404, "version");
    default(json!("one")).await.check_problem(400, "`version_id`");
    world.post(&format!("{VERSIONS}/default"), &json!({})).await.check_problem(400, "`version_id` is required");
}

#[tokio::test]
async fn forks_know_where_they_come_from_and_rollbacks_lead_back() {
    let (world, first) = kept().await;
    let agent = world.get("/v1/agents/a").await.ok();
    patch(&world, json!({ "system_prompt": "Two", "tags": ["x"] })).await;
    let second = world.post(VERSIONS, &json!({})).await.ok();
    let diff = world.get(&format!("{VERSIONS}/{}/diff/{}", id(&first), id(&second))).await.ok();
    assert_eq!((&diff["from_version_id"], &diff["to_version_id"]), (&first["id"], &second["id"]));
    let paths = |diff: &Value| -> Vec<String> {
        let rows = diff.as_array().expect("a list").iter();
        rows.map(|row| row["path"].as_str().expect("a path").to_owned()).collect()
    };
    assert_eq!(paths(&diff["authored_diff"]), ["system_prompt", "tags[0]"]);
    assert_eq!(paths(&diff["resolved_diff"]), ["system_prompt"]);

    let fork = format!("{VERSIONS}/{}/fork", id(&first));
    let forked = world.post(&fork, &json!({ "name": "b", "display_name": "B" })).await;
    assert_eq!(forked.status.as_u16(), 200);
    let forked = forked.ok();
    let wanted = json!({ "name": "b", "display_name": "B", "system_prompt": "One", "forked_from_agent_id": agent["id"],
        "forked_from_version_id": first["id"], "root_agent_id": agent["id"] });
    for (member, value) in wanted.as_object().expect("an object") {
        assert_eq!(&forked[member], value, "{member}");
    }
    world.post(&fork, &json!({ "name": "b" })).await.check_problem(409, "`name`");
    world.post(&fork, &json!({})).await.check_problem(400, "`name` is required");
    let of_fork = world.post("/v1/agents/b/versions", &json!({})).await.ok();
    let again = world.post(&format!("/v1/agents/b/versions/{}/fork", id(&of_fork)), &json!({ "name": "c" })).await.ok();
    assert_eq!((&again["forked_from_agent_id"], &again["root_agent_id"]), (&forked["id"], &agent["id"]));
    world
        .post(&format!("/v1/agents/b/versions/{}/fork", id(&first)), &json!({ "name": "d" }))
        .await
        .check_problem(404, "version");

    patch(&world, json!({ "system_prompt": "Three" })).await;
    let back = format!("{VERSIONS}/{}/rollback", id(&first));
    let rolled = world.post(&back, &json!({ "save_version": true, "summary": "Oops" })).await.ok();
    assert_eq!((&rolled["system_prompt"], &rolled["tags"]), (&json!("One"), &json!([])));
    let list = world.get(VERSIONS).await.ok();
    assert_eq!(list.as_array().expect("a list").len(), 3);
    let saved = (&list[0]["authored_config"]["system_prompt"], &list[0]["change_kind"], &list[0]["source_version_id"]);
    assert_eq!(saved, (&json!("Three"), &json!("rollback"), &first["id"]));
    world.post(&back, &json!({})).await.ok();
    assert_eq!(world.get(VERSIONS).await.ok().as_array().expect("a list").len(), 3);
    // A copy is an agent of its own.
    let copy = world.post("/v1/agents/b/copy", &json!({})).await.ok();
    assert!(copy["forked_from_agent_id"].is_null() && copy["root_agent_id"].is_null(), "{copy}");
}
