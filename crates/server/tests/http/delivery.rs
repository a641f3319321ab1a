//! How a message meets the turn that runs: five ways, in each state of a session.

use std::time::Duration;

use serde_json::{Value, json};

use crate::talk::{Talk, check_log, of_type, types};
use crate::world::World;

const MODES: [&str; 5] = ["steer", "queue", "interrupt", "rollback", "reject"];
/// What a turn of an echo writes behind the event that opened it.
const ECHO: [&str; 10] = [
    "turn.started",
    "session.activated",
    "reason.started",
    "output.message.started",
    "output.message.delta",
    "reason.completed",
    "llm.generation",
    "output.message.completed",
    "turn.completed",
    "session.idled",
];
const NOTES: [&str; 4] = ["turn.cancelled", "input.message", "output.message.completed", "session.idled"];
/// A model that speaks longer than any test listens.
const ENDLESS: &str = "llmsim/lorem?tokens=5000&latency=slow";

/// A message that the simulated model echoes, and how it is delivered.
fn said(text: &str, delivery: &str) -> Value {
    json!({
        "message": { "content": [{ "type": "text", "text": text }] },
        "metadata": { "llmsim": { "behaviour": "echo" } },
        "controls": { "model_id": "llmsim/echo" },
        "delivery": delivery,
    })
}

/// A session whose turn has begun to speak.
async fn running(world: &World) -> Talk<'_> {
    let talk = Talk::with_model(world, ENDLESS).await;
    talk.say("Tell me everything").await;
    talk.stream("").await.until("output.message.delta").await;
    talk
}

/// A session that waits for its client; the id of the call.
async fn waiting(world: &World) -> (Talk<'_>, String) {
    let spec = json!({
        "model_id": "llmsim/tool?name=look",
        "tools": [{ "type": "client_side", "name": "look", "description": "", "parameters": {} }],
    });
    let talk = Talk::new(world, spec).await;
    talk.say("Look").await;
    let events = talk.stream("").await.until("tool.call_requested").await;
    let call = events.last().expect("an event")["data"]["tool_calls"][0]["id"].as_str().expect("an id").to_owned();
    (talk, call)
}

/// The events from the message on, once the turn that it opens is over.
async fn behind(talk: &Talk<'_>, message: &Value) -> Vec<Value> {
    let after = message["sequence"].as_i64().expect("a sequence") - 1;
    let mut stream = talk.stream(&format!("?after_sequence={after}")).await;
    let mut events = stream.until("session.idled").await;
    let is_over = |events: &[Value]| {
        let started = of_type(events, "turn.started");
        let opened = started.iter().find(|event| event["data"]["input_message_id"] == message["id"]);
        opened.is_some_and(|opened| {
            let ends = of_type(events, "turn.completed");
            ends.iter().any(|end| end["data"]["turn_id"] == opened["data"]["turn_id"])
        })
    };
    while !is_over(&events) {
        events.extend(stream.until("session.idled").await);
    }
    events
}

/// The texts of the messages that the session lists, with the first letter of their role.
async fn conversation(talk: &Talk<'_>) -> Vec<String> {
    let messages = talk.world.get(&format!("{}/messages", talk.path)).await.ok();
    let word = |message: &Value| {
        let role = message["role"].as_str().expect("a role");
        format!("{}:{}", &role[..1], message["content"][0]["text"].as_str().unwrap_or("-"))
    };
    messages["data"].as_array().expect("a list").iter().map(word).collect()
}

#[tokio::test]
async fn a_session_without_a_turn_takes_each_alike() {
    let world = World::dev().await;
    for mode in MODES {
        for cancelled_before in [false, true] {
            let talk = if cancelled_before { running(&world).await } else { Talk::with_model(&world, ENDLESS).await };
            if cancelled_before {
                assert_eq!(talk.cancel().await["status"], "cancelled");
            }
            let message = talk.send(said("Hello", mode)).await;
            let events = behind(&talk, &message).await;
            assert_eq!(types(&events), [&["input.message"][..], &ECHO].concat(), "{mode}");
            assert_eq!(events[0]["data"].get("delivery"), None, "{mode}: there was nothing to deliver it to");
            assert_eq!(events[1]["data"]["input_message_id"], message["id"]);
            assert_eq!(talk.status().await, "idle");
        }
    }
}

#[tokio::test]
async fn a_running_turn_is_steered() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/lorem?tokens=20&token_ms=60").await;
    talk.say("Tell me something").await;
    talk.stream("").await.until("output.message.delta").await;
    let message = talk.send(said("In French", "steer")).await;
    let events = talk.turn().await;
    let steered = of_type(&events, "input.steered");
    assert_eq!(steered.len(), 1);
    assert_eq!(steered[0]["data"]["message_id"], message["id"]);
    assert_eq!(steered[0]["data"]["turn_id"], events[1]["data"]["turn_id"]);
    let place = events.iter().position(|event| event["type"] == "input.steered").expect("it is there");
    assert_eq!(events[place + 1]["type"], "reason.started", "the step that follows reads it");
    let models: Vec<&Value> =
        of_type(&events, "reason.started").iter().map(|event| &event["data"]["metadata"]["model"]).collect();
    assert_eq!(models, ["llmsim/lorem?tokens=20&token_ms=60", "llmsim/echo"], "its wishes hold from there on");
    assert_eq!(of_type(&events, "turn.started").len(), 1);
    check_log(&events, 2);
}

#[tokio::test]
async fn a_queued_message_waits_for_its_turn() {
    let world = World::dev().await;
    let talk = running(&world).await;
    let first = talk.send(said("One", "queue")).await;
    let second = talk.send(said("Two", "queue")).await;
    assert_eq!(talk.status().await, "active");
    let told = talk.list("?types=input.message").await;
    assert_eq!(told[1]["data"]["delivery"], "queue");
    assert_eq!(conversation(&talk).await, ["u:Tell me everything", "u:One", "u:Two"]);

    assert_eq!(talk.cancel().await["status"], "cancelled");
    let events = behind(&talk, &second).await;
    let dequeued = of_type(&events, "input.dequeued");
    let ids: Vec<&Value> = dequeued.iter().map(|event| &event["data"]["message_id"]).collect();
    assert_eq!(ids, [&first["id"], &second["id"]]);
    assert_eq!(dequeued[0]["data"]["queued_sequences"], json!([second["sequence"]]));
    let opened: Vec<&Value> =
        of_type(&events, "turn.started").iter().map(|event| &event["data"]["input_message_id"]).collect();
    assert_eq!(opened, ids);
    let from = events.iter().position(|event| event["type"] == "turn.cancelled").expect("a cancel");
    let turn = [&["input.dequeued"][..], &ECHO].concat();
    assert_eq!(types(&events[from..]), [&NOTES[..], &turn, &turn].concat());

    // Each turn reads what came before it, its own message last.
    let prompts: Vec<Vec<&str>> = of_type(&events, "llm.generation")
        .iter()
        .map(|event| {
            let messages = event["data"]["messages"].as_array().expect("messages");
            messages.iter().filter_map(|message| message["content"][0]["text"].as_str()).collect()
        })
        .collect();
    let notes = ["User requested to cancel the work.", "Work was cancelled by user."];
    let begin = [&["Tell me everything"], &notes[..]].concat();
    assert_eq!(prompts, [[&begin[..], &["One"]].concat(), [&begin[..], &["One", "One", "Two"]].concat()]);
}

/// Who stops reading at `turn.completed` misses nothing of the next turn, which has a stream of its own.
#[tokio::test]
async fn trap_33_nothing_of_a_turn_comes_behind_its_end() {
    let world = World::dev().await;
    let (talk, call) = waiting(&world).await;
    let queued = talk.send(said("Then this", "queue")).await;
    let results = json!({ "tool_results": [{ "tool_call_id": call, "result": 1 }] });
    world.post(&format!("{}/tool-results", talk.path), &results).await.ok();
    let events = behind(&talk, &queued).await;
    for end in of_type(&events, "turn.completed") {
        let later = events.iter().filter(|event| event["sequence"].as_i64() > end["sequence"].as_i64());
        let of_turn = |event: &&Value| event["context"]["turn_id"] == end["data"]["turn_id"];
        assert_eq!(later.filter(of_turn).count(), 0, "an event of the turn stands behind its end");
    }
    assert_eq!(of_type(&events, "turn.completed").len(), 2);
    // A stream without a cursor does not begin with the turn before.
    let latest = talk.turn().await;
    assert_eq!(types(&latest), [&["input.dequeued"][..], &ECHO].concat());
    // A cancelled turn ends no client's loop; the session's own word does.
    let talk = running(&world).await;
    talk.cancel().await;
    let events = talk.list("").await;
    assert_eq!(types(&events[events.len() - 4..]), NOTES);
}

#[tokio::test]
async fn a_running_turn_gives_way() {
    let world = World::dev().await;
    for (mode, end, listed) in [
        ("interrupt", &NOTES[..], &["u:Tell me everything", "u:-", "a:-", "u:Stop", "a:Stop"][..]),
        ("rollback", &["turn.cancelled", "session.idled"], &["u:Stop", "a:Stop"]),
    ] {
        let talk = running(&world).await;
        let queued = talk.send(said("Later", "queue")).await;
        let message = talk.send(said("Stop", mode)).await;
        let events = behind(&talk, &queued).await;
        let from = events.iter().position(|event| event["type"] == "turn.cancelled").expect("a cancel");
        let turns = [&["input.message"][..], &ECHO, &["input.dequeued"], &ECHO].concat();
        assert_eq!(types(&events[from..]), [end, &turns].concat(), "{mode}");
        assert_eq!(events[from]["data"]["rolled_back"].as_bool().unwrap_or(false), mode == "rollback");
        let words = if mode == "interrupt" { "interrupted by a new message" } else { "rolled back by a new message" };
        assert_eq!(events[from]["data"]["reason"], words);
        let input =
            of_type(&events, "input.message").into_iter().rfind(|event| event["data"].get("delivery").is_some());
        assert_eq!(input.expect("an input")["data"]["delivery"], mode);
        assert_eq!(input.expect("an input")["data"]["message"]["id"], message["id"]);

        let mut wanted: Vec<String> = listed.iter().map(|word| (*word).to_owned()).collect();
        for note in ["u:User requested to cancel the work.", "a:Work was cancelled by user."] {
            if let Some(word) = wanted.iter_mut().find(|word| word.ends_with(":-")) {
                note.clone_into(word);
            }
        }
        // A queued message is listed where it was accepted.
        let place = wanted.iter().position(|word| word.starts_with("u:User")).unwrap_or(0);
        wanted.insert(place, "u:Later".to_owned());
        wanted.push("a:Later".to_owned());
        assert_eq!(conversation(&talk).await, wanted, "{mode}");
        let shown = of_type(&events, "llm.generation");
        let said_before = shown[0]["data"]["messages"].to_string().contains("Tell me everything");
        assert_eq!(said_before, mode == "interrupt", "the model reads what is left");
        assert_eq!(talk.status().await, "idle");
    }
}

#[tokio::test]
async fn what_is_rolled_back_takes_steering_and_queued_openers_along() {
    let world = World::dev().await;
    let (talk, call) = waiting(&world).await;
    talk.send(json!({ "message": { "content": [{ "type": "text", "text": "Next" }] }, "delivery": "queue" })).await;
    let results = json!({ "tool_results": [{ "tool_call_id": call, "result": 1 }] });
    world.post(&format!("{}/tool-results", talk.path), &results).await.ok();
    let mut stream = talk.stream("").await;
    let mut asked = stream.until("tool.call_requested").await;
    while asked[0]["type"] != "input.dequeued" {
        asked = talk.stream("").await.until("tool.call_requested").await;
    }
    // The turn of "Next" waits for its client now.
    // What the turn before said stays: the question, the call, its answer, the result.
    let kept = 4;
    let before = conversation(&talk).await;
    assert_eq!(before.iter().filter(|word| *word == "u:Next").count(), 1);
    let message = talk.send(said("Never mind", "rollback")).await;
    behind(&talk, &message).await;
    let after = conversation(&talk).await;
    assert!(!after.contains(&"u:Next".to_owned()), "{after:?}");
    assert_eq!(after.len(), kept + 2, "{after:?}");
    assert_eq!(after[after.len() - 2..], ["u:Never mind", "a:Never mind"]);
    assert!(of_type(&talk.list("").await, "input.message").len() >= 3, "the log keeps everything");
}

#[tokio::test]
async fn a_running_turn_refuses_what_shall_not_disturb_it() {
    let world = World::dev().await;
    let (waiting, _) = waiting(&world).await;
    for talk in [running(&world).await, waiting] {
        let turn = talk.list("?types=turn.started").await;
        let before = talk.list("?types=input.message").await;
        let answer = world.post(&format!("{}/messages", talk.path), &said("Hello", "reject")).await;
        assert_eq!(answer.status.as_u16(), 409, "{}", answer.body);
        let problem = answer.json();
        assert_eq!((&problem["code"], &problem["turn_id"]), (&json!("turn_running"), &turn[0]["data"]["turn_id"]));
        assert_eq!(problem["error"]["code"], "turn_running");
        assert_eq!(talk.list("?types=input.message").await, before, "nothing is stored");
    }
}

#[tokio::test]
async fn who_waits_for_its_client_meets_each_message() {
    let world = World::dev().await;
    for (mode, status, fate) in [
        ("steer", "error", Some("input.steered")),
        ("queue", "success", None),
        ("interrupt", "", None),
        ("rollback", "", None),
    ] {
        let (talk, call) = waiting(&world).await;
        let message = talk.send(said("Hello", mode)).await;
        let submit = async || {
            let results = json!({ "tool_results": [{ "tool_call_id": call, "result": 1 }] });
            world.post(&format!("{}/tool-results", talk.path), &results).await
        };
        if mode == "queue" {
            assert_eq!(talk.status().await, "waitingfortoolresults", "the turn goes on waiting");
            submit().await.ok();
        }
        let events = if mode == "steer" { talk.turn().await } else { behind(&talk, &message).await };
        let closed = of_type(&events, "tool.completed");
        let statuses: Vec<&str> = closed.iter().filter_map(|event| event["data"]["status"].as_str()).collect();
        assert_eq!(statuses, if status.is_empty() { vec![] } else { vec![status] }, "{mode}");
        assert_eq!(fate.is_some(), !of_type(&events, "input.steered").is_empty(), "{mode}");
        if mode != "queue" {
            submit().await.check_problem(409, "not waiting for tool results");
        }
        assert_eq!(talk.status().await, "idle", "{mode}");
    }
}

#[tokio::test]
async fn what_is_queued_survives_a_restart() {
    let mut world = World::dev().await;
    let (talk, call) = waiting(&world).await;
    let id = talk.id.clone();
    let mut queued = Vec::new();
    for text in ["One", "Two", "Three"] {
        queued.push(talk.send(said(text, "queue")).await["id"].clone());
    }
    for crash in [true, false] {
        if crash {
            world.crash();
        } else {
            world.stop().await;
        }
        world.start().await;
    }
    let talk = Talk::of(&world, &id);
    assert_eq!(talk.status().await, "waitingfortoolresults");
    let results = json!({ "tool_results": [{ "tool_call_id": call, "result": 1 }] });
    world.post(&format!("{}/tool-results", talk.path), &results).await.ok();
    let mut stream = talk.stream("?after_sequence=0").await;
    let mut events = Vec::new();
    while of_type(&events, "turn.completed").len() < 4 {
        events.extend(stream.until("session.idled").await);
    }
    let opened = of_type(&events, "input.dequeued");
    assert_eq!(opened.iter().map(|event| event["data"]["message_id"].clone()).collect::<Vec<_>>(), queued);
    check_log(&events, 1);
}

#[tokio::test]
async fn a_cancel_tells_what_it_leaves_unanswered() {
    let world = World::dev().await;
    let talk = running(&world).await;
    let message = talk.send(said("In French", "steer")).await;
    talk.cancel().await;
    let dropped = talk.list("?types=input.dropped").await;
    assert_eq!(dropped.len(), 1);
    assert_eq!(dropped[0]["data"]["message_id"], message["id"]);
    assert_eq!(dropped[0]["data"]["reason"], "cancelled");
    assert!(conversation(&talk).await.contains(&"u:In French".to_owned()), "it stays in the conversation");
}

#[tokio::test]
async fn a_queue_has_an_end() {
    let world = World::dev().await;
    let (talk, _) = waiting(&world).await;
    for _ in 0..100 {
        talk.send(said("More", "queue")).await;
    }
    let answer = world.post(&format!("{}/messages", talk.path), &said("Too much", "queue")).await;
    assert_eq!(answer.status.as_u16(), 429, "{}", answer.body);
    assert_eq!(answer.json()["code"], "queue_full");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(talk.list("?types=input.message").await.len(), 101);
}

/// What a message expects of the log is checked in the statement that writes it; a conflict leaves nothing behind.
#[tokio::test]
async fn the_expected_sequence() {
    let world = World::dev().await;
    let messages = |talk: &Talk<'_>| format!("{}/messages", talk.path);
    for mode in MODES {
        let (waiting, _) = waiting(&world).await;
        for talk in [Talk::with_model(&world, "llmsim/echo").await, waiting] {
            let before = talk.list("").await;
            let last = before.last().expect("an event")["sequence"].as_i64().expect("a sequence");
            for wrong in [last - 1, last + 1] {
                let mut body = said("Hello", mode);
                body["expected_sequence"] = wrong.into();
                for (path, body) in [("messages", &body), ("cancel", &json!({ "expected_sequence": wrong }))] {
                    let answer = world.post(&format!("{}/{path}", talk.path), body).await;
                    assert_eq!(answer.status.as_u16(), 409, "{mode} {path} {}", answer.body);
                    let problem = answer.json();
                    assert_eq!(problem["code"], "sequence_conflict", "{mode} {path}");
                    assert_eq!(problem["last_sequence"], last, "{mode} {path}");
                    assert_eq!(talk.list("").await, before, "{mode} {path}: nothing is stored");
                }
            }
            let mut body = said("Hello", mode);
            body["expectedSequence"] = last.into();
            let is_waiting = talk.status().await == "waitingfortoolresults";
            let answer = world.post(&messages(&talk), &body).await;
            let wanted = if is_waiting && mode == "reject" { 409 } else { 201 };
            assert_eq!(answer.status.as_u16(), wanted, "{mode} {}", answer.body);
            let again = world.post(&messages(&talk), &body).await;
            assert_eq!(
                again.json()["code"],
                if wanted == 409 { "turn_running" } else { "sequence_conflict" },
                "{mode}"
            );
        }
    }
}

/// Clients give up after 30 seconds; this model says its first word later than that.
#[tokio::test]
async fn trap_22_who_posts_does_not_wait_for_the_model() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo?first_token_ms=60000").await;
    let posts = async {
        talk.say("Hello").await;
        for mode in ["steer", "queue", "interrupt", "rollback"] {
            let content = json!([{ "type": "text", "text": "And" }]);
            talk.send(json!({ "message": { "content": content }, "delivery": mode })).await;
        }
        talk.cancel().await;
    };
    tokio::time::timeout(Duration::from_secs(30), posts).await.expect("each answers at once");
    let events = talk.list("").await;
    assert_eq!(of_type(&events, "turn.cancelled").len(), 3);
    assert_eq!(of_type(&events, "reason.completed").len(), 0, "the model has said nothing");
}

#[tokio::test]
async fn a_cancel_may_say_why() {
    let world = World::dev().await;
    let talk = running(&world).await;
    let body = json!({ "reason": "Changed my mind" });
    world.post(&format!("{}/cancel", talk.path), &body).await.ok();
    assert_eq!(talk.list("?types=turn.cancelled").await[0]["data"]["reason"], "Changed my mind");
    let long = json!({ "reason": "x".repeat(501) });
    world.post(&format!("{}/cancel", talk.path), &long).await.check_problem(400, "`reason`");
}

/// Many clients at once, each expecting the same last event: one of them is right.
#[tokio::test]
async fn one_of_many_is_as_expected() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut body = said("Hello", "steer");
    body["expected_sequence"] = 1.into();
    let path = format!("{}/messages", talk.path);
    let posts = (0..16).map(|_| world.post(&path, &body));
    let statuses: Vec<u16> =
        futures::future::join_all(posts).await.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
    assert_eq!(talk.list("?types=input.message").await.len(), 1);
}
