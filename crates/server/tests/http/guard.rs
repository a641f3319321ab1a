//! The door: who may knock in dev mode, which paths lead in, and what odd requests get.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::{KEY, OTHER_KEY, Setup, World};

const VERBS: [Method; 6] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

#[tokio::test]
async fn dev_mode_is_for_this_machine_alone() {
    let world = World::dev().await;
    let port = world.url().rsplit(':').next().expect("a port").to_owned();
    let check = async |headers: &[(&str, &str)], allowed: bool| {
        for path in ["/v1/agents", "/api/v1/agents", "/health", "/openapi.json", "/nowhere"] {
            for verb in VERBS {
                let mut request = world.request(verb.clone(), path);
                for (name, value) in headers {
                    request = request.header(*name, value.replace("PORT", &port));
                }
                let answer = Answer::to(request).await;
                if allowed {
                    assert_ne!(answer.status, StatusCode::FORBIDDEN, "{verb} {path} {headers:?}");
                } else {
                    answer.check_problem(403, "Dev mode");
                }
            }
        }
    };
    let (host, origin) = (HOST.as_str(), ORIGIN.as_str());
    check(&[], true).await;
    check(&[(host, "localhost:PORT")], true).await;
    check(&[(host, "[::1]:PORT")], true).await;
    check(&[(host, "evil.example:PORT")], false).await;
    check(&[(host, "localhost.evil.example")], false).await;
    check(&[(host, "localhost:PORT"), (origin, "http://localhost:PORT")], true).await;
    check(&[(host, "localhost:PORT"), (origin, "http://localhost:1")], false).await;
    check(&[(origin, "https://evil.example")], false).await;
    check(&[(origin, "null")], false).await;
    check(&[("sec-fetch-site", "cross-site")], false).await;
    check(&[("sec-fetch-site", "same-origin")], true).await;

    let agents = world.get("/v1/agents").await.ok();
    assert_eq!(agents["total"], 0, "no refused request did anything");
}

#[tokio::test]
async fn elsewhere_any_host_will_do() {
    let world = World::with(Setup { local_only: false, keys: true, ..Setup::default() }).await;
    let request = world.request(Method::GET, "/v1/agents").header(HOST, "agents.example");
    Answer::to(request.header(ORIGIN, "https://elsewhere.example")).await.ok();
}

#[tokio::test]
async fn the_same_routes_stand_at_both_prefixes() {
    let world = World::dev().await;
    let agent = world.post("/api/v1/agents", &json!({ "name": "one", "system_prompt": "" })).await;
    assert_eq!(agent.status, StatusCode::CREATED);
    let path = format!("/v1/agents/{}", agent.json()["id"].as_str().expect("an id"));
    assert_eq!(world.get(&path).await.ok(), world.get(&format!("/api{path}")).await.ok());
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let events = world.get(&format!("/api{}/events", talk.path)).await.ok();
    assert_eq!(events["data"], json!(talk.list("").await));
    let mut stream = world.stream(&format!("/api{}/sse", talk.path)).await;
    assert_eq!(stream.event().await, events["data"][0]);
}

#[tokio::test]
async fn health_and_the_document_need_no_key() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let read = async |path: &str| Answer::to(world.anonymous(Method::GET, path)).await;
    assert_eq!(read("/health").await.ok()["status"], "ok");
    assert_eq!(read("/ready").await.ok()["status"], "ready");
    let document = read("/openapi.json").await;
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert_eq!(document.ok(), read("/api-doc/openapi.json").await.ok());
    let paths = document.json()["paths"].as_object().expect("paths").keys().cloned().collect::<Vec<_>>();
    assert!(paths.iter().all(|path| path.starts_with("/v1/")) && paths.len() >= 9, "{paths:?}");
    let operation = &document.json()["paths"]["/v1/sessions/{session_id}/messages"]["post"]["operationId"];
    assert_eq!(*operation, "messages_create");
}

#[tokio::test]
async fn trap_19_keys_come_with_and_without_bearer() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let check = async |key: Option<String>, status: u16| {
        let request = world.anonymous(Method::GET, "/v1/agents");
        let request = match &key {
            Some(key) => request.header(AUTHORIZATION, key),
            None => request,
        };
        let answer = Answer::to(request).await;
        match status {
            200 => drop(answer.ok()),
            status => answer.check_problem(status, "Authorization"),
        }
    };
    for key in [KEY, OTHER_KEY] {
        check(Some(key.to_owned()), 200).await;
        check(Some(format!("Bearer {key}")), 200).await;
        check(Some(format!("bearer {key}")), 200).await;
        check(Some(format!("BEARER   {key}")), 200).await;
        check(Some(format!("Basic {key}")), 401).await;
        check(Some(format!("{key}x")), 401).await;
        check(Some(format!("Bearer {key} {key}")), 401).await;
    }
    check(Some("dev".to_owned()), 401).await;
    check(Some("Bearer".to_owned()), 401).await;
    check(Some("Bearer ".to_owned()), 401).await;
    check(Some(String::new()), 401).await;
    check(None, 401).await;

    let dev = World::dev().await;
    Answer::to(dev.anonymous(Method::GET, "/v1/agents")).await.ok();
    Answer::to(dev.anonymous(Method::GET, "/v1/agents").header(AUTHORIZATION, "dev")).await.ok();
}

#[tokio::test]
async fn trap_21_no_such_route_no_such_verb_and_no_redirect() {
    let world = World::dev().await;
    let check = async |verb: Method, path: &str, status: u16, text: &str| {
        let answer = Answer::to(world.request(verb, path)).await;
        answer.check_problem(status, text);
        assert_eq!(answer.header("location"), None, "{path}: nobody is sent elsewhere");
    };
    for path in ["/v1", "/v1/", "/v1/nothing", "/v2/agents", "/api/agents", "/v1/agents/a/b/c", "/v1//agents"] {
        check(Method::GET, path, 404, "route").await;
    }
    check(Method::PUT, "/v1/agents", 405, "method").await;
    check(Method::DELETE, "/v1/sessions", 405, "method").await;
    check(Method::GET, "/api/v1/sessions/session_1/cancel", 405, "method").await;
    check(Method::POST, "/v1/sessions/session_1/sse", 405, "method").await;
    check(Method::POST, "/health", 405, "method").await;
    let answer = Answer::to(world.request(Method::PUT, "/v1/agents")).await;
    assert_eq!(answer.header("allow"), Some("GET,HEAD,POST"));
}

#[tokio::test]
async fn trap_17_odd_bodies_are_no_reason_to_refuse() {
    let world = World::dev().await;
    let bodies = [None, Some(""), Some("null"), Some("{}"), Some(" \n"), Some(r#"{"unknown":1}"#)];
    let types = [None, Some("application/json"), Some("text/plain"), Some("application/json; charset=utf-8")];
    for body in bodies {
        for content_type in types {
            let send = async |verb: Method, path: &str| {
                let mut request = world.request(verb, path);
                if let Some(content_type) = content_type {
                    request = request.header(CONTENT_TYPE, content_type);
                }
                if let Some(body) = body {
                    request = request.body(body);
                }
                Answer::to(request).await
            };
            let context = format!("{body:?} as {content_type:?}");
            let session = send(Method::POST, "/v1/sessions").await;
            assert_eq!(session.status, StatusCode::CREATED, "{context}");
            let path = format!("/v1/sessions/{}", session.json()["id"].as_str().expect("an id"));
            assert_eq!(send(Method::GET, &path).await.status, StatusCode::OK, "{context}");
            let cancelled = send(Method::POST, &format!("{path}/cancel")).await;
            assert_eq!(cancelled.ok()["status"], "no_op", "{context}");
            let deleted = send(Method::DELETE, &path).await;
            assert_eq!((deleted.status, deleted.body.as_str()), (StatusCode::NO_CONTENT, ""), "{context}");
            send(Method::DELETE, &path).await.check_problem(404, "session");
        }
    }
}

#[tokio::test]
async fn a_deleted_agent_is_gone_and_frees_its_name() {
    let world = World::dev().await;
    let body = json!({ "name": "one", "system_prompt": "" });
    let agent = world.post("/v1/agents", &body).await.ok();
    let path = format!("/v1/agents/{}", agent["id"].as_str().expect("an id"));
    let delete = async || Answer::to(world.request(Method::DELETE, &path)).await;
    assert_eq!(delete().await.status, StatusCode::NO_CONTENT);
    delete().await.check_problem(404, "agent");
    world.get(&path).await.check_problem(404, "agent");
    assert_eq!(world.get("/v1/agents?include_archived=true").await.ok()["total"], 0);
    let again: Value = world.post("/v1/agents", &body).await.ok();
    assert_ne!(again["id"], agent["id"]);
    let session = world.post("/v1/sessions", &json!({ "agent_id": agent["id"] })).await;
    session.check_problem(404, "agent");
}

#[tokio::test]
async fn trap_20_every_error_has_a_code_and_a_message() {
    let limits = everruns_server::Limits { streams_per_session: 0, ..Default::default() };
    let world = World::with(Setup { keys: true, limits, ..Setup::default() }).await;
    let talk = Talk::new(&world, json!({})).await;
    let check = async |request: reqwest::RequestBuilder, status: u16, code: &str| {
        let answer = Answer::to(request).await;
        answer.check_problem(status, "");
        assert_eq!(answer.json()["error"]["code"], code);
    };
    let send = |verb: Method, path: &str| world.request(verb, path);
    let (results, stream) = (format!("{}/tool-results", talk.path), format!("{}/sse", talk.path));
    check(world.anonymous(Method::GET, "/v1/agents"), 401, "unauthorized").await;
    check(send(Method::GET, "/v1/agents").header("x-org-id", "x"), 403, "forbidden").await;
    check(send(Method::GET, "/v1/nothing"), 404, "not_found").await;
    check(send(Method::PUT, "/v1/agents"), 405, "method_not_allowed").await;
    check(send(Method::POST, "/v1/agents").body("{"), 400, "invalid_body").await;
    check(send(Method::POST, "/v1/agents").body("{}"), 400, "validation_error").await;
    check(send(Method::GET, &stream), 429, "rate_limited").await;
    let result = json!({ "tool_results": [{ "tool_call_id": "call_1", "result": 1 }] }).to_string();
    check(send(Method::POST, &results).body(result.clone()), 409, "conflict").await;
    let refused = Answer::to(send(Method::POST, &results).body(result)).await;
    assert!(refused.body.contains("not waiting for tool results"), "{}", refused.body);
    let large = "x".repeat(10 * 1024 * 1024 + 1);
    check(send(Method::POST, "/v1/agents").body(large), 413, "payload_too_large").await;
}

#[tokio::test]
async fn trap_26_a_stream_that_cannot_be_is_an_error_in_json() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let talk = Talk::new(&world, json!({})).await;
    let check = async |key: &str, path: &str, status: u16, text: &str| {
        let request = world.anonymous(Method::GET, path).header(AUTHORIZATION, key);
        // As clients ask for streams.
        let answer =
            Answer::to(request.header("accept", "text/event-stream").header("cache-control", "no-store")).await;
        answer.check_problem(status, text);
    };
    let stream = format!("{}/sse", talk.path);
    check("evr_pat_wrong", &stream, 401, "Authorization").await;
    check("", &stream, 401, "Authorization").await;
    check(OTHER_KEY, &stream, 404, "session").await;
    check(KEY, "/v1/sessions/session_00000000000000000000000000000fff/sse", 404, "session").await;
    check(KEY, "/v1/sessions/nonsense/sse", 400, "id").await;
    check(KEY, &format!("{stream}/more"), 404, "route").await;
    check(KEY, &format!("{stream}?since_id=nonsense"), 400, "since_id").await;
    check(KEY, &format!("{stream}?types=nonsense"), 400, "types").await;
}
