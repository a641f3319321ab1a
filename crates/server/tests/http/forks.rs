//! Forks: a session that goes on from an event of another one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::{Talk, check_log, completed, sequences, types};
use crate::wire::Answer;
use crate::world::World;

async fn fork<'a>(talk: &Talk<'a>, body: Value) -> Talk<'a> {
    let answer = talk.world.post(&format!("{}/fork", talk.path), &body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    Talk::of(talk.world, answer.ok()["id"].as_str().expect("an id"))
}

async fn session(talk: &Talk<'_>) -> Value {
    talk.world.get(&talk.path).await.ok()
}

/// What events say, without what names their session.
fn said(events: &[Value]) -> Vec<Value> {
    let without = |event: &Value| {
        let mut event = event.clone();
        for name in ["id", "session_id"] {
            event.as_object_mut().expect("an event").remove(name);
        }
        if let Some(messages) = event["data"]["messages"].as_array_mut() {
            for message in messages {
                message.as_object_mut().expect("a message").remove("session_id");
            }
        }
        event
    };
    events.iter().map(without).collect()
}

async fn two_turns(world: &World) -> Talk<'_> {
    let spec = json!({ "model_id": "llmsim/echo", "title": "Mine", "tags": ["a"], "locale": "de" });
    let talk = Talk::new(world, spec).await;
    talk.ask("one").await;
    talk.ask("two").await;
    talk
}

#[tokio::test]
async fn a_fork_is_its_parent_up_to_there() {
    let world = World::dev().await;
    let talk = two_turns(&world).await;
    let all = talk.list("").await;
    let fork_ = fork(&talk, json!({})).await;
    let (parent, child) = (session(&talk).await, session(&fork_).await);
    assert_eq!(child["title"], "Mine (fork)");
    assert_eq!(child["forked_from_session_id"], parent["id"]);
    assert_eq!(child["forked_from_sequence"], all.len());
    for same in ["agent_id", "harness_id", "tags", "locale", "model_id", "usage", "status", "preview", "output_preview"]
    {
        assert_eq!(child[same], parent[same], "{same}");
    }
    let taken = fork_.list("").await;
    check_log(&taken, 1);
    assert_eq!(said(&taken), said(&all));
    assert!(taken.iter().all(|event| event["session_id"] == child["id"]));
    let messages = async |talk: &Talk<'_>| world.get(&format!("{}/messages", talk.path)).await;
    assert_eq!(messages(&fork_).await.ok()["total"], messages(&talk).await.ok()["total"]);
    let total = async |talk: &Talk<'_>| world.get(&format!("{}/events?limit=1", talk.path)).await;
    assert_eq!(total(&fork_).await.header("x-total-count"), total(&talk).await.header("x-total-count"));
    let summary = async |talk: &Talk<'_>| world.get(&format!("{}/events/summary", talk.path)).await;
    assert_eq!(summary(&fork_).await.ok(), summary(&talk).await.ok());

    // Cursors are the fork's own.
    let cursor = taken[4]["id"].as_str().expect("an id");
    assert_eq!(sequences(&fork_.list(&format!("?since_id={cursor}&limit=2")).await), [6, 7]);
    let foreign = format!("{}/events?since_id={cursor}", talk.path);
    world.get(&foreign).await.check_problem(400, "since_id");

    // Each goes its own way; the model is told what was said before the fork.
    let turn = fork_.ask("three").await;
    assert_eq!(sequences(&turn[..1]), [all.len() as i64 + 1]);
    assert_eq!(talk.list("").await, all);
    let call = turn.iter().find(|event| event["type"] == "llm.generation").expect("a model call");
    let told: Vec<&str> = call["data"]["messages"].as_array().expect("messages").iter().map(text).collect();
    assert_eq!(told, ["one", "one", "two", "two", "three"]);
    talk.ask("other").await;
    assert_eq!(said(&fork_.list(&format!("?before_sequence={}", all.len() + 1)).await), said(&all));
    // A stream that begins with the log shows the same as the list.
    let streamed = fork_.stream("?after_sequence=0").await.until("session.idled").await;
    assert_eq!(streamed[..], fork_.list("").await[..streamed.len()]);
}

fn text(message: &Value) -> &str {
    message["content"][0]["text"].as_str().expect("a text")
}

#[tokio::test]
async fn at_any_event() {
    let world = World::dev().await;
    let talk = two_turns(&world).await;
    let all = talk.list("").await;
    for (place, event) in all.iter().enumerate() {
        let sequence = place as i64 + 1;
        let by =
            if sequence % 2 == 0 { json!({ "at_sequence": sequence }) } else { json!({ "event_id": event["id"] }) };
        let fork_ = fork(&talk, by).await;
        let taken = fork_.list("").await;
        check_log(&taken, 1);
        assert_eq!(said(&taken[..=place]), said(&all[..=place]), "at {sequence}");
        let row = session(&fork_).await;
        let turns = types(&all[..=place]);
        let open = turns.iter().filter(|name| **name == "turn.started").count()
            > turns.iter().filter(|name| **name == "turn.completed").count();
        if open {
            assert_eq!(types(&taken[place + 1..]), ["turn.cancelled", "session.idled"], "at {sequence}");
            let started = all[..=place].iter().rev().find(|event| event["type"] == "turn.started").expect("a turn");
            assert_eq!(taken[place + 1]["data"]["turn_id"], started["data"]["turn_id"]);
            assert_eq!(taken[place + 1]["context"]["turn_id"], started["data"]["turn_id"]);
            assert!(taken[place + 1]["data"]["reason"].as_str().expect("a reason").contains("forked"));
        } else if event["type"] == "input.message" {
            // Its turn had not started: nobody answers it here.
            assert_eq!(types(&taken[place + 1..]), ["input.dropped"], "at {sequence}");
            let dropped = &taken[place + 1]["data"];
            assert_eq!(
                (&dropped["message_id"], &dropped["reason"]),
                (&event["data"]["message"]["id"], &json!("forked"))
            );
        } else {
            assert_eq!(taken.len(), place + 1, "at {sequence}");
        }
        assert_eq!(row["status"], if sequence == 1 { "started" } else { "idle" }, "at {sequence}");
        let total = world.get(&format!("{}/events?limit=1", fork_.path)).await;
        let counted = taken.iter().filter(|event| !event["type"].as_str().expect("a type").ends_with(".delta"));
        assert_eq!(total.header("x-total-count"), Some(counted.count().to_string().as_str()), "at {sequence}");
        let spent = |name: &str| -> u64 {
            let steps = taken.iter().filter(|event| event["type"] == "reason.completed");
            steps.filter_map(|event| event["data"]["usage"][name].as_u64()).sum()
        };
        assert_eq!(row["usage"]["input_tokens"], spent("input_tokens"), "at {sequence}");
        assert_eq!(row["usage"]["output_tokens"], spent("output_tokens"), "at {sequence}");
        // Without a cursor a stream begins with the latest input.
        let inputs: Vec<&Value> = taken.iter().filter(|event| event["type"] == "input.message").collect();
        let first =
            fork_.stream("").await.until(taken.last().expect("an event")["type"].as_str().expect("a type")).await;
        assert_eq!(first[0], **inputs.last().unwrap_or(&&taken[0]), "at {sequence}");
        let turn = fork_.ask("on").await;
        assert_eq!(completed(&turn), "on", "at {sequence}");
    }
}

#[tokio::test]
async fn while_a_turn_waits_for_its_client() {
    let world = World::dev().await;
    let spec = json!({
        "model_id": "llmsim/tool?name=ask",
        "tools": [{ "type": "client_side", "name": "ask", "description": "", "parameters": { "type": "object" } }],
    });
    let talk = Talk::new(&world, spec).await;
    talk.say("Go").await;
    talk.stream("").await.until("tool.call_requested").await;
    let fork_ = fork(&talk, json!({})).await;
    assert_eq!((talk.status().await, fork_.status().await), ("waitingfortoolresults".into(), "idle".into()));
    assert_eq!(types(&fork_.list("?limit=2").await), ["turn.cancelled", "session.idled"]);
    let results = json!({ "tool_results": [{ "tool_call_id": "call_1", "result": {} }] });
    let answer = world.post(&format!("{}/tool-results", fork_.path), &results).await;
    answer.check_problem(409, "not waiting for tool results");
    // The open call is answered in the prompt, so the conversation goes on.
    let turn = fork_.say("And now?").await;
    assert_eq!(turn["role"], "user");
    fork_.stream("").await.until("tool.call_requested").await;
}

/// The ids of the inputs that a log leaves without a fate.
fn without_fate(log: &[Value]) -> Vec<Value> {
    let mut inputs: Vec<Value> = Vec::new();
    let mut note = false;
    for event in log {
        let data = &event["data"];
        match event["type"].as_str().expect("a type") {
            "turn.cancelled" => note = !data["rolled_back"].as_bool().unwrap_or(false) && !is_of_a_fork(event),
            "input.message" if note => note = false,
            "input.message" => inputs.push(data["message"]["id"].clone()),
            "turn.started" => inputs.retain(|id| *id != data["input_message_id"]),
            "input.steered" | "input.dropped" => inputs.retain(|id| *id != data["message_id"]),
            _ => {}
        }
    }
    inputs
}

fn is_of_a_fork(cancelled: &Value) -> bool {
    cancelled["data"]["reason"].as_str().is_some_and(|reason| reason.contains("forked"))
}

/// Wherever a log is forked, the fork's own log tells what became of each input; none is answered that was said to
/// another session.
#[tokio::test]
async fn what_is_queued_or_unread_is_dropped_in_the_fork() {
    let world = World::dev().await;
    let spec = json!({
        "model_id": "llmsim/tool?name=ask",
        "tools": [{ "type": "client_side", "name": "ask", "description": "", "parameters": { "type": "object" } }],
    });
    let talk = Talk::new(&world, spec).await;
    let send = async |text: &str, delivery: &str| {
        let body = json!({
            "message": { "content": [{ "type": "text", "text": text }] }, "delivery": delivery,
            "controls": { "model_id": "llmsim/echo" },
        });
        talk.send(body).await
    };
    talk.say("Go").await;
    talk.stream("").await.until("tool.call_requested").await;
    let queued = [send("One", "queue").await, send("Two", "queue").await, send("Three", "queue").await];
    send("Stop", "interrupt").await;
    // "One" begins while two others wait; all of them are over when the last one is.
    let mut stream = talk.stream("?after_sequence=0").await;
    let mut all = Vec::new();
    while all.iter().filter(|event: &&Value| event["type"] == "turn.completed").count() < 4 {
        all.extend(stream.until("session.idled").await);
    }
    let ids = queued.each_ref().map(|message| message["id"].clone());
    assert!(without_fate(&all).is_empty());
    for (place, event) in all.iter().enumerate() {
        let sequence = place as i64 + 1;
        let left = without_fate(&all[..=place]);
        let fork_ = fork(&talk, json!({ "at_sequence": sequence })).await;
        let own = &fork_.list("").await[place + 1..];
        let dropped: Vec<&Value> = own.iter().filter(|event| event["type"] == "input.dropped").collect();
        assert_eq!(
            dropped.iter().map(|event| event["data"]["message_id"].clone()).collect::<Vec<_>>(),
            left,
            "{event}"
        );
        assert!(dropped.iter().all(|event| event["data"]["reason"] == "forked"), "at {sequence}");
        let ends = own.len() - dropped.len();
        assert!(ends == 0 || ends == 2, "at {sequence}: {:?}", types(own));
        // A stream without a cursor begins with what opened the latest turn.
        let is_opener = |event: &&Value| match event["type"].as_str() {
            Some("input.dequeued") => true,
            Some("input.message") => {
                event["data"]["delivery"] == "interrupt"
                    || event["data"]["message"]["id"] == all[1]["data"]["message"]["id"]
            }
            _ => false,
        };
        let opener = all[..=place].iter().rfind(is_opener).unwrap_or(&all[0]);
        let wanted = fork_.list("").await.last().expect("an event")["type"].as_str().expect("a type").to_owned();
        let shown = fork_.stream("").await.until(&wanted).await;
        assert_eq!(shown[0]["sequence"], opener["sequence"], "at {sequence}");
        // It goes on, and nothing that was said to its parent is answered.
        let turn = send_to(&fork_, "on").await;
        assert_eq!(completed(&turn), "on", "at {sequence}");
        assert_eq!(fork_.status().await, "idle", "at {sequence}");
        // A fork of the fork has nothing more to drop.
        let again = fork(&fork_, json!({ "at_sequence": place + 1 + own.len() })).await;
        assert_eq!(again.list("").await.len(), place + 1 + own.len(), "at {sequence}");
    }
    assert!(ids.iter().all(|id| all.iter().any(|event| event["data"]["message_id"] == *id)));
}

async fn send_to(talk: &Talk<'_>, text: &str) -> Vec<Value> {
    let content = json!([{ "type": "text", "text": text }]);
    talk.send(json!({ "message": { "content": content }, "controls": { "model_id": "llmsim/echo" } })).await;
    talk.turn().await
}

#[tokio::test]
async fn overrides() {
    let world = World::dev().await;
    let talk = two_turns(&world).await;
    let agent = world.post("/v1/agents", &json!({ "name": "other", "system_prompt": "" })).await.ok();
    let body = json!({
        "title": "New", "tags": [], "locale": "fr", "model_id": "llmsim/default", "system_prompt": "Be brief.",
        "agent_id": agent["id"], "unknown": 1,
    });
    let fork_ = session(&fork(&talk, body.clone()).await).await;
    for name in ["title", "tags", "locale", "model_id", "system_prompt", "agent_id"] {
        assert_eq!(fork_[name], body[name], "{name}");
    }
    let found = world.get(&format!("/v1/sessions?forked_from_session_id={}", talk.id)).await.ok();
    assert_eq!((&found["total"], &found["data"][0]["id"]), (&json!(1), &fork_["id"]));
    let title = "x".repeat(500);
    let talk = Talk::new(&world, json!({ "title": title })).await;
    let forked = session(&fork(&talk, json!({})).await).await;
    assert_eq!(forked["title"].as_str().expect("a title").chars().count(), 500);
    let talk = Talk::new(&world, json!({})).await;
    assert_eq!(session(&fork(&talk, json!({})).await).await["title"], Value::Null);
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::dev().await;
    let talk = two_turns(&world).await;
    let last = talk.list("?limit=1").await[0].clone();
    let other = Talk::new(&world, json!({})).await.list("").await[0]["id"].clone();
    let check = async |body: Value, status: u16, text: &str| {
        world.post(&format!("{}/fork", talk.path), &body).await.check_problem(status, text);
    };
    check(json!({ "at_sequence": 0 }), 400, "at_sequence").await;
    check(json!({ "at_sequence": -1 }), 400, "at_sequence").await;
    check(json!({ "at_sequence": 1.5 }), 400, "at_sequence").await;
    check(json!({ "at_sequence": last["sequence"].as_i64().expect("a number") + 1 }), 400, "at_sequence").await;
    check(json!({ "at_sequence": 1, "event_id": last["id"] }), 400, "event_id").await;
    check(json!({ "event_id": other }), 400, "event_id").await;
    check(json!({ "event_id": "x" }), 400, "event_id").await;
    check(json!({ "title": "a\u{0}b" }), 400, "title").await;
    check(json!({ "tags": vec!["x"; 51] }), 400, "tags").await;
    check(json!({ "agent_id": "agent_00000000000000000000000000000009" }), 404, "agent").await;
    let gone = "/v1/sessions/session_00000000000000000000000000000009/fork";
    world.post(gone, &json!({})).await.check_problem(404, "session");
    let total = world.get("/v1/sessions").await.ok()["total"].clone();
    assert_eq!(total, 2, "nothing was made");
}

#[tokio::test]
async fn a_parent_that_is_deleted_is_missed_by_nobody() {
    let mut world = World::dev().await;
    let (child, nested, taken, conversation) = {
        let talk = two_turns(&world).await;
        let child = fork(&talk, json!({})).await;
        child.ask("three").await;
        let nested = fork(&child, json!({})).await;
        let gone = async |path: &str| {
            let deleted = Answer::to(world.anonymous(Method::DELETE, path)).await;
            assert_eq!(deleted.status.as_u16(), 204);
        };
        let conversation = world.get(&format!("{}/messages", nested.path)).await.ok();
        gone(&talk.path).await;
        gone(&child.path).await;
        world.get(&talk.path).await.check_problem(404, "session");
        world.get(&format!("{}/events", child.path)).await.check_problem(404, "session");
        (child.id.clone(), nested.id.clone(), nested.list("").await, conversation)
    };
    // Also after a restart, when nothing is remembered.
    world.crash();
    world.start().await;
    let nested = Talk::of(&world, &nested);
    assert_eq!(nested.list("").await, taken);
    assert_eq!(world.get(&format!("{}/messages", nested.path)).await.ok(), conversation);
    assert_eq!(session(&nested).await["forked_from_session_id"], child);
    let turn = nested.ask("four").await;
    let call = turn.iter().find(|event| event["type"] == "llm.generation").expect("a model call");
    let told: Vec<&str> = call["data"]["messages"].as_array().expect("messages").iter().map(text).collect();
    assert_eq!(told, ["one", "one", "two", "two", "three", "three", "four"]);
}
