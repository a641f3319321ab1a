//! Limits and numbers: who asks too much is told when to come again, and the server tells what it did.

use everruns_core::Role;
use everruns_server::Limits;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::{KEY, OTHER_KEY, Setup, World, key_of};

async fn limited(limits: Limits) -> World {
    World::with(Setup { keys: true, limits, ..Setup::default() }).await
}

/// That an answer tells when to come again, in its head and in its body.
#[track_caller]
fn check_refused(answer: &Answer, text: &str) -> u32 {
    answer.check_problem(429, text);
    assert_eq!(answer.json()["code"], "rate_limited");
    answer.header("retry-after").expect("when to come again").parse().expect("seconds")
}

async fn list(world: &World, key: &str) -> Answer {
    Answer::to(world.anonymous(Method::GET, "/v1/agents").header(AUTHORIZATION, key)).await
}

#[tokio::test]
async fn a_key_has_so_many_requests_in_a_minute() {
    let world = limited(Limits { requests_per_minute: Some(20), ..Limits::default() }).await;
    for _ in 0..20 {
        list(&world, KEY).await.ok();
    }
    let seconds = check_refused(&list(&world, KEY).await, "20 times in a minute");
    assert!((1..=3).contains(&seconds), "{seconds}");
    list(&world, OTHER_KEY).await.ok();
    list(&world, &key_of(Role::Viewer)).await.ok();
    list(&world, "evr_pat_wrong").await.check_problem(401, "Authorization");
    world.source.pass(seconds.into());
    list(&world, KEY).await.ok();
    check_refused(&list(&world, KEY).await, "wait");
}

#[tokio::test]
async fn an_organization_runs_so_many_turns() {
    let world = limited(Limits { turns_per_org: 1, ..Limits::default() }).await;
    let (busy, idle) = (
        Talk::with_model(&world, "llmsim/lorem?tokens=200&first_token_ms=1&token_ms=50").await,
        Talk::with_model(&world, "llmsim/echo").await,
    );
    let mut stream = busy.stream("?after_sequence=0").await;
    busy.say("Hello").await;
    stream.until("output.message.delta").await;
    let hello = json!({ "message": { "content": [{ "type": "text", "text": "Hello" }] } });
    let path = format!("{}/messages", idle.path);
    check_refused(&world.post(&path, &hello).await, "1 turns");
    // Who steers starts none, and neither does another organization count.
    busy.say("And this").await;
    let theirs = |method: Method, path: &str| world.anonymous(method, path).header(AUTHORIZATION, OTHER_KEY);
    let session = Answer::to(theirs(Method::POST, "/v1/sessions").body(r#"{"model_id":"llmsim/echo"}"#)).await.ok();
    let messages = format!("/v1/sessions/{}/messages", session["id"].as_str().expect("an id"));
    Answer::to(theirs(Method::POST, &messages).body(hello.to_string())).await.ok();
    assert!(idle.list("?types=input.message").await.is_empty(), "nothing of what was refused is stored");
    busy.cancel().await;
    stream.until("session.idled").await;
    // The runner notices the end a moment after the log does.
    while world.post(&path, &hello).await.status.as_u16() == 429 {
        tokio::task::yield_now().await;
    }
    idle.turn().await;
}

#[tokio::test]
async fn an_organization_has_so_many_of_each() {
    let limits =
        Limits { agents_per_org: Some(2), harnesses_per_org: Some(1), sessions_per_org: Some(2), ..Limits::default() };
    let world = limited(limits).await;
    let send = async |key: &str, line: &str, body: Value| {
        let (verb, path) = line.split_once(' ').expect("a verb and a path");
        let request = world.anonymous(verb.parse().expect("a verb"), path).header(AUTHORIZATION, key);
        Answer::to(request.body(body.to_string())).await
    };
    let made = async |line: &str, body: Value| send(KEY, line, body).await.ok();
    let full = async |line: &str, body: Value, text: &str| {
        let answer = send(KEY, line, body).await;
        answer.check_problem(409, text);
    };
    let named = |name: &str| json!({ "name": name, "system_prompt": "Be brief." });
    let [one, _two] = [made("POST /v1/agents", named("one")).await, made("POST /v1/agents", named("two")).await];
    full("POST /v1/agents", named("three"), "2 of kind `agent`").await;
    full("PUT /v1/agents/three", named("three"), "2 of kind `agent`").await;
    full("POST /v1/agents/import", json!("Be brief."), "2 of kind `agent`").await;
    let path = format!("/v1/agents/{}", one["id"].as_str().expect("an id"));
    full(&format!("POST {path}/copy"), json!({}), "2 of kind `agent`").await;
    // Who writes over one makes none.
    made("PUT /v1/agents/two", named("two")).await;
    made("POST /v1/agents", json!({ "name": "one", "id": one["id"], "system_prompt": "Be long." })).await;
    assert_eq!(send(KEY, &format!("DELETE {path}"), Value::Null).await.status.as_u16(), 204);
    made("POST /v1/agents", named("three")).await;
    send(OTHER_KEY, "POST /v1/agents", named("three")).await.ok();

    made("POST /v1/harnesses", named("own")).await;
    full("POST /v1/harnesses", named("other"), "1 of kind `harness`").await;
    full("POST /v1/harnesses/generic/copy", json!({}), "1 of kind `harness`").await;

    let first = made("POST /v1/sessions", json!({})).await;
    let path = format!("/v1/sessions/{}", first["id"].as_str().expect("an id"));
    made(&format!("POST {path}/fork"), json!({})).await;
    full("POST /v1/sessions", json!({}), "2 of kind `session`").await;
    full(&format!("POST {path}/fork"), json!({}), "2 of kind `session`").await;
    assert_eq!(send(KEY, &format!("DELETE {path}"), Value::Null).await.status.as_u16(), 204);
    made("POST /v1/sessions", json!({})).await;
    full("POST /v1/sessions", json!({}), "2 of kind `session`").await;
    send(OTHER_KEY, "POST /v1/sessions", json!({})).await.ok();
}

#[tokio::test]
async fn a_page_is_not_larger_than_a_server_can_hold() {
    let world = World::dev().await;
    let file = |name: &str| json!({ "path": name, "content": "x".repeat(1_900_000) });
    for number in 0..9 {
        let agent = json!({ "name": format!("large-{number}"), "system_prompt": "", "initial_files": [file("a.txt")] });
        world.post("/v1/agents", &agent).await.ok();
    }
    world.get("/v1/agents").await.check_problem(413, "`limit`");
    assert_eq!(world.get("/v1/agents?limit=5").await.ok()["data"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn so_many_streams_are_open() {
    let limits = Limits { streams_per_org: 3, streams_per_session: 2, ..Limits::default() };
    let world = limited(limits).await;
    let (one, two) = (Talk::new(&world, json!({})).await, Talk::new(&world, json!({})).await);
    let refused = async |talk: &Talk<'_>, text: &str| {
        check_refused(&world.get(&format!("{}/sse", talk.path)).await, text);
    };
    let first = one.stream("").await;
    let _second = one.stream("").await;
    refused(&one, "the session has 2").await;
    let _third = two.stream("").await;
    refused(&two, "the organization has 3").await;
    refused(&one, "the organization has 3").await;
    assert_eq!(world.get("/ready").await.ok()["open_streams"], 3);
    drop(first);
    // The server notices that a reader is gone when it writes to it or hears of it.
    while world.get("/ready").await.ok()["open_streams"] != 2 {
        tokio::task::yield_now().await;
    }
    let _again = one.stream("").await;
}

#[tokio::test]
async fn the_server_tells_what_it_did_and_nothing_of_anybody() {
    let world = limited(Limits::default()).await;
    let talk = Talk::new(&world, json!({ "title": "Secret title", "model_id": "llmsim/echo" })).await;
    talk.ask("Secret text").await;
    world.get("/v1/agents/agent_00000000000000000000000000000fff").await.check_problem(404, "agent");
    world.get("/v1/nowhere/Secret").await.check_problem(404, "route");
    let read = |key: &str| Answer::to(world.anonymous(Method::GET, "/metrics").header(AUTHORIZATION, key));
    for (key, text) in [(key_of(Role::Member).as_str(), "admin"), (OTHER_KEY, "runs the server")] {
        read(key).await.check_problem(403, text);
    }
    Answer::to(world.anonymous(Method::GET, "/metrics")).await.check_problem(401, "Authorization");
    let metrics = read(&key_of(Role::Admin)).await;
    assert_eq!(metrics.status.as_u16(), 200);
    assert!(metrics.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    for line in [
        "everruns_http_requests_total{operation=\"sessions_create\",status=\"2xx\"} 1",
        "everruns_http_requests_total{operation=\"messages_create\",status=\"2xx\"} 1",
        "everruns_http_requests_total{operation=\"agents_get\",status=\"4xx\"} 1",
        "everruns_http_request_seconds_count{operation=\"sessions_create\"} 1",
        "everruns_http_request_seconds_bucket{operation=\"sessions_create\",le=\"+Inf\"} 1",
        "everruns_turn_runs_total 1",
        "everruns_running_turns 0",
    ] {
        assert!(metrics.body.lines().any(|found| found == line), "{line} is not in\n{}", metrics.body);
    }
    for name in ["everruns_store_commits_total", "everruns_store_events_total", "process_open_fds", "process_max_fds"] {
        let value = metrics.body.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        assert!(value.is_some_and(|value| value > 0), "{name}\n{}", metrics.body);
    }
    let id = talk.id.trim_start_matches("session_");
    for private in [id, "Secret", "org_", "evr_pat", "principal_"] {
        assert!(!metrics.body.contains(private), "{private} is in\n{}", metrics.body);
    }
}

#[tokio::test]
async fn every_request_has_an_id() {
    let world = World::dev().await;
    let check = async |given: Option<&str>, is_kept: bool| {
        for (path, status) in [("/v1/agents", 200), ("/v1/nowhere", 404), ("/v1/agents/x", 404)] {
            let mut request = world.request(Method::GET, path);
            if let Some(given) = given {
                request = request.header("x-request-id", given);
            }
            let answer = Answer::to(request).await;
            let id = answer.header("x-request-id").expect("an id").to_owned();
            assert_eq!(given == Some(id.as_str()), is_kept, "{given:?} {id}");
            assert!(!id.is_empty() && id.len() <= 128, "{id}");
            if status != 200 {
                answer.check_problem(status, "There is no such");
                assert_eq!(answer.json()["request_id"], id.as_str());
            }
        }
    };
    check(None, false).await;
    check(Some("mine-1/2:3"), true).await;
    check(Some(&"x".repeat(128)), true).await;
    check(Some(&"x".repeat(129)), false).await;
    check(Some("a b"), false).await;
    check(Some(""), false).await;
}
