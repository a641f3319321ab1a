//! The order of events of each kind of turn, and the session's status along the way.

use serde_json::{Value, json};

use crate::talk::{Talk, check_log, completed, deltas, of_type, types};
use crate::world::World;

/// One reason step that shows text.
const REASON: [&str; 6] = [
    "reason.started",
    "output.message.started",
    "output.message.delta",
    "reason.completed",
    "llm.generation",
    "output.message.completed",
];
const SILENT_REASON: [&str; 5] =
    ["reason.started", "output.message.started", "reason.completed", "llm.generation", "output.message.completed"];
const START: [&str; 3] = ["input.message", "turn.started", "session.activated"];
const END: [&str; 2] = ["turn.completed", "session.idled"];

#[track_caller]
fn check(events: &[Value], wanted: &[&[&str]]) {
    assert_eq!(types(events), wanted.concat());
    let first = events[0]["sequence"].as_i64().expect("a sequence");
    check_log(events, first);
}

/// That the contexts belong together: one turn, one `exec_id` per phase, one span per operation.
#[track_caller]
fn check_context(events: &[Value], turn_id: &Value) {
    for event in events {
        let (context, name) = (&event["context"], event["type"].as_str().expect("a type"));
        if ["input.message", "session.started", "session.activated", "session.idled"].contains(&name) {
            assert_eq!(*context, json!({}), "{name}");
            continue;
        }
        assert_eq!(context["turn_id"], *turn_id, "{name}");
        assert_eq!(context["trace_id"], *turn_id, "{name}");
    }
    let started_and_completed = ["reason", "output.message", "tool"];
    for pair in started_and_completed {
        let started = of_type(events, &format!("{pair}.started"));
        let completed = of_type(events, &format!("{pair}.completed"));
        assert_eq!(started.len(), completed.len(), "{pair}");
        let spans = |events: &[&Value]| {
            let mut spans: Vec<String> = events.iter().map(|event| event["context"]["span_id"].to_string()).collect();
            spans.sort();
            spans
        };
        assert_eq!(spans(&started), spans(&completed), "{pair}");
    }
}

#[tokio::test]
async fn a_simple_turn() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/lorem?tokens=20&latency=fast").await;
    assert_eq!(talk.status().await, "started");
    assert_eq!(types(&talk.list("").await), ["session.started"]);

    let message = talk.say("Hello").await;
    assert_eq!(message["role"], "user");
    assert_eq!(message["session_id"], talk.id.as_str());
    let listed = talk.list("?types=input.message&order_desc=true&limit=1").await;
    assert_eq!(listed[0]["data"]["message"]["id"], message["id"], "a message is listed before its 201");
    assert_eq!(listed[0]["sequence"], message["sequence"]);

    let turn = talk.turn().await;
    check(&turn, &[&START, &REASON, &END]);
    check_context(&turn, &turn[1]["data"]["turn_id"]);
    assert_eq!(turn[0]["sequence"], 2);
    assert_eq!(deltas(&turn), completed(&turn));
    assert_eq!(turn[1]["data"]["input_message_id"], message["id"]);
    assert_eq!(talk.status().await, "idle");
    assert_eq!(talk.list("").await[1..], turn, "the list shows what the stream showed");
}

#[tokio::test]
async fn a_turn_with_two_tools_at_once() {
    let world = World::dev().await;
    let spec = json!({
        "model_id": "llmsim/tool?name=get_current_time&count=2&text=Looking",
        "capabilities": [{ "ref": "current_time" }],
    });
    let talk = Talk::new(&world, spec).await;
    let turn = talk.ask("What time is it?").await;
    let act =
        ["act.started", "tool.started", "tool.started", "tool.completed", "tool.completed", "act.completed"].as_slice();
    check(&turn, &[&START, &REASON, act, &REASON, &END]);
    check_context(&turn, &turn[1]["data"]["turn_id"]);

    let asked = of_type(&turn, "output.message.completed")[0];
    let content = asked["data"]["message"]["content"].as_array().expect("parts");
    let kinds: Vec<&str> = content.iter().filter_map(|part| part["type"].as_str()).collect();
    assert_eq!(kinds, ["text", "tool_call", "tool_call"]);
    let started = of_type(&turn, "tool.started");
    assert_eq!(started[0]["data"]["tool_call"]["id"], content[1]["id"]);
    assert_eq!(started[1]["data"]["tool_call"]["id"], content[2]["id"]);
    let act = &of_type(&turn, "act.completed")[0]["data"];
    assert_eq!((&act["success_count"], &act["error_count"]), (&json!(2), &json!(0)));
    assert!(completed(&turn).starts_with("Result: "));
    assert_eq!(talk.status().await, "idle");

    let messages = world.get(&format!("{}/messages", talk.path)).await.ok();
    let roles: Vec<&str> =
        messages["data"].as_array().expect("a list").iter().filter_map(|message| message["role"].as_str()).collect();
    assert_eq!(roles, ["user", "agent", "tool_result", "tool_result", "agent"]);
}

#[tokio::test]
async fn a_failed_turn() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/error?kind=auth").await;
    let turn = talk.ask("Hello").await;
    check(&turn, &[&START, &SILENT_REASON, &["turn.failed", "session.idled"]]);
    check_context(&turn, &turn[1]["data"]["turn_id"]);
    assert_eq!(of_type(&turn, "reason.completed")[0]["data"]["success"], false);
    assert_eq!(of_type(&turn, "llm.generation")[0]["data"]["metadata"]["success"], false);
    let failed = &of_type(&turn, "turn.failed")[0]["data"];
    assert_eq!(failed["error_code"], "provider_misconfigured");
    assert_eq!(failed["error"], completed(&turn).as_str());
    assert_eq!(talk.status().await, "idle");

    let next = talk.send(json!({
        "message": { "content": [{ "type": "text", "text": "Again" }] },
        "controls": { "model_id": "llmsim/echo" },
    }));
    next.await;
    check(&talk.turn().await, &[&START, &REASON, &END]);
}

#[tokio::test]
async fn a_cancelled_turn() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/lorem?tokens=5000&latency=slow").await;
    talk.say("Hello").await;
    let mut stream = talk.stream("").await;
    let mut turn = stream.until("output.message.delta").await;
    assert_eq!(talk.status().await, "active");
    let answer = talk.cancel().await;
    assert_eq!(answer["status"], "cancelled");
    assert!(answer["message"].is_string());
    assert_eq!(talk.status().await, "idle", "the turn is over when the cancel answers");
    turn.extend(stream.until("session.idled").await);
    let cancelled = ["turn.cancelled", "input.message", "output.message.completed", "session.idled"];
    check(&turn, &[&START, &REASON[..3], &cancelled]);
    let notes = &turn[turn.len() - 3..turn.len() - 1];
    let text = |event: &Value| event["data"]["message"]["content"][0]["text"].clone();
    assert_eq!(text(&notes[0]), "User requested to cancel the work.");
    assert_eq!(text(&notes[1]), "Work was cancelled by user.");
    assert_eq!(notes[0]["data"]["message"]["role"], "user");
    assert_eq!(notes[1]["data"]["message"]["role"], "agent");

    let last = talk.list("?limit=1").await;
    assert_eq!(talk.cancel().await["status"], "no_op");
    assert_eq!(talk.list("?limit=1").await, last, "a cancel of nothing leaves nothing");

    talk.send(json!({
        "message": { "content": [{ "type": "text", "text": "Once more" }] },
        "controls": { "model_id": "llmsim/echo" },
    }))
    .await;
    check(&talk.turn().await, &[&START, &REASON, &END]);
}

#[tokio::test]
async fn nothing_to_cancel() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    assert_eq!(talk.cancel().await["status"], "no_op");
    assert_eq!(types(&talk.list("").await), ["session.started"]);
    assert_eq!(talk.status().await, "started");
    talk.ask("Hello").await;
    assert_eq!(talk.cancel().await["status"], "no_op");
    assert_eq!(talk.status().await, "idle");
}

/// A caller who hangs up while the turn is being cancelled must not leave readers waiting.
#[tokio::test]
async fn a_cancel_whose_caller_hangs_up_is_seen() {
    use tokio::io::AsyncWriteExt as _;
    let world = World::dev().await;
    let address = world.url().trim_start_matches("http://").to_owned();
    for attempt in 0..40 {
        let talk = Talk::with_model(&world, "llmsim/lorem?tokens=5000&latency=slow").await;
        let mut stream = talk.stream("").await;
        talk.say("Hello").await;
        stream.until("reason.started").await;
        let mut socket = tokio::net::TcpStream::connect(&address).await.expect("a connection");
        let request = format!("POST {}/cancel HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\n\r\n", talk.path);
        socket.write_all(request.as_bytes()).await.expect("a request");
        for _ in 0..attempt * 25 {
            tokio::task::yield_now().await;
        }
        drop(socket);
        // Nothing else happens in this session, so only the cancel's own commit can wake the reader. The request may
        // also die with its connection before it is read; then the turn goes on, and a second cancel ends it.
        let next = stream.event().await;
        if next["type"] != "turn.cancelled" {
            talk.cancel().await;
        }
        stream.until("session.idled").await;
    }
}

/// A cancel stops the turn that it ended, not the one that a message opens in the same moment.
#[tokio::test]
async fn a_cancel_spares_the_next_turn() {
    let world = World::dev().await;
    for _ in 0..20 {
        let talk = Talk::with_model(&world, "llmsim/lorem?tokens=5000&first_token_ms=1&token_ms=5").await;
        let mut stream = talk.stream("").await;
        talk.say("Hello").await;
        stream.until("output.message.delta").await;
        let next = json!({
            "message": { "content": [{ "type": "text", "text": "Next" }] },
            "controls": { "model_id": "llmsim/echo" },
        });
        let (cancelled, said) = futures::join!(talk.cancel(), talk.send(next));
        assert_eq!(cancelled["status"], "cancelled");
        let turn = stream.until("session.idled").await;
        // It came before the cancel and was cancelled with the turn, or after it and is answered.
        if turn.iter().all(|event| event["sequence"] != said["sequence"]) {
            check(&stream.until("session.idled").await, &[&START, &REASON, &END]);
        }
        assert_eq!(talk.status().await, "idle");
    }
}

#[tokio::test]
async fn a_steered_turn() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/lorem?tokens=40&first_token_ms=1&token_ms=40").await;
    talk.say("Hello").await;
    let mut stream = talk.stream("").await;
    let mut turn = stream.until("output.message.delta").await;
    talk.send(json!({
        "message": { "content": [{ "type": "text", "text": "In French, please" }] },
        "metadata": { "llmsim": { "behaviour": "echo", "token_ms": 0 } },
    }))
    .await;
    assert_eq!(talk.status().await, "active");
    turn.extend(stream.until("session.idled").await);
    let steering = turn.iter().rposition(|event| event["type"] == "input.message").expect("the second message");
    let input = turn.remove(steering);
    assert_eq!(input["data"]["message"]["content"][0]["text"], "In French, please");
    assert_eq!(types(&turn), [START.as_slice(), &REASON, &["input.steered"], &REASON, &END].concat());
    assert_eq!(completed(&turn), "In French, please");
    assert_eq!(of_type(&turn, "turn.completed")[0]["data"]["iterations"], 2);
    check_log(&talk.list("").await, 1);
    assert_eq!(talk.status().await, "idle");
}
