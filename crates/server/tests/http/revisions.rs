//! The history of a change: why, by whom, what it was, what differs, and the way back.

use serde_json::{Value, json};

use crate::world::World;

const AGENT: &str = "/v1/agents/mine";
const REASON: &str = "Everruns-Change-Reason";

/// An agent at version 3: made, changed with a reason, changed without.
async fn changed() -> World {
    let world = World::dev().await;
    let made = json!({ "name": "mine", "system_prompt": "One", "capabilities": [{ "ref": "current_time" }] });
    world.post("/v1/agents", &made).await.ok();
    let reason = [(REASON, "be%20clearer%2C%20gr%C3%BCndlich%0A+1")];
    world.send("PATCH", AGENT, &json!({ "system_prompt": "Two" }), &reason).await.ok();
    world.send("PATCH", AGENT, &json!({ "capabilities": [], "tags": ["x"] }), &[]).await.ok();
    world
}

#[tokio::test]
async fn every_change_is_listed_with_its_reason() {
    let world = changed().await;
    // The same again changes nothing.
    let same = world.send("PATCH", AGENT, &json!({ "system_prompt": "Two" }), &[]).await;
    assert_eq!(same.header("etag"), Some("\"3\""));
    let list = world.get(&format!("{AGENT}/revisions")).await.ok();
    let seen: Vec<(Value, Value)> = list["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (row["version"].clone(), row["change_reason"].clone()))
        .collect();
    let reason = json!("be clearer, gründlich\n+1");
    assert_eq!(seen, [(json!(3), Value::Null), (json!(2), reason), (json!(1), Value::Null)]);
    assert_eq!((&list["total"], &list["offset"], &list["limit"]), (&json!(3), &json!(0), &json!(20)));
    let page = world.get(&format!("{AGENT}/revisions?offset=1&limit=1")).await.ok();
    assert_eq!(page["data"], json!([list["data"][1]]));
    assert_eq!(list["data"][0]["principal_id"], "principal_00000000000000000000000000000001");
    assert_eq!((&list["data"][0]["name"], &list["data"][0]["status"]), (&json!("mine"), &json!("active")));

    let first = world.get(&format!("{AGENT}/revisions/1")).await.ok();
    assert_eq!(first["document"]["system_prompt"], "One");
    for (path, status) in
        [("revisions/4", 404), ("revisions/0", 404), ("revisions/x", 400), ("revisions/1/diff/9", 404)]
    {
        world
            .get(&format!("{AGENT}/{path}"))
            .await
            .check_problem(status, if status == 404 { "revision" } else { "`version` must be a whole number" });
    }
}

#[tokio::test]
async fn what_differs_is_named() {
    let world = changed().await;
    let diff = world.get(&format!("{AGENT}/revisions/1/diff/3")).await.ok();
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(3)));
    let wanted = json!([
        { "path": "capabilities[current_time]", "kind": "removed", "from": { "ref": "current_time" } },
        { "path": "system_prompt", "kind": "changed", "from": "One", "to": "Two" },
        { "path": "tags[0]", "kind": "added", "to": "x" },
    ]);
    assert_eq!(diff["differences"], wanted);
    let none = world.get(&format!("{AGENT}/revisions/2/diff/2")).await.ok();
    assert_eq!(none["differences"], json!([]));
}

#[tokio::test]
async fn restoring_is_a_change_of_its_own() {
    let world = changed().await;
    let restored = world.send("POST", &format!("{AGENT}/revisions/1/restore"), &Value::Null, &[(REASON, "oops")]).await;
    assert_eq!(restored.header("etag"), Some("\"4\""));
    let agent = restored.ok();
    assert_eq!((&agent["system_prompt"], &agent["tags"]), (&json!("One"), &json!([])));
    let list = world.get(&format!("{AGENT}/revisions")).await.ok();
    assert_eq!((&list["total"], &list["data"][0]["change_reason"]), (&json!(4), &json!("oops")));
    let diff = world.get(&format!("{AGENT}/revisions/1/diff/4")).await.ok();
    assert_eq!(diff["differences"], json!([]));
    world.send("POST", &format!("{AGENT}/revisions/9/restore"), &json!({}), &[]).await.check_problem(404, "revision");

    // A name that somebody else took meanwhile is not taken back.
    world.send("PATCH", AGENT, &json!({ "name": "moved" }), &[]).await.ok();
    world.post("/v1/agents", &json!({ "name": "mine", "system_prompt": "" })).await.ok();
    let taken = world.send("POST", "/v1/agents/moved/revisions/1/restore", &json!({}), &[]).await;
    taken.check_problem(409, "`name`");
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let world = changed().await;
    let send = async |verb: &str, path: &str, version: &str| {
        let body = json!({ "system_prompt": "Late", "name": "mine" });
        world.send(verb, path, &body, &[("If-Match", version)]).await
    };
    let restore = format!("{AGENT}/revisions/1/restore");
    for (verb, path) in [("PATCH", AGENT), ("PUT", AGENT), ("DELETE", AGENT), ("POST", restore.as_str())] {
        for stale in ["\"2\"", "\"4\"", "2", "W/\"1\""] {
            send(verb, path, stale).await.check_problem(412, "version 3");
        }
        send(verb, path, "\"three\"").await.check_problem(400, "If-Match");
    }
    send("PUT", "/v1/agents/nobody", "*").await.check_problem(412, "If-Match");
    assert_eq!(world.get(AGENT).await.header("etag"), Some("\"3\""));
    assert_eq!(send("PATCH", AGENT, "\"3\"").await.header("etag"), Some("\"4\""));
    assert_eq!(send("DELETE", AGENT, "*").await.status.as_u16(), 204);
}

#[tokio::test]
async fn concurrent_changes_do_not_overwrite_each_other() {
    let world = changed().await;
    let fields = ["description", "display_name", "default_model_id", "max_iterations"];
    let patches = fields.map(|field| {
        let value = match field {
            "max_iterations" => json!(5),
            "default_model_id" => json!("llmsim/fixed"),
            _ => json!("changed"),
        };
        let world = &world;
        async move { world.send("PATCH", AGENT, &json!({ field: value }), &[]).await.ok() }
    });
    futures::future::join_all(patches).await;
    let agent = world.get(AGENT).await;
    assert_eq!(agent.header("etag"), Some("\"7\""));
    let agent = agent.ok();
    for field in fields {
        assert!(!agent[field].is_null(), "{field} is lost: {agent}");
    }
}

#[tokio::test]
async fn bad_reasons_are_refused_on_every_request() {
    let world = changed().await;
    let long = "x".repeat(1_001);
    let bad = ["a%00b", "a%0Db", "%FF", long.as_str(), "key%20sk-abcdefghijklmnop1234", "token%3Dabcdef123456"];
    for reason in bad {
        for (verb, path) in
            [("GET", AGENT), ("GET", "/v1/sessions"), ("PATCH", AGENT), ("DELETE", "/api/v1/agents/mine")]
        {
            let answer = world.send(verb, path, &json!({ "system_prompt": "No" }), &[(REASON, reason)]).await;
            answer.check_problem(400, "Everruns-Change-Reason");
            let answer = answer.json();
            assert_eq!(answer["code"], "invalid_change_reason");
            assert!(!answer.to_string().contains("abcdef"), "{answer}");
        }
    }
    assert_eq!(world.get(&format!("{AGENT}/revisions")).await.ok()["total"], 3);
    for fine in ["just%20looking", "", "%20"] {
        world.send("GET", AGENT, &json!({}), &[(REASON, fine)]).await.ok();
    }
    assert_eq!(world.get(&format!("{AGENT}/revisions")).await.ok()["total"], 3);
}
