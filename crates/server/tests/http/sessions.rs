//! Sessions: lists, counts, changes, pins, previews, export, the log in numbers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::{Talk, of_type};
use crate::wire::Answer;
use crate::world::{KEY, OTHER_KEY, Setup, World};

async fn send(world: &World, verb: Method, path: &str, body: &Value) -> Answer {
    let request = world.anonymous(verb, path).header("content-type", "application/json");
    Answer::to(request.header("authorization", KEY).body(body.to_string())).await
}

async fn titles(world: &World, query: &str) -> Vec<String> {
    let listed = world.get(&format!("/v1/sessions?{query}")).await.ok();
    let data = listed["data"].as_array().expect("a list");
    assert_eq!(listed["total"], data.len(), "{query}");
    data.iter().map(|session| session["title"].as_str().expect("a title").to_owned()).collect()
}

async fn titled<'a>(world: &'a World, title: &str, tags: Value) -> Talk<'a> {
    Talk::new(world, json!({ "title": title, "tags": tags, "model_id": "llmsim/echo" })).await
}

#[tokio::test]
async fn lists_and_counts() {
    let world = World::dev().await;
    let one = titled(&world, "First report", json!(["a", "b"])).await;
    let two = titled(&world, "Second report", json!(["b"])).await;
    titled(&world, "Third", json!([])).await;
    one.ask("Hello").await;
    let check = async |query: &str, expected: &[&str]| assert_eq!(titles(&world, query).await, expected, "{query}");
    let (first, second, third) = ("First report", "Second report", "Third");
    check("", &[third, second, first]).await;
    check("search=REPORT", &[second, first]).await;
    check("search=report+first", &[first]).await;
    check("search=report%20second", &[second]).await;
    check("search=%25", &[]).await;
    check("tag=b", &[second, first]).await;
    check("tag=b&tag=a", &[first]).await;
    check("tag=B", &[]).await;
    check("status=idle", &[first]).await;
    check("status=started&status=idle&search=report", &[second, first]).await;
    check("status=waiting_for_tool_results", &[]).await;
    check("status=waitingfortoolresults", &[]).await;
    check("agent_id=agent_00000000000000000000000000000001", &[]).await;
    check("harness_id=harness_00000000000000000000000000000001&search=x", &[]).await;
    let workspace = world.get(&two.path).await.ok()["workspace_id"].as_str().expect("an id").to_owned();
    check(&format!("workspace_id={workspace}"), &[second]).await;
    check("unknown=1", &[third, second, first]).await;
    let stats = world.get("/v1/sessions/stats").await.ok();
    let expected = json!({ "total": 3, "active": 0, "idle": 1, "started": 2, "waiting_for_tool_results": 0 });
    assert_eq!(stats, expected);
    for (query, field) in
        [("status=paused", "status"), ("tag=%00", "tag"), ("is_pinned=1", "is_pinned"), ("agent_id=x", "agent_id")]
    {
        world.get(&format!("/v1/sessions?{query}")).await.check_problem(400, field);
    }
}

#[tokio::test]
async fn what_people_see_can_be_changed() {
    let world = World::dev().await;
    let talk = titled(&world, "Old", json!(["a"])).await;
    let before = world.get(&talk.path).await.ok();
    let patch = async |body: Value| send(&world, Method::PATCH, &talk.path, &body).await.ok();
    let changed = patch(json!({ "title": "New", "model_id": "llmsim/default", "unknown": 1 })).await;
    assert_eq!((&changed["title"], &changed["tags"]), (&json!("New"), &json!(["a"])));
    assert_eq!(changed["model_id"], before["model_id"], "only what may be changed is changed");
    let changed = patch(json!({ "tags": ["b"], "locale": "de-AT", "agent_identity_id": "identity_1" })).await;
    assert_eq!(changed["title"], "New");
    assert_eq!(changed, world.get(&talk.path).await.ok());
    assert!(changed["updated_at"].as_str() >= before["updated_at"].as_str());
    assert_eq!(titles(&world, "search=new&tag=b").await, ["New"]);
    assert!(titles(&world, "search=old").await.is_empty() && titles(&world, "tag=a").await.is_empty());
    let cleared = patch(json!({ "title": null, "tags": null, "locale": null, "agent_identity_id": null })).await;
    for (name, value) in [("title", json!(null)), ("tags", json!([])), ("locale", json!(null))] {
        assert_eq!(cleared[name], value, "{name}");
    }
    assert_eq!(patch(json!({})).await["tags"], json!([]));
    talk.ask("Does it still work?").await;

    for (body, field) in [
        (json!({ "title": 7 }), "title"),
        (json!({ "title": "x".repeat(501) }), "title"),
        (json!({ "title": "a\u{0}b" }), "title"),
        (json!({ "tags": "b" }), "tags"),
        (json!({ "tags": vec!["x"; 51] }), "tags"),
        (json!({ "locale": {} }), "locale"),
    ] {
        send(&world, Method::PATCH, &talk.path, &body).await.check_problem(400, field);
    }
    let gone = "/v1/sessions/session_00000000000000000000000000000009";
    send(&world, Method::PATCH, gone, &json!({})).await.check_problem(404, "session");
}

/// Whoever changes something else at the same time loses nothing.
#[tokio::test]
async fn changes_at_the_same_time_all_count() {
    let world = World::dev().await;
    let talk = titled(&world, "Old", json!([])).await;
    let (title, tags) = (json!({ "title": "New" }), json!({ "tags": ["b"] }));
    let locale = json!({ "locale": "fr" });
    let patch = |body| send(&world, Method::PATCH, &talk.path, body);
    let answers = tokio::join!(patch(&title), patch(&tags), patch(&locale));
    for answer in [answers.0, answers.1, answers.2] {
        answer.ok();
    }
    let session = world.get(&talk.path).await.ok();
    assert_eq!((&session["title"], &session["tags"], &session["locale"]), (&json!("New"), &json!(["b"]), &json!("fr")));
}

#[tokio::test]
async fn pins() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    for title in ["one", "two", "three"] {
        titled(&world, title, json!([])).await;
    }
    let listed = world.get("/v1/sessions").await.ok();
    let path = format!("/v1/sessions/{}/pin", listed["data"][2]["id"].as_str().expect("an id"));
    let session = path.trim_end_matches("/pin");
    let pin = async |verb: Method| send(&world, verb, &path, &Value::Null).await.status.as_u16();
    assert_eq!((pin(Method::PUT).await, pin(Method::PUT).await), (204, 204));
    assert_eq!(world.get(session).await.ok()["is_pinned"], true);
    assert_eq!(titles(&world, "").await, ["three", "two", "one"]);
    assert_eq!(titles(&world, "pinned_first=true").await, ["one", "three", "two"]);
    assert_eq!(titles(&world, "is_pinned=true").await, ["one"]);
    assert_eq!(titles(&world, "is_pinned=false").await, ["three", "two"]);
    assert_eq!((pin(Method::DELETE).await, pin(Method::DELETE).await), (204, 204));
    assert_eq!(world.get(session).await.ok()["is_pinned"], false);
    let theirs = world.anonymous(Method::PUT, &path).header("authorization", OTHER_KEY);
    Answer::to(theirs).await.check_problem(404, "session");
}

#[tokio::test]
async fn previews() {
    let world = World::dev().await;
    let talk = titled(&world, "one", json!([])).await;
    let fresh = world.get(&talk.path).await.ok();
    assert_eq!((&fresh["preview"], &fresh["output_preview"]), (&Value::Null, &Value::Null));
    talk.ask("Say \"Grüße\" \\ 🦀").await;
    talk.ask(&"long ".repeat(1_000)).await;
    let session = world.get(&talk.path).await.ok();
    assert_eq!(session["preview"], "Say \"Grüße\" \\ 🦀");
    let long: String = "long ".repeat(1_000).chars().take(200).collect();
    assert_eq!(session["output_preview"].as_str().map(str::trim_end), Some(long.trim_end()));
    assert_eq!(world.get("/v1/sessions").await.ok()["data"][0], session);
}

#[tokio::test]
async fn export_is_a_message_on_each_line() {
    let world = World::dev().await;
    let spec = json!({ "model_id": "llmsim/tool?name=get_current_time", "capabilities": [{ "ref": "current_time" }] });
    let talk = Talk::new(&world, spec).await;
    talk.ask("What\ntime is it?").await;
    let answer = world.get(&format!("{}/export", talk.path)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let attachment = format!("attachment; filename=\"{}.jsonl\"", talk.id);
    assert_eq!(answer.header("content-disposition"), Some(attachment.as_str()));
    let lines: Vec<Value> = answer.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let listed = world.get(&format!("{}/messages", talk.path)).await.ok();
    let all = listed["data"].as_array().expect("a list");
    let spoken: Vec<&Value> = all.iter().filter(|message| message["role"] != "tool_result").collect();
    assert_eq!(lines.iter().collect::<Vec<_>>(), spoken);
    assert_eq!(world.get(&format!("{}/export?format=jsonl", talk.path)).await.body, answer.body);
    world.get(&format!("{}/export?format=atif", talk.path)).await.check_problem(400, "format");
    let empty = titled(&world, "empty", json!([])).await;
    assert_eq!(world.get(&format!("{}/export", empty.path)).await.body, "");
    let empty = world.get(&format!("{}/messages", empty.path)).await.ok();
    assert_eq!(empty, json!({ "data": [], "total": 0, "offset": 0, "limit": 0 }));
}

/// Larger than what is made in one go, and the same in every form.
#[tokio::test]
async fn large_sessions_are_sent_in_pieces() {
    let world = World::dev().await;
    let talk = titled(&world, "large", json!([])).await;
    let text = "x".repeat(100_000);
    for _ in 0..6 {
        talk.ask(&text).await;
    }
    let listed = world.get(&format!("{}/messages", talk.path)).await;
    assert_eq!(listed.header("content-length"), None, "it is sent as it is made");
    let listed = listed.ok();
    assert_eq!((listed["total"].as_i64(), listed["data"].as_array().map(Vec::len)), (Some(12), Some(12)));
    let export = world.get(&format!("{}/export", talk.path)).await.body;
    assert_eq!(export.lines().count(), 12);
    let all = talk.list("").await;
    crate::talk::check_log(&all, 1);
    let mut newest_first = talk.list("?order_desc=true").await;
    newest_first.reverse();
    assert_eq!(newest_first, all, "deltas repeat their text in either direction");
    let deltas = talk.list("?types=output.message.delta&limit=1000").await;
    assert_eq!(deltas.iter().collect::<Vec<_>>(), of_type(&all, "output.message.delta"));
}

#[tokio::test]
async fn the_log_in_numbers() {
    let world = World::dev().await;
    let talk = titled(&world, "numbers", json!([])).await;
    talk.ask("Hello").await;
    talk.send(json!({
        "message": { "content": [{ "type": "text", "text": "Fail" }] },
        "controls": { "model_id": "llmsim/error?kind=auth" },
    }))
    .await;
    talk.turn().await;
    let all = talk.list("").await;
    let summary = world.get(&format!("{}/events/summary", talk.path)).await.ok();
    let mut types: Vec<&str> = all.iter().map(|event| event["type"].as_str().expect("a type")).collect();
    types.sort_unstable();
    types.dedup();
    let counts: Vec<Value> =
        types.iter().map(|name| json!({ "event_type": name, "count": of_type(&all, name).len() })).collect();
    let expected = json!({
        "total": all.len(),
        "by_type": counts,
        "first_ts": all[0]["ts"],
        "last_ts": all.last().expect("an event")["ts"],
        "turn_count": 2,
        "error_count": of_type(&all, "turn.failed").len(),
    });
    assert_eq!(summary, expected);
    let gone = "/v1/sessions/session_00000000000000000000000000000009";
    for path in ["/events/summary", "/export", "/messages"] {
        world.get(&format!("{gone}{path}")).await.check_problem(404, "session");
    }
}

/// What clients need of a session and its messages: no word they do not know, no null where a list is, whole numbers.
#[tokio::test]
async fn trap_05_trap_07_trap_09_trap_12_trap_13_trap_14_shapes_that_old_clients_need() {
    let world = World::dev().await;
    let spec = json!({ "model_id": "llmsim/tool?name=get_current_time", "capabilities": [{ "ref": "current_time" }] });
    let talk = Talk::new(&world, spec).await;
    talk.ask("What time is it?").await;
    let sessions = world.get("/v1/sessions").await.ok();
    let messages = world.get(&format!("{}/messages", talk.path)).await.ok();
    for list in [&sessions, &messages] {
        for name in ["total", "offset", "limit"] {
            assert!(list[name].is_i64() || list[name].is_u64(), "{name} of {list}");
        }
    }
    let session = &sessions["data"][0];
    assert!(
        ["started", "active", "idle", "waitingfortoolresults"].contains(&session["status"].as_str().expect("a word"))
    );
    for name in ["tags", "capabilities", "tools", "initial_files", "features"] {
        assert!(session[name].is_array(), "{name}: {}", session[name]);
    }
    for message in messages["data"].as_array().expect("a list") {
        assert_eq!(message["session_id"], talk.id);
        assert!(
            message["sequence"].is_u64() && message["content"].is_array() && message["tags"].is_array(),
            "{message}"
        );
        assert!(["user", "agent", "tool_result"].contains(&message["role"].as_str().expect("a word")));
        assert_eq!(message.get("phase"), None);
        for part in message["content"].as_array().expect("parts") {
            assert!(part["type"] != "tool_call" || part["arguments"].is_object(), "{part}");
        }
    }
    for event in talk.list("").await {
        assert!(event["data"].is_object() && event["context"].is_object(), "{event}");
        assert!(event["sequence"].is_u64(), "{event}");
    }
}

#[tokio::test]
async fn trap_06_lists_are_objects_with_data() {
    let world = World::dev().await;
    let talk = titled(&world, "one", json!([])).await;
    for path in ["/v1/agents", "/v1/sessions", "/v1/capabilities", "/v1/harnesses"] {
        assert!(world.get(path).await.ok()["data"].is_array(), "{path}");
    }
    for path in ["events", "events?limit=5", "messages"] {
        assert!(world.get(&format!("{}/{path}", talk.path)).await.ok()["data"].is_array(), "{path}");
    }
}

#[tokio::test]
async fn trap_37_words_come_before_ids() {
    let world = World::dev().await;
    world.get("/v1/sessions/stats").await.ok();
    world.get("/v1/sessions/statistics").await.check_problem(400, "id");
}
