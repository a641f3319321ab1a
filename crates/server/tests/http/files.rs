//! Files of a workspace: made, read, changed, moved, copied, deleted, and where the limits are.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::wire::Answer;
use crate::world::World;

/// A server and a workspace on it.
pub(crate) struct Desk {
    pub(crate) world: World,
    /// `/v1/workspaces/wsp_…/fs`
    pub(crate) root: String,
    pub(crate) id: String,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let world = World::dev().await;
        let made = world.post("/v1/workspaces", &json!({ "name": "desk" })).await.ok();
        let id = made["id"].as_str().expect("an id").to_owned();
        Self { root: format!("/v1/workspaces/{id}/fs"), world, id }
    }

    /// `VERB path`, below the root.
    pub(crate) async fn send(&self, line: &str, body: Value) -> Answer {
        let (verb, path) = line.split_once(' ').expect("a verb and a path");
        let request = self.world.request(verb.parse().expect("a verb"), &format!("{}{path}", self.root));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Answer::to(request.header(CONTENT_TYPE, "application/json").body(body)).await
    }

    async fn write(&self, path: &str, content: &str) -> Value {
        let answer = self.send(&format!("POST {path}"), json!({ "content": content })).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        answer.json()
    }

    /// That it is refused like this.
    async fn check(&self, line: &str, body: Value, status: u16, text: &str) {
        self.send(line, body).await.check_problem(status, text);
    }

    /// The paths of a list.
    pub(crate) async fn paths(&self, path: &str) -> Vec<String> {
        let list = self.send(&format!("GET {path}"), Value::Null).await.ok();
        let data = list["data"].as_array().unwrap_or_else(|| panic!("{list} is no list"));
        assert_eq!(list["total"], data.len(), "{path}");
        data.iter().map(|file| file["path"].as_str().expect("a path").to_owned()).collect()
    }
}

/// That it has the members of a file which clients look for.
#[track_caller]
fn check_file(file: &Value, workspace: &str, path: &str, size: i64) {
    let digits = workspace.strip_prefix("wsp_").expect("a workspace's id");
    let plain = |value: &Value| value.as_str().expect("a text").replace('-', "");
    assert_eq!(plain(&file["session_id"]), digits);
    assert_eq!((plain(&file["id"]).len(), file["id"].as_str().map(str::len)), (32, Some(36)));
    assert_eq!((&file["path"], &file["size_bytes"]), (&json!(path), &json!(size)), "{file}");
    assert_eq!(file["name"].as_str(), path.rsplit('/').next());
    for flag in ["is_directory", "is_readonly"] {
        assert!(file[flag].is_boolean(), "{file}");
    }
    for time in ["created_at", "updated_at"] {
        assert!(file[time].as_str().is_some_and(|time| time.ends_with('Z')), "{file}");
    }
}

#[tokio::test]
async fn a_file_from_its_making_to_its_end() {
    let desk = Desk::new().await;
    assert!(desk.paths("").await.is_empty());
    let made = desk.write("/docs/a/notes.md", "hällo").await;
    check_file(&made, &desk.id, "/docs/a/notes.md", 6);
    assert_eq!((&made["content"], &made["encoding"]), (&json!("hällo"), &json!("text")));
    assert_eq!(desk.paths("").await, ["/docs"]);
    assert_eq!(desk.paths("?recursive=true").await, ["/docs", "/docs/a", "/docs/a/notes.md"]);
    assert_eq!(desk.paths("/docs/a/").await, ["/docs/a/notes.md"]);
    assert_eq!(desk.paths("/docs?recursive=true").await, ["/docs/a", "/docs/a/notes.md"]);
    assert_eq!(desk.send("GET /docs/a/notes.md", Value::Null).await.ok(), made);
    let directory = desk.send("POST /_/stat", json!({ "path": "docs/a" })).await.ok();
    assert_eq!((&directory["is_directory"], &directory["size_bytes"]), (&json!(true), &json!(0)));
    assert!(directory.get("id").is_none() && directory.get("session_id").is_none(), "{directory}");
    let root = desk.send("POST /_/stat", json!({ "path": "/" })).await.ok();
    assert_eq!((&root["path"], &root["is_directory"]), (&json!("/"), &json!(true)));

    let changed = desk.send("PUT /docs/a/notes.md", json!({ "content": "AAEC", "encoding": "base64" })).await.ok();
    check_file(&changed, &desk.id, "/docs/a/notes.md", 3);
    assert_eq!((&changed["content"], &changed["encoding"]), (&json!("AAEC"), &json!("base64")));
    assert_eq!((&changed["id"], &changed["created_at"]), (&made["id"], &made["created_at"]));
    assert!(changed["updated_at"].as_str() > made["updated_at"].as_str());
    let answer = desk.send("DELETE /docs/a/notes.md", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "deleted": true })));
    assert_eq!(desk.send("DELETE /docs/a/notes.md", json!({})).await.ok(), json!({ "deleted": false }));
    desk.check("GET /docs/a/notes.md", Value::Null, 404, "/docs/a/notes.md").await;
    assert_eq!(desk.paths("?recursive=true").await, ["/docs", "/docs/a"]);
}

#[tokio::test]
async fn directories_and_files_do_not_mix() {
    let desk = Desk::new().await;
    let made = desk.send("POST /d", json!({ "is_directory": true })).await;
    assert_eq!(made.status.as_u16(), 201);
    check_file(&made.json(), &desk.id, "/d", 0);
    assert_eq!((&made.json()["content"], &made.json()["is_directory"]), (&Value::Null, &json!(true)));
    desk.write("/d/f", "x").await;
    let file = json!({ "content": "y" });
    desk.check("POST /d/f", file.clone(), 409, "exists already").await;
    desk.check("POST /d", json!({ "is_directory": true }), 409, "exists already").await;
    desk.check("POST /d", file.clone(), 409, "exists already").await;
    desk.check("POST /", file.clone(), 409, "exists already").await;
    desk.check("POST /d/f/below", file.clone(), 409, "/d/f is a file").await;
    desk.check("PUT /d", file.clone(), 409, "/d is a directory").await;
    desk.check("PUT /", file.clone(), 409, "is a directory").await;
    desk.check("PUT /none", file, 404, "/none").await;
    desk.check("GET /d/f/below", Value::Null, 404, "/d/f/below").await;
    desk.check("DELETE /d", Value::Null, 409, "recursive=true").await;
    desk.check("DELETE /", Value::Null, 400, "`path`").await;
    desk.check("DELETE /?recursive=true", Value::Null, 400, "`path`").await;
    desk.check("DELETE /d?recursive=1", Value::Null, 400, "`recursive`").await;
    desk.check("GET /_/download/d", Value::Null, 409, "/d is a directory").await;
    assert_eq!(desk.send("DELETE /d?recursive=true", Value::Null).await.ok(), json!({ "deleted": true }));
    assert!(desk.paths("?recursive=true").await.is_empty());
}

#[tokio::test]
async fn moving_and_copying() {
    let desk = Desk::new().await;
    desk.write("/a/one.md", "1").await;
    desk.write("/a/b/two.md", "22").await;
    let way = |from: &str, to: &str| json!({ "src_path": from, "dst_path": to });
    let moved = desk.send("POST /_/move", way("a/b", "/x/y")).await;
    assert_eq!(moved.status.as_u16(), 200);
    check_file(&moved.json(), &desk.id, "/x/y", 0);
    assert_eq!(desk.paths("?recursive=true").await, ["/a", "/a/one.md", "/x", "/x/y", "/x/y/two.md"]);
    let copied = desk.send("POST /_/copy", way("/a/one.md", "x/one copy+%20.md")).await;
    assert_eq!(copied.status.as_u16(), 201);
    check_file(&copied.json(), &desk.id, "/x/one copy+%20.md", 1);
    assert_eq!(copied.json()["content"], "1");
    let whole = desk.send("POST /_/copy", way("/x", "/z")).await.ok();
    desk.send("POST /_/copy", way("/z", "/q")).await.ok();
    assert_eq!(desk.paths("/q?recursive=true").await, ["/q/one copy+%20.md", "/q/y", "/q/y/two.md"]);
    let root = desk.send("GET ?recursive=true", Value::Null).await.ok();
    let ids: std::collections::HashSet<&str> =
        root["data"].as_array().expect("a list").iter().filter_map(|file| file["id"].as_str()).collect();
    assert_eq!(ids.len(), root["data"].as_array().map_or(0, Vec::len), "each entry has an id of its own");
    let listed = root["data"].as_array().expect("a list").iter().find(|file| file["path"] == "/z");
    assert_eq!(listed.map(|file| &file["id"]), Some(&whole["id"]), "the id that was answered is the one that is kept");

    for verb in ["move", "copy"] {
        let line = format!("POST /_/{verb}");
        desk.check(&line, way("/none", "/new"), 404, "/none").await;
        desk.check(&line, way("/a/one.md", "/x"), 409, "/x exists").await;
        desk.check(&line, way("/a/one.md", "/a/one.md"), 409, "exists").await;
        desk.check(&line, way("/a/one.md", "/"), 409, "exists").await;
        desk.check(&line, way("/a", "/a/in"), 409, "into itself").await;
        desk.check(&line, way("/a/one.md", "/a/one.md/in"), 409, "is a file").await;
        desk.check(&line, way("/", "/root"), 400, "`src_path`").await;
        desk.check(&line, way("/a/../b", "/new"), 400, "`src_path`").await;
        desk.check(&line, way("/a", "../new"), 400, "`dst_path`").await;
        desk.check(&line, way("/a", "/_/new"), 400, "`dst_path`").await;
        desk.check(&line, way("/a", &"d/".repeat(32)), 400, "`dst_path`").await;
        desk.check(&line, json!({ "src_path": "/a" }), 400, "`dst_path` is required").await;
        desk.check(&line, json!({ "src_path": 7, "dst_path": "/b" }), 400, "`src_path`").await;
    }
    assert!(!desk.paths("").await.contains(&"/new".to_owned()), "what was refused left nothing");
}

#[tokio::test]
async fn what_is_read_only_stays() {
    let desk = Desk::new().await;
    let fixed = json!({ "content": "fixed", "is_readonly": true });
    let made = desk.send("POST /d/fixed.md", fixed).await.ok();
    assert_eq!(made["is_readonly"], true);
    desk.check("PUT /d/fixed.md", json!({ "content": "x" }), 403, "/d/fixed.md is read-only").await;
    desk.check("PUT /d/fixed.md", json!({ "content": "x", "is_readonly": true }), 403, "read-only").await;
    desk.check("DELETE /d/fixed.md", Value::Null, 403, "read-only").await;
    desk.check("DELETE /d?recursive=true", Value::Null, 403, "/d/fixed.md is read-only").await;
    desk.check("POST /_/move", json!({ "src_path": "/d", "dst_path": "/e" }), 403, "/d/fixed.md is read-only").await;
    let copy = desk.send("POST /_/copy", json!({ "src_path": "/d/fixed.md", "dst_path": "/mine.md" })).await.ok();
    assert_eq!(copy["is_readonly"], false);
    desk.send("PUT /mine.md", json!({ "content": "changed" })).await.ok();
    assert_eq!(desk.send("GET /d/fixed.md", Value::Null).await.ok(), made);
    let freed = desk.send("PUT /d/fixed.md", json!({ "is_readonly": false })).await.ok();
    assert_eq!((&freed["is_readonly"], &freed["content"]), (&json!(false), &json!("fixed")));
    desk.send("DELETE /d?recursive=true", Value::Null).await.ok();
}

#[tokio::test]
async fn searching_in_files() {
    let desk = Desk::new().await;
    desk.write("/docs/one.md", "alpha\nBeta gamma\nalpha again\n").await;
    desk.write("/two.txt", "no\r\nalphabet\r\n").await;
    desk.send("POST /binary", json!({ "content": "AGFscGhh", "encoding": "base64" })).await.ok();
    desk.write("/large.md", &format!("{}alpha", "x\n".repeat(300 * 1024))).await;
    let grep = async |body: Value| desk.send("POST /_/grep", body).await.ok();
    let line = |path: &str, number: u32, line: &str| json!({ "path": path, "line_number": number, "line": line });
    let one = json!({ "path": "/docs/one.md", "matches": [
        line("/docs/one.md", 1, "alpha"), line("/docs/one.md", 3, "alpha again")] });
    let two = json!({ "path": "/two.txt", "matches": [line("/two.txt", 2, "alphabet")] });
    assert_eq!(grep(json!({ "pattern": "alpha" })).await, json!({ "data": [one, two], "truncated": true }));
    let check = async |body: Value, paths: &[&str]| {
        let found = grep(body.clone()).await;
        let data = found["data"].as_array().expect("a list");
        let found: Vec<&str> = data.iter().filter_map(|file| file["path"].as_str()).collect();
        assert_eq!(found, paths, "{body}");
    };
    check(json!({ "pattern": "^alpha$", "path_pattern": "*.md" }), &["/docs/one.md"]).await;
    check(json!({ "pattern": "(?i)beta", "path_pattern": "docs/**" }), &["/docs/one.md"]).await;
    check(json!({ "pattern": "alpha", "path_pattern": "/*.txt" }), &["/two.txt"]).await;
    check(json!({ "pattern": "alpha", "path_pattern": "*/nothing" }), &[]).await;
    check(json!({ "pattern": "nowhere" }), &[]).await;

    desk.check("POST /_/grep", json!({}), 400, "`pattern` is required").await;
    desk.check("POST /_/grep", json!({ "pattern": "(" }), 400, "`pattern` is no regular expression").await;
    desk.check("POST /_/grep", json!({ "pattern": "(a)\\1" }), 400, "`pattern`").await;
    desk.check("POST /_/grep", json!({ "pattern": "\\w{1000}{100}" }), 400, "`pattern`").await;
    desk.check("POST /_/grep", json!({ "pattern": "a".repeat(1_001) }), 400, "`pattern`").await;
    desk.check("POST /_/grep", json!({ "pattern": "a", "path_pattern": "[" }), 400, "`path_pattern`").await;
    // What takes other engines for ever.
    desk.write("/slow", &"a".repeat(100 * 1024)).await;
    check(json!({ "pattern": "^(a|aa)+$|^(a*)*b", "path_pattern": "slow" }), &["/slow"]).await;
    let many = "hit\n".repeat(2_000);
    desk.write("/many", &many).await;
    let found = grep(json!({ "pattern": "hit" })).await;
    assert_eq!(found["data"][0]["matches"].as_array().map(Vec::len), Some(1_000));
}

#[tokio::test]
async fn bytes_to_save_and_pages_to_look_at() {
    let desk = Desk::new().await;
    let large = "0123456789abcdef".repeat(200 * 1024);
    desk.write("/sub/large \"ä\".txt", &large).await;
    let answer = desk.send("GET /_/download/sub/large%20%22%C3%A4%22.txt", Value::Null).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert!(answer.body == large, "the bytes are others");
    assert_eq!(answer.header("content-length"), Some(large.len().to_string().as_str()));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let disposition = answer.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename*=UTF-8''large%20%22%C3%A4%22%2Etxt"));
    let tag = answer.header("etag").expect("a tag").to_owned();
    let again = desk.world.request(Method::GET, &format!("{}/_/download/sub/large%20%22%C3%A4%22.txt", desk.root));
    let again = Answer::to(again.header("if-none-match", format!("\"other\", {tag}"))).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));

    desk.write("/page.HTML", "<script>alert(1)</script>").await;
    let page = desk.send("GET /_/preview/page.HTML", Value::Null).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "<script>alert(1)</script>"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("sandbox; default-src 'none';") && !policy.contains("allow-"), "{policy}");
    desk.check("GET /_/preview/sub/large%20%22%C3%A4%22.txt", Value::Null, 415, "HTML").await;
    desk.check("GET /_/preview/none.html", Value::Null, 404, "/none.html").await;
    desk.check("GET /_/download/none", Value::Null, 404, "/none").await;
}

#[tokio::test]
async fn bad_contents() {
    let desk = Desk::new().await;
    desk.write("/f", "kept").await;
    for line in ["POST /new", "PUT /f"] {
        desk.check(line, json!({ "content": 7 }), 400, "`content`").await;
        desk.check(line, json!({ "content": "x", "encoding": "hex" }), 400, "`encoding`").await;
        desk.check(line, json!({ "encoding": "hex" }), 400, "`encoding`").await;
        desk.check(line, json!({ "content": "!!", "encoding": "base64" }), 400, "`content`").await;
        desk.check(line, json!({ "content": "x", "is_readonly": "yes" }), 400, "`is_readonly`").await;
        desk.check(line, json!({ "content": "x".repeat(10 * 1024 * 1024) }), 413, "`body`").await;
    }
    desk.check("POST /new", json!({ "is_directory": 1 }), 400, "`is_directory`").await;
    let nul = desk.send("POST /nul", json!({ "content": "a\0b" })).await.ok();
    assert_eq!((&nul["encoding"], &nul["content"]), (&json!("base64"), &json!("YQBi")));
    let empty = desk.send("POST /empty", Value::Null).await.ok();
    assert_eq!((&empty["content"], &empty["size_bytes"]), (&json!(""), &json!(0)));
    assert_eq!(desk.paths("").await, ["/empty", "/f", "/nul"]);
    assert_eq!(desk.send("GET /f", Value::Null).await.ok()["content"], "kept");
}

#[tokio::test]
async fn many_at_once_make_each_their_own() {
    let desk = Desk::new().await;
    let writing = (0..24).map(|number| {
        let (line, body) = (format!("POST /d/{}", number % 12), json!({ "content": format!("{number}") }));
        let desk = &desk;
        async move { desk.send(&line, body).await.status.as_u16() }
    });
    let mut statuses = futures::future::join_all(writing).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201; 12], vec![409; 12]].concat());
    assert_eq!(desk.paths("/d").await.len(), 12);
}
