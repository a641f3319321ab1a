//! Tools that the client answers: the turn waits in the log until it does.

use serde_json::{Value, json};

use crate::talk::{Talk, check_log, completed, of_type, types};
use crate::wire::Answer;
use crate::world::World;

/// Settings of a session whose model asks a client's tool that often at once.
fn spec(count: usize) -> Value {
    json!({
        "model_id": format!("llmsim/tool?name=get_weather&count={count}&arguments={{\"city\":\"Paris\"}}"),
        "tools": [{
            "type": "client_side",
            "name": "get_weather",
            "description": "The weather of a city.",
            "parameters": { "type": "object", "properties": { "city": { "type": "string" } } },
        }],
    })
}

/// A session that waits for the client; the ids of the calls.
async fn waiting(world: &World, count: usize) -> (Talk<'_>, Vec<String>) {
    let talk = Talk::new(world, spec(count)).await;
    talk.say("How is the weather?").await;
    let ids = requested(&talk).await;
    assert_eq!(ids.len(), count);
    (talk, ids)
}

/// Reads until the client is asked. At that moment the session waits already.
async fn requested(talk: &Talk<'_>) -> Vec<String> {
    let events = talk.stream("").await.until("tool.call_requested").await;
    assert_eq!(talk.status().await, "waitingfortoolresults");
    let asked = events.last().expect("an event")["data"]["tool_calls"].as_array().expect("a list").clone();
    for call in &asked {
        assert_eq!(call["name"], "get_weather");
        assert_eq!(call["arguments"], json!({ "city": "Paris" }), "arguments are an object");
    }
    asked.iter().map(|call| call["id"].as_str().expect("an id").to_owned()).collect()
}

async fn submit(talk: &Talk<'_>, results: Value) -> Answer {
    talk.world.post(&format!("{}/tool-results", talk.path), &json!({ "tool_results": results })).await
}

#[track_caller]
fn check(answer: &Answer, accepted: u64, status: &str) {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    assert_eq!(answer.json(), json!({ "accepted": accepted, "status": status }));
}

/// What the model made of the results once the turn is over.
async fn check_reply(talk: &Talk<'_>, reply: &str) {
    let turn = talk.turn().await;
    assert_eq!(completed(&turn), reply);
    check_log(&talk.list("").await, 1);
    assert_eq!(talk.status().await, "idle");
}

#[tokio::test]
async fn trap_34_the_session_waits_before_the_client_is_asked() {
    let world = World::dev().await;
    let (talk, ids) = waiting(&world, 1).await;
    check(&submit(&talk, json!([{ "tool_call_id": ids[0], "result": { "t": 21 } }])).await, 1, "active");
    check_reply(&talk, r#"Result: {"t":21}"#).await;
    let wanted = [
        "input.message",
        "turn.started",
        "session.activated",
        "reason.started",
        "output.message.started",
        "reason.completed",
        "llm.generation",
        "output.message.completed",
        "tool.call_requested",
        "tool.completed",
        "reason.started",
        "output.message.started",
        "output.message.delta",
        "reason.completed",
        "llm.generation",
        "output.message.completed",
        "turn.completed",
        "session.idled",
    ];
    assert_eq!(types(&talk.turn().await), wanted);

    let messages = world.get(&format!("{}/messages", talk.path)).await.ok();
    let result = messages["data"].as_array().expect("a list").iter().find(|message| message["role"] == "tool_result");
    let result = result.expect("a result");
    assert_eq!(result["content"][0]["tool_call_id"], ids[0].as_str());
    assert_eq!(result["session_id"], talk.id.as_str());
}

#[tokio::test]
async fn trap_20_whoever_does_not_wait_takes_no_results() {
    let words = "not waiting for tool results";
    let world = World::dev().await;
    let results = json!([{ "tool_call_id": "call_1", "result": 1 }]);
    let fresh = Talk::new(&world, spec(1)).await;
    submit(&fresh, results.clone()).await.check_problem(409, words);

    let (talk, ids) = waiting(&world, 1).await;
    let own = json!([{ "tool_call_id": ids[0] }]);
    check(&submit(&talk, own.clone()).await, 1, "active");
    talk.turn().await;
    submit(&talk, own).await.check_problem(409, words);

    let running = Talk::with_model(&world, "llmsim/lorem?tokens=5000&latency=slow").await;
    running.say("Hello").await;
    submit(&running, results.clone()).await.check_problem(409, words);

    let (cancelled, ids) = waiting(&world, 1).await;
    assert_eq!(cancelled.cancel().await["status"], "cancelled");
    assert_eq!(cancelled.status().await, "idle");
    submit(&cancelled, json!([{ "tool_call_id": ids[0] }])).await.check_problem(409, words);
    let gone = "/v1/sessions/session_00000000000000000000000000000000/tool-results";
    world.post(gone, &json!({ "tool_results": results })).await.check_problem(404, "session");
}

#[tokio::test]
async fn one_by_one() {
    let world = World::dev().await;
    let (talk, ids) = waiting(&world, 3).await;
    let waits = "waitingfortoolresults";
    submit(&talk, json!([{ "tool_call_id": "call_of_nobody" }])).await.check_problem(400, "tool_call_id");
    let mixed = json!([{ "tool_call_id": ids[0], "result": 0 }, { "tool_call_id": "call_of_nobody" }]);
    submit(&talk, mixed).await.check_problem(400, "call_of_nobody");

    check(&submit(&talk, json!([{ "tool_call_id": ids[1], "result": "first" }])).await, 1, waits);
    assert_eq!(talk.status().await, waits);
    check(&submit(&talk, json!([{ "tool_call_id": ids[1], "result": "second" }])).await, 0, waits);
    let twice = json!([{ "tool_call_id": ids[0], "result": 1 }, { "tool_call_id": ids[0], "result": 2 }]);
    check(&submit(&talk, twice).await, 1, waits);
    let last = json!([{ "tool_call_id": ids[1], "result": "third" }, { "tool_call_id": ids[2], "result": [3] }]);
    check(&submit(&talk, last).await, 1, "active");
    // In the order of the calls, whatever order the answers came in.
    check_reply(&talk, r#"Result: 1, "first", [3]"#).await;
    assert_eq!(of_type(&talk.turn().await, "tool.completed").len(), 3);
}

#[tokio::test]
async fn no_result_and_an_error() {
    let world = World::dev().await;
    let (talk, ids) = waiting(&world, 4).await;
    let results = json!([
        { "tool_call_id": ids[0] },
        { "tool_call_id": ids[1], "result": null },
        { "tool_call_id": ids[2], "error": "No such city" },
        { "tool_call_id": ids[3], "result": "ignored", "error": "Both" },
    ]);
    check(&submit(&talk, results).await, 4, "active");
    check_reply(&talk, "Result: null, null, error: No such city, error: Both").await;
    let turn = talk.turn().await;
    let states: Vec<(bool, &str)> = of_type(&turn, "tool.completed")
        .iter()
        .filter_map(|event| Some((event["data"]["success"].as_bool()?, event["data"]["status"].as_str()?)))
        .collect();
    assert_eq!(states, [(true, "success"), (true, "success"), (false, "error"), (false, "error")]);
}

#[tokio::test]
async fn results_as_a_message_of_old_clients() {
    let world = World::dev().await;
    let (talk, ids) = waiting(&world, 2).await;
    let part = json!({ "type": "tool_result", "tool_call_id": ids[0], "result": { "t": 1 } });
    let none = json!({ "type": "tool_result", "tool_call_id": ids[1] });
    let body = json!({ "message": { "role": "tool_result", "content": [part, none] } });
    let answer = world.post(&format!("{}/messages", talk.path), &body).await;
    assert_eq!(answer.status.as_u16(), 201);
    let message = answer.json();
    assert_eq!(message["role"], "tool_result");
    assert_eq!(message["content"][0], part);
    let listed = world.get(&format!("{}/messages", talk.path)).await.ok();
    let listed = listed["data"].as_array().expect("a list");
    let stored = listed.iter().find(|stored| stored["id"] == message["id"]).expect("it is listed under its id");
    assert_eq!((&stored["sequence"], &stored["role"]), (&message["sequence"], &message["role"]));
    check_reply(&talk, r#"Result: {"t":1}, null"#).await;
    let again = world.post(&format!("{}/messages", talk.path), &body).await;
    again.check_problem(409, "not waiting for tool results");
}

#[tokio::test]
async fn a_new_message_closes_the_calls() {
    let world = World::dev().await;
    let (talk, ids) = waiting(&world, 2).await;
    check(&submit(&talk, json!([{ "tool_call_id": ids[0], "result": 1 }])).await, 1, "waitingfortoolresults");
    talk.send(json!({
        "message": { "content": [{ "type": "text", "text": "Never mind" }] },
        "metadata": { "llmsim": { "behaviour": "echo" } },
    }))
    .await;
    check_reply(&talk, "Never mind").await;
    let turn = talk.turn().await;
    let closed = of_type(&turn, "tool.completed");
    assert_eq!(closed[1]["data"]["tool_call_id"], ids[1].as_str());
    assert_eq!(closed[1]["data"]["status"], "error");
    assert!(closed[1]["data"]["error"].as_str().is_some_and(|error| error.contains("new message")));
    assert_eq!(of_type(&turn, "turn.started").len(), 1, "it is the same turn");
}

#[tokio::test]
async fn after_five_minutes_it_goes_on_without_the_client() {
    let world = World::dev().await;
    let (talk, ids) = waiting(&world, 2).await;
    world.source.pass(301);
    check(&submit(&talk, json!([{ "tool_call_id": ids[0], "result": 1 }])).await, 1, "waitingfortoolresults");
    let turn = talk.turn().await;
    let closed = of_type(&turn, "tool.completed");
    assert_eq!((&closed[0]["data"]["status"], &closed[1]["data"]["status"]), (&json!("success"), &json!("timeout")));
    assert_eq!(completed(&turn), "Result: 1, error: the client did not answer within 300 seconds");
}

#[tokio::test]
async fn it_waits_through_a_restart() {
    let mut world = World::dev().await;
    let (talk, ids) = waiting(&world, 2).await;
    check(&submit(&talk, json!([{ "tool_call_id": ids[0], "result": 1 }])).await, 1, "waitingfortoolresults");
    let (id, before) = (talk.id.clone(), talk.list("").await);
    for crash in [true, false] {
        if crash {
            world.crash()
        } else {
            world.stop().await
        }
        world.start().await;
        let talk = Talk::of(&world, &id);
        assert_eq!(talk.status().await, "waitingfortoolresults");
        assert_eq!(talk.list("").await, before);
    }
    let talk = Talk::of(&world, &id);
    check(&submit(&talk, json!([{ "tool_call_id": ids[1], "result": 2 }])).await, 1, "active");
    check_reply(&talk, "Result: 1, 2").await;
}

#[tokio::test]
async fn tools_of_the_server_run_first() {
    let world = World::dev().await;
    let mut spec = spec(1);
    spec["capabilities"] = json!([{ "ref": "test_tools" }]);
    spec["model_id"] = json!("llmsim/tool?name=test_echo&arguments={\"value\":7}");
    let talk = Talk::new(&world, spec).await;
    let turn = talk.ask("Hello").await;
    assert!(of_type(&turn, "tool.call_requested").is_empty(), "the client is not asked for the server's tools");
    assert_eq!(of_type(&turn, "tool.completed").len(), 1);
}
