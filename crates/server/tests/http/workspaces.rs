//! Workspaces: made, found, changed, archived, deleted; and the files that sessions start with.

use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::{OTHER_KEY, Setup, World};

async fn send(world: &World, verb: Method, path: &str, body: Value) -> Answer {
    Answer::to(world.request(verb, path).body(body.to_string())).await
}

async fn made(world: &World, body: Value) -> (String, Value) {
    let answer = world.post("/v1/workspaces", &body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    let workspace = answer.json();
    (format!("/v1/workspaces/{}", workspace["id"].as_str().expect("an id")), workspace)
}

async fn names(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("/v1/workspaces{query}")).await.ok();
    let data = list["data"].as_array().expect("a list");
    assert_eq!((&list["total"], &list["offset"]), (&json!(data.len()), &json!(0)));
    data.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

/// What is in the files below an address, as `path=content`.
async fn files(world: &World, root: &str) -> Vec<String> {
    let list = world.get(&format!("{root}/fs?recursive=true")).await.ok();
    let mut lines = Vec::new();
    for file in list["data"].as_array().expect("a list") {
        let path = file["path"].as_str().expect("a path");
        if file["is_directory"] == false {
            let whole = world.get(&format!("{root}/fs{path}")).await.ok();
            lines.push(format!("{path}={}", whole["content"].as_str().expect("a content")));
        }
    }
    lines
}

#[tokio::test]
async fn a_workspace_from_its_making_to_its_end() {
    let world = World::dev().await;
    let (path, one) = made(&world, json!({ "name": "Team Research", "description": "Q4" })).await;
    let shown = ["name", "description", "status", "archived_at", "deleted_at"].map(|member| one[member].clone());
    assert_eq!(shown, [json!("Team Research"), json!("Q4"), json!("active"), Value::Null, Value::Null]);
    assert_eq!(world.get(&path).await.ok(), one);
    world.post("/v1/workspaces", &json!({ "name": "Team Research" })).await.check_problem(409, "`name`");
    let (other, _) = made(&world, json!({ "name": "Other", "description": null })).await;
    assert_eq!(names(&world, "").await, ["Other", "Team Research"]);
    assert_eq!(names(&world, "?search=team+q4").await, ["Team Research"]);
    send(&world, Method::PATCH, &other, json!({ "name": "Team Research" })).await.check_problem(409, "`name`");

    let archived = send(&world, Method::PATCH, &path, json!({ "status": "archived", "name": null })).await.ok();
    assert_eq!((&archived["status"], &archived["name"]), (&json!("archived"), &json!("Team Research")));
    assert!(archived["archived_at"].is_string(), "{archived}");
    assert_eq!(names(&world, "").await, ["Other"]);
    assert_eq!(names(&world, "?include_archived=true").await, ["Other", "Team Research"]);
    send(&world, Method::POST, &format!("{path}/fs/a"), json!({ "content": "x" })).await.check_problem(409, "archived");
    let session = json!({ "workspace_id": one["id"] });
    world.post("/v1/sessions", &session).await.check_problem(404, "`workspace_id`");
    let active = send(&world, Method::PATCH, &path, json!({ "status": "active", "description": "Q5" })).await.ok();
    assert_eq!((&active["status"], &active["description"]), (&json!("active"), &json!("Q5")));
    assert_eq!(active["archived_at"], Value::Null);
    send(&world, Method::POST, &format!("{path}/fs/a"), json!({ "content": "x" })).await.ok();

    let talk = Talk::new(&world, session.clone()).await;
    let deleted = send(&world, Method::DELETE, &path, json!({})).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.as_str()), (204, ""));
    for answer in [
        world.get(&path).await,
        send(&world, Method::DELETE, &path, json!({})).await,
        send(&world, Method::PATCH, &path, json!({ "name": "back" })).await,
        world.get(&format!("{path}/fs")).await,
        world.get(&format!("{path}/fs/a")).await,
        send(&world, Method::POST, &format!("{path}/fs/b"), json!({ "content": "x" })).await,
        world.get(&format!("{}/fs/", talk.path)).await,
    ] {
        answer.check_problem(404, "workspace");
    }
    world.post("/v1/sessions", &session).await.check_problem(404, "`workspace_id`");
    talk.ask("Are you there without files?").await;
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::dev().await;
    let (path, _) = made(&world, json!({ "name": "kept" })).await;
    for (body, text) in [
        (json!({}), "`name` is required"),
        (json!({ "name": " " }), "`name`"),
        (json!({ "name": 7 }), "`name`"),
        (json!({ "name": "a\0" }), "`name`"),
        (json!({ "name": "x".repeat(501) }), "`name`"),
        (json!({ "name": "x", "description": "x".repeat(10_001) }), "`description`"),
    ] {
        world.post("/v1/workspaces", &body).await.check_problem(400, text);
    }
    for (body, text) in [
        (json!({ "status": "deleted" }), "`status`"),
        (json!({ "status": "Active" }), "`status`"),
        (json!({ "name": "" }), "`name`"),
        (json!({ "description": [] }), "`description`"),
    ] {
        send(&world, Method::PATCH, &path, body).await.check_problem(400, text);
    }
    for id in ["1", "wsp_1", "session_00000000000000000000000000000001", "%00"] {
        world.get(&format!("/v1/workspaces/{id}")).await.check_problem(400, "`id`");
        world.get(&format!("/v1/workspaces/{id}/fs/a")).await.check_problem(400, "`id`");
        world.get(&format!("/v1/sessions/{id}x/fs/a")).await.check_problem(400, "`id`");
    }
    let missing = "00000000000000000000000000000009";
    world.get(&format!("/v1/workspaces/wsp_{missing}/fs")).await.check_problem(404, "workspace");
    world.get(&format!("/v1/sessions/session_{missing}/fs")).await.check_problem(404, "session");
    world.get("/v1/workspaces?include_archived=yes").await.check_problem(400, "`include_archived`");
    assert_eq!(names(&world, "?include_archived=true").await, ["kept"]);
}

#[tokio::test]
async fn a_session_has_a_workspace_of_its_own() {
    let world = World::dev().await;
    let talk = Talk::new(&world, json!({})).await;
    let session = world.get(&talk.path).await.ok();
    let own = format!("/v1/workspaces/{}", session["workspace_id"].as_str().expect("an id"));
    assert_eq!(world.get(&own).await.ok()["name"], json!(talk.id));
    assert_eq!(names(&world, "").await, Vec::<String>::new(), "it is not listed");
    assert_eq!(files(&world, &talk.path).await, Vec::<String>::new());
    send(&world, Method::POST, &format!("{}/fs/a%20b", talk.path), json!({ "content": "by session" })).await.ok();
    assert_eq!(files(&world, &own).await, ["/a b=by session"]);
    let moved = json!({ "src_path": "/a b", "dst_path": "/c" });
    send(&world, Method::POST, &format!("{}/fs/_/move", talk.path), moved).await.ok();
    let grep = send(&world, Method::POST, &format!("{}/fs/_/grep", talk.path), json!({ "pattern": "by" })).await.ok();
    assert_eq!(grep["data"][0]["path"], "/c");
    assert_eq!(world.get(&format!("{}/fs/_/download/c", talk.path)).await.body, "by session");

    let shared = Talk::new(&world, json!({ "workspace_id": session["workspace_id"] })).await;
    assert_eq!(files(&world, &shared.path).await, ["/c=by session"]);
    send(&world, Method::DELETE, &talk.path, json!({})).await;
    assert_eq!(files(&world, &shared.path).await, ["/c=by session"], "another session uses it still");
    send(&world, Method::DELETE, &shared.path, json!({})).await;
    world.get(&own).await.check_problem(404, "workspace");
}

#[tokio::test]
async fn initial_files_are_laid_over_each_other() {
    let world = World::dev().await;
    let file = |path: &str, content: &str| json!({ "path": path, "content": content });
    let agent = json!({
        "name": "starter", "system_prompt": "",
        "initial_files": [file("/workspace/a.md", "agent"), file("docs/b.md", "agent"),
            { "path": "/c.bin", "content": "AAE=", "encoding": "base64", "is_readonly": true }, file("/d", "file")],
    });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let own = [file("a.md", "session"), file("/d/below", "session")];
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"], "initial_files": own })).await;
    let expected = ["/a.md=session", "/c.bin=AAE=", "/d/below=session", "/docs/b.md=agent"];
    assert_eq!(files(&world, &talk.path).await, expected);
    let fixed = world.get(&format!("{}/fs/c.bin", talk.path)).await.ok();
    assert_eq!((&fixed["is_readonly"], &fixed["encoding"]), (&json!(true), &json!("base64")));
    let other = Talk::new(&world, json!({ "agent_id": agent["id"] })).await;
    let plain = ["/a.md=agent", "/c.bin=AAE=", "/d=file", "/docs/b.md=agent"];
    assert_eq!(files(&world, &other.path).await, plain);
    send(&world, Method::PUT, &format!("{}/fs/a.md", other.path), json!({ "content": "mine" })).await.ok();
    assert_eq!(files(&world, &talk.path).await, expected, "each session has its own");

    let (path, shared) = made(&world, json!({ "name": "shared" })).await;
    let body = json!({ "agent_id": agent["id"], "workspace_id": shared["id"], "initial_files": [] });
    Talk::new(&world, body).await;
    assert_eq!(files(&world, &path).await, Vec::<String>::new(), "one that was there stays as it was");
    let body = json!({ "workspace_id": shared["id"], "initial_files": [file("a", "b")] });
    world.post("/v1/sessions", &body).await.check_problem(400, "`initial_files`");

    let bad = [
        (json!([file("", "x")]), "`initial_files[0].path`"),
        (json!([file("/a", "x"), file("../b", "x")]), "`initial_files[1].path` must not contain `..`"),
        (json!([file("/_/b", "x")]), "`initial_files[0].path`"),
        (json!([file("/a\0", "x")]), "`initial_files[0].path`"),
        (json!([file("/a", "x"), file("/a/b", "x")]), "`initial_files[1].path` cannot stand together with /a"),
        (json!([{ "path": "/a", "content": "!", "encoding": "base64" }]), "`initial_files[0].content`"),
        (json!([{ "path": "/a", "content": "x", "encoding": "rot13" }]), "`initial_files[0].encoding`"),
    ];
    for (files, text) in bad {
        world.post("/v1/sessions", &json!({ "initial_files": files })).await.check_problem(400, text);
        let agent = json!({ "name": "refused", "system_prompt": "", "initial_files": files });
        world.post("/v1/agents", &agent).await.check_problem(400, text);
    }
}

#[tokio::test]
async fn a_harness_brings_files_along() {
    let world = World::dev().await;
    let file = |path: &str, content: &str| json!({ "path": path, "content": content });
    let base = json!({ "name": "ground", "initial_files": [file("/a", "ground"), file("/b", "ground")] });
    let base = world.post("/v1/harnesses", &base).await.ok();
    let above = json!({ "name": "above", "parent_harness_id": base["id"], "initial_files": [file("/b", "above")] });
    let above = world.post("/v1/harnesses", &above).await.ok();
    let talk = Talk::new(&world, json!({ "harness_id": above["id"], "initial_files": [file("/c", "own")] })).await;
    assert_eq!(files(&world, &talk.path).await, ["/a=ground", "/b=above", "/c=own"]);
}

#[tokio::test]
async fn a_fork_has_the_files_of_its_base_and_goes_its_own_way() {
    let world = World::dev().await;
    let starters = json!([{ "path": "/fixed", "content": "kept", "is_readonly": true }]);
    let base = Talk::new(&world, json!({ "initial_files": starters })).await;
    let write = async |verb: Method, talk: &Talk<'_>, path: &str, content: &str| {
        send(&world, verb, &format!("{}/fs{path}", talk.path), json!({ "content": content })).await.ok();
    };
    write(Method::POST, &base, "/docs/a", "before").await;
    write(Method::POST, &base, "/b", "before").await;
    base.ask("Hello").await;
    let fork = world.post(&format!("{}/fork", base.path), &json!({})).await.ok();
    let fork = Talk::of(&world, fork["id"].as_str().expect("an id"));
    let before = ["/b=before", "/docs/a=before", "/fixed=kept"];
    assert_eq!(files(&world, &fork.path).await, before);
    assert_eq!(world.get(&format!("{}/fs/fixed", fork.path)).await.ok()["is_readonly"], true);

    write(Method::PUT, &base, "/b", "base").await;
    send(&world, Method::DELETE, &format!("{}/fs/docs?recursive=true", base.path), json!({})).await.ok();
    assert_eq!(files(&world, &fork.path).await, before, "what the base does stays there");
    write(Method::PUT, &fork, "/docs/a", "fork").await;
    write(Method::POST, &fork, "/new", "fork").await;
    assert_eq!(files(&world, &base.path).await, ["/b=base", "/fixed=kept"], "and what the fork does here");
    let deleted = send(&world, Method::DELETE, &base.path, json!({})).await;
    assert_eq!(deleted.status.as_u16(), 204);
    while world.store().sweep_blobs().await.expect("a sweep") > 0 {}
    assert_eq!(files(&world, &fork.path).await, ["/b=before", "/docs/a=fork", "/fixed=kept", "/new=fork"]);
}

#[tokio::test]
async fn a_full_workspace_takes_no_more_also_from_many_at_once() {
    let mut world = World::dev().await;
    let (path, one) = made(&world, json!({ "name": "full" })).await;
    let id = one["id"].as_str().expect("an id").to_owned();
    // As if so much was in it: room for three files of four bytes, or for three entries.
    for (column, limit) in [("bytes", 500 * 1024 * 1024 - 12), ("entries", 10_000 - 3)] {
        world.stop().await;
        world
            .execute(&format!("DELETE FROM file; UPDATE workspace SET bytes = 0, entries = 0 WHERE id = '{id}'"))
            .await;
        world.execute(&format!("UPDATE workspace SET {column} = {limit} WHERE id = '{id}'")).await;
        world.start().await;
        let paths: Vec<String> = (0..8).map(|number| format!("{path}/fs/{column}{number}")).collect();
        let body = json!({ "content": "four" });
        let answers = futures::future::join_all(paths.iter().map(|path| world.post(path, &body))).await;
        let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
        assert_eq!(taken.len(), 3, "{column}");
        refused.into_iter().for_each(|answer| answer.check_problem(413, column));
        // What is there can be changed and deleted, which makes room.
        let kept = files(&world, &path).await;
        assert_eq!(kept.len(), 3, "{kept:?}");
        let first = format!("{path}/fs{}", kept[0].split_once('=').expect("a file").0);
        send(&world, Method::PUT, &first, json!({ "content": "for" })).await.ok();
        send(&world, Method::DELETE, &first, json!({})).await.ok();
        world.post(&first, &body).await.ok();
        world.post(&format!("{path}/fs/more"), &body).await.check_problem(413, column);
    }
}

#[tokio::test]
async fn a_foreign_workspace_cannot_be_shared() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let (_, mine) = made(&world, json!({ "name": "mine" })).await;
    let own = Talk::new(&world, json!({})).await;
    let own = world.get(&own.path).await.ok()["workspace_id"].clone();
    for id in [&mine["id"], &own] {
        let request = world.anonymous(Method::POST, "/v1/sessions").header("authorization", OTHER_KEY);
        let answer = Answer::to(request.body(json!({ "workspace_id": id }).to_string())).await;
        answer.check_problem(404, "`workspace_id`");
    }
}
