//! The wall between organizations: whatever one makes does not exist for the other, on every route there is.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::images;
use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::{KEY, OTHER_KEY, OTHER_ORG, Setup, World};

/// Every operation of the API, from its own description, so that a new one is found here too.
async fn operations(world: &World) -> Vec<(Method, String)> {
    let document = world.get("/openapi.json").await.ok();
    let paths = document["paths"].as_object().expect("paths").clone();
    let verbs = ["get", "put", "post", "delete", "patch"];
    let operations = paths.iter().flat_map(|(path, item)| {
        let verbs = verbs.iter().filter(|verb| item.get(verb).is_some());
        verbs.map(|verb| (verb.to_uppercase().parse().expect("a method"), path.clone()))
    });
    let mut operations: Vec<(Method, String)> = operations.collect();
    // The same files stand below their session, which the description leaves out.
    let files = operations.iter().filter(|(_, path)| path.starts_with("/v1/workspaces/{workspace_id}/fs"));
    let files =
        files.map(|(verb, path)| (verb.clone(), path.replace("workspaces/{workspace_id}", "sessions/{session_id}")));
    let files: Vec<(Method, String)> = files.collect();
    assert!(files.len() >= 11, "{files:?}");
    operations.extend(files);
    assert!(operations.len() >= 13, "{operations:?}");
    operations
}

/// Reads of what every caller and organization has from the start; each sees its own of what is added to that.
fn is_of_everybody(verb: &Method, path: &str) -> bool {
    let lists = ["/v1/models", "/v1/providers", "/v1/harnesses", "/v1/harness-examples", "/v1/agent-examples"];
    let own = ["/v1/keys", "/v1/orgs", "/v1/users/me", "/v1/turns", "/v1/turns/stats"];
    let read = path.starts_with("/v1/capabilities") || lists.contains(&path) || own.contains(&path);
    let asked = ["/check-name", "/config", "/preview", "/analyze"].iter().any(|end| path.ends_with(end));
    *verb == Method::GET && read || asked || path.starts_with("/v1/users/me/")
}

/// A body that every route can read.
fn body() -> Value {
    json!({
        "name": "intruder",
        "system_prompt": "",
        "message": { "content": [{ "type": "text", "text": "Let me in" }] },
        "tool_results": [{ "tool_call_id": "call_1" }],
        "path": "page.html",
        "src_path": "page.html",
        "dst_path": "copy.html",
        "pattern": "Mine",
        "provider_type": "llmsim",
        "model_id": "llmsim/echo",
        "display_name": "Intruder",
        "secrets": { "key": "theirs" },
    })
}

/// A request with a body, as that organization.
async fn call(world: &World, key: Option<&str>, org: Option<&str>, verb: &Method, path: &str) -> Answer {
    let mut request = world.anonymous(verb.clone(), path).header(CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(AUTHORIZATION, key);
    }
    if let Some(org) = org {
        request = request.header("x-org-id", org);
    }
    if *verb == Method::POST && path.ends_with("/v1/images") {
        return Answer::to(images::form(request, &images::gif(1, 1))).await;
    }
    Answer::to(request.body(body().to_string())).await
}

/// The first organization, and an owner of it.
const OWN_ORG: &str = "org_00000000000000000000000000000001";
const OWNER: &str = "principal_00000000000000000000000000000001";

/// What the first organization has, by the name of the place in a path.
struct Belongings {
    agent: Value,
    version: Value,
    harness: Value,
    session: String,
    key: Value,
    workspace: String,
    image: String,
    provider: String,
    model: String,
}

impl Belongings {
    async fn of(world: &World) -> Self {
        let agent = json!({
            "name": "mine",
            "system_prompt": "",
            "default_model_id": "llmsim/echo",
            "capabilities": [{ "ref": "current_time" }],
        });
        let agent = world.post("/v1/agents", &agent).await.ok();
        let version = world.post("/v1/agents/mine/versions", &Value::Null).await.ok();
        let talk = Talk::new(world, json!({ "agent_id": agent["id"], "title": "Mine" })).await;
        talk.ask("Hello").await;
        let secrets = json!({ "secrets": { "key": "mine" } });
        world.sent(&format!("PUT {}/storage/secrets", talk.path), secrets).await.ok();
        let provider = world.post("/v1/providers", &json!({ "name": "mine", "provider_type": "llmsim" })).await.ok();
        let provider = provider["id"].as_str().expect("an id").to_owned();
        let model = json!({ "model_id": "echo", "display_name": "Mine" });
        let model = world.post(&format!("/v1/providers/{provider}/models"), &model).await.ok();
        let model = model["id"].as_str().expect("an id").to_owned();
        let breaker = format!("/v1/durable/circuit-breakers/{provider}:echo/open");
        world.post(&breaker, &Value::Null).await.ok();
        let key = world.post("/v1/keys", &json!({ "name": "mine" })).await.ok();
        let harness = world.post("/v1/harnesses", &json!({ "name": "ground" })).await.ok();
        let workspace = world.post("/v1/workspaces", &json!({ "name": "mine" })).await.ok();
        let workspace = workspace["id"].as_str().expect("an id").to_owned();
        for root in [format!("/v1/workspaces/{workspace}"), talk.path.clone()] {
            let page = json!({ "content": "<h1>Mine</h1>" });
            world.post(&format!("{root}/fs/page.html"), &page).await.ok();
        }
        let image = world.request(Method::POST, "/v1/images");
        let image = Answer::to(images::form(image, &images::gif(1, 1))).await.ok();
        let image = image["id"].as_str().expect("an id").to_owned();
        Self { session: talk.id.clone(), agent, version, harness, key, workspace, image, provider, model }
    }

    fn fill(&self, path: &str) -> String {
        let path = path.replace("/harnesses/import", "/harnesses/import?from-example=brief");
        let agent = self.agent["id"].as_str().expect("an id");
        let filled = path.replace("{agent_id}", agent).replace("{session_id}", &self.session);
        let filled = filled.replace("{capability_id}", "current_time");
        let filled = filled.replace("{harness_id}", self.harness["id"].as_str().expect("an id"));
        let filled = if filled.ends_with("/check-name") { format!("{filled}?name=mine") } else { filled };
        // What is asked at two times must be the same time.
        let filled = filled.replace("/turns/stats", "/turns/stats?to_ts=2027-01-01T00:00:00Z");
        let filled = filled.replace("{workspace_id}", &self.workspace).replace("{path}", "page.html");
        let filled = ["{version}", "{from}", "{to}"].iter().fold(filled, |path, place| path.replace(place, "1"));
        let version = self.version["id"].as_str().expect("an id");
        let places = ["{version_id}", "{from_version_id}", "{to_version_id}"];
        let filled = places.iter().fold(filled, |path, place| path.replace(place, version));
        let filled = filled.replace("{key_id}", self.key["id"].as_str().expect("an id"));
        let filled = filled.replace("{image_id}", &self.image).replace("{key}", &format!("{}:echo", self.provider));
        let filled = filled.replace("{org_id}", OWN_ORG).replace("{principal_id}", OWNER);
        let filled = filled.replace("{provider_id}", &self.provider).replace("{model_id}", &self.model);
        assert!(!filled.contains('{'), "{path}: a new kind of thing; make one and fill its id in here");
        filled
    }

    /// That an answer to somebody else tells nothing of it.
    #[track_caller]
    fn check_absent(&self, answer: &Answer) {
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.body);
        let ids = [&self.agent["id"], &self.harness["id"], &self.key["id"]].map(|id| id.as_str().expect("an id"));
        let more = [self.session.as_str(), &self.workspace, &self.image, &self.provider, &self.model, OWN_ORG];
        for id in ids.into_iter().chain(more) {
            assert!(!answer.body.contains(id), "{}", answer.body);
        }
    }

    /// Everything that can be read of it.
    async fn read(&self, world: &World, operations: &[(Method, String)]) -> Vec<Value> {
        let mut bodies = Vec::new();
        for (_, path) in operations.iter().filter(|(verb, path)| *verb == Method::GET && !path.ends_with("/sse")) {
            // An export is no JSON but lines of it.
            let answer = world.get(&self.fill(path)).await;
            assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
            bodies.push(Value::String(answer.body));
        }
        bodies
    }
}

#[tokio::test]
async fn nothing_of_one_exists_for_the_other() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let (operations, mine) = (operations(&world).await, Belongings::of(&world).await);
    let before = mine.read(&world, &operations).await;
    for (verb, path) in &operations {
        let filled = mine.fill(path);
        for prefix in ["", "/api"] {
            let answer = call(&world, Some(OTHER_KEY), None, verb, &format!("{prefix}{filled}")).await;
            if is_of_everybody(verb, path) {
                mine.check_absent(&answer);
            } else if *verb == Method::PUT && *path == "/v1/agents/{agent_id}" {
                // The same id is another agent there.
                assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
                let deleted = call(&world, Some(OTHER_KEY), None, &Method::DELETE, &filled).await;
                assert_eq!(deleted.status.as_u16(), 204, "{filled}");
            } else if path.contains('{') {
                answer.check_problem(404, "There is no such");
            } else if path == "/v1/sessions/stats" {
                assert_eq!(answer.ok()["total"], 0, "{path}");
            } else if *verb == Method::GET && path == "/v1/images" {
                assert_eq!(answer.ok(), json!([]), "{path}");
            } else if *verb == Method::GET {
                let empty = json!([]);
                assert_eq!(answer.ok()["data"], empty, "{path}");
                assert_eq!(answer.ok()["total"], 0, "{path}");
            }
            if path == "/v1/orgs" && *verb == Method::POST {
                // Their key is for one organization alone.
                answer.check_problem(403, "one organization");
                continue;
            }
            if path == "/v1/keys/rotate-master" {
                // It is about the secrets of all, so it is nobody's over HTTP.
                answer.check_problem(403, "operator's socket");
                continue;
            }
            // What they made for themselves must not be in the way of the next list.
            if !path.contains('{') && *verb == Method::POST && !is_of_everybody(verb, path) {
                let id = answer.ok()["id"].as_str().expect("an id").to_owned();
                let own = format!("{}/{id}", path.trim_end_matches("/import"));
                let deleted = call(&world, Some(OTHER_KEY), None, &Method::DELETE, &own).await;
                assert_eq!(deleted.status.as_u16(), 204, "{own}");
                call(&world, Some(KEY), None, &Method::DELETE, &own).await.check_problem(404, "There is no such");
            }
        }
    }
    assert_eq!(mine.read(&world, &operations).await, before, "and nothing of it was changed");
}

#[tokio::test]
async fn foreign_ids_in_bodies_and_queries_lead_nowhere() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let mine = Belongings::of(&world).await;
    let (id, name) = (&mine.agent["id"], &mine.agent["name"]);
    let theirs = async |verb: Method, path: String, body: Value| {
        Answer::to(world.anonymous(verb, &path).header(AUTHORIZATION, OTHER_KEY).body(body.to_string())).await
    };
    let sessions = || "/v1/sessions".to_owned();
    theirs(Method::POST, sessions(), json!({ "agent_id": id })).await.check_problem(404, "agent");
    theirs(Method::POST, sessions(), json!({ "agent_name": name })).await.check_problem(404, "agent");
    let own = theirs(Method::POST, sessions(), json!({})).await.ok();
    let messages = format!("/v1/sessions/{}/messages", own["id"].as_str().expect("an id"));
    let part = json!({ "type": "image_file", "image_id": mine.image });
    let message = json!({ "message": { "content": [part] } });
    theirs(Method::POST, messages, message).await.check_problem(400, "message.content[0].image_id");
    let upload = format!("/v1/images?session_id={}", mine.session);
    theirs(Method::POST, upload, json!({})).await.check_problem(404, "session");
    let model = || json!({ "model_id": mine.model });
    theirs(Method::POST, sessions(), model()).await.check_problem(404, "`model_id`");
    theirs(Method::POST, sessions(), json!({ "model_id": "mine/echo" })).await.check_problem(404, "`model_id`");
    let of_agent = format!("/v1/sessions?agent_id={}", id.as_str().expect("an id"));
    assert_eq!(theirs(Method::GET, of_agent, json!({})).await.ok()["total"], 0);
    let found = theirs(Method::GET, "/v1/agents?search=mine&include_archived=true".to_owned(), json!({})).await;
    assert_eq!(found.ok()["total"], 0);

    let used = theirs(Method::GET, "/v1/capabilities/current_time".to_owned(), json!({})).await.ok();
    // Two of the built-in harnesses name it.
    assert_eq!((used["agent_count"].as_i64(), used["harness_count"].as_i64()), (Some(0), Some(2)));

    // The same name, even the same id, is another agent there.
    let same = json!({ "id": id, "name": name, "system_prompt": "Theirs" });
    let answer = theirs(Method::POST, "/v1/agents".to_owned(), same).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    let path = format!("/v1/agents/{}", id.as_str().expect("an id"));
    assert_eq!(world.get(&path).await.ok(), world.get("/v1/agents").await.ok()["data"][0]);
    assert_eq!(world.get(&path).await.ok()["system_prompt"], "");
}

#[tokio::test]
async fn without_a_key_or_for_a_foreign_organization_no_route_answers() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let (operations, mine) = (operations(&world).await, Belongings::of(&world).await);
    let (own, foreign) = ("org_00000000000000000000000000000001", OTHER_ORG.to_string());
    for (verb, path) in &operations {
        let path = mine.fill(path);
        call(&world, None, None, verb, &path).await.check_problem(401, "Authorization");
        call(&world, Some("evr_pat_wrong"), None, verb, &path).await.check_problem(401, "Authorization");
        call(&world, None, Some(own), verb, &path).await.check_problem(401, "Authorization");
        for org in [foreign.as_str(), "org_00000000000000000000000000000009", "", "1"] {
            call(&world, Some(KEY), Some(org), verb, &path).await.check_problem(403, "X-Org-Id");
        }
    }
    call(&world, Some(KEY), Some(own), &Method::GET, "/v1/agents").await.ok();
    call(&world, Some(OTHER_KEY), Some(&foreign), &Method::GET, "/v1/agents").await.ok();
}

#[tokio::test]
async fn what_is_made_says_whose_it_is() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let check = async |key: &str, org: &str| {
        let session = call(&world, Some(key), None, &Method::POST, "/v1/sessions").await.ok();
        assert_eq!(session["organization_id"], org);
    };
    check(KEY, "org_00000000000000000000000000000001").await;
    check(OTHER_KEY, &OTHER_ORG.to_string()).await;
}
