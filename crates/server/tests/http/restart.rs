//! The server goes down in the middle of the work and comes back: nothing is lost, nothing is shown twice.

use serde_json::{Value, json};

use crate::talk::{Talk, check_log, completed, deltas, of_type};
use crate::world::World;

/// A reply that takes about a second.
const STEADY: &str = "llmsim/lorem?tokens=300&first_token_ms=1&token_ms=3";

/// A session whose turn is in the middle of it: this many events of this type were seen.
async fn begun(world: &World, spec: &Value, type_name: &str, count: usize) -> (String, Vec<Value>) {
    let talk = Talk::new(world, spec.clone()).await;
    let mut stream = talk.stream("?after_sequence=0").await;
    talk.say("Hello").await;
    let mut seen = Vec::new();
    for _ in 0..count {
        seen.extend(stream.until(type_name).await);
    }
    (talk.id.clone(), seen)
}

/// That the turn came to its end as if nothing had happened.
async fn check_finished(world: &World, id: &str, seen: &[Value]) -> Vec<Value> {
    let talk = Talk::of(world, id);
    let read = talk.stream("?after_sequence=0").await.until("session.idled").await;
    let all = talk.list("").await;
    assert_eq!(read, all);
    check_log(&all, 1);
    assert_eq!(all[..seen.len()], *seen, "what was seen stands");
    assert_eq!(of_type(&all, "turn.started").len(), 1);
    assert_eq!(of_type(&all, "turn.completed").len(), 1);
    assert_eq!(talk.status().await, "idle");
    all
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_reply() {
    let mut world = World::dev().await;
    let (id, seen) = begun(&world, &json!({ "model_id": STEADY }), "output.message.delta", 1).await;
    for _ in 0..2 {
        world.crash();
        world.start().await;
        // The same client reads on from where it was, again and again.
        let talk = Talk::of(&world, &id);
        let last = seen.last().expect("an event")["id"].as_str().expect("an id");
        let next = talk.stream(&format!("?since_id={last}")).await.event().await;
        assert_eq!(next["sequence"].as_i64(), Some(seen.len() as i64 + 1));
    }
    let all = check_finished(&world, &id, &seen).await;
    assert_eq!(deltas(&all), completed(&all), "no word is missing and none is said twice");
    assert_eq!(completed(&all).split(' ').count(), 300);
    assert!(of_type(&all, "reason.recovered").is_empty(), "the same text needs no new start");
}

#[tokio::test]
async fn who_spoke_before_a_crash_is_answered_after_it() {
    let mut world = World::dev().await;
    let (id, seen) = begun(&world, &json!({ "model_id": STEADY }), "output.message.delta", 1).await;
    let steering = json!({
        "message": { "content": [{ "type": "text", "text": "And this?" }] },
        "metadata": { "llmsim": { "behaviour": "echo" } },
    });
    Talk::of(&world, &id).send(steering).await;
    world.crash();
    world.start().await;
    let all = check_finished(&world, &id, &seen).await;
    assert_eq!(of_type(&all, "reason.started").len(), 2);
    assert_eq!(completed(&all), "And this?", "the model reads what was said, and answers it");
}

#[tokio::test]
async fn a_crash_in_the_middle_of_tools() {
    let mut world = World::dev().await;
    let spec = json!({
        "model_id": "llmsim/tool?name=test_wait&arguments={\"millis\":30}&rounds=8&count=3&latency=fast",
        "capabilities": [{ "ref": "test_tools" }],
    });
    let (id, seen) = begun(&world, &spec, "tool.started", 4).await;
    world.crash();
    world.start().await;
    let all = check_finished(&world, &id, &seen).await;
    let started = of_type(&all, "tool.started");
    assert_eq!(started.len(), 24, "no call is written twice");
    assert_eq!(of_type(&all, "tool.completed").len(), 24, "every call has one answer");
    assert_eq!(completed(&all).matches("waited_millis").count(), 3, "{}", completed(&all));
}

#[tokio::test]
async fn what_must_not_run_twice_does_not() {
    let mut world = World::dev().await;
    let spec = json!({
        "model_id": "llmsim/tool?name=test_once&arguments={\"value\":1}&rounds=60",
        "capabilities": [{ "ref": "test_tools" }],
    });
    let (id, seen) = begun(&world, &spec, "tool.started", 10).await;
    world.crash();
    world.start().await;
    let all = check_finished(&world, &id, &seen).await;
    assert_eq!(of_type(&all, "tool.started").len(), 60);
    let unknown = |event: &&&Value| event["data"]["success"] == false;
    let completed = of_type(&all, "tool.completed");
    assert_eq!(completed.len(), 60);
    assert!(completed.iter().filter(unknown).count() <= 1, "at most the call that ran is in doubt");
}

#[tokio::test]
async fn a_stop_hands_the_turn_to_the_next_start() {
    let mut world = World::dev().await;
    let spec = json!({
        "model_id": "llmsim/tool?name=get_current_time&rounds=60&text=so+many+words&latency=fast",
        "capabilities": [{ "ref": "current_time" }],
    });
    let (id, seen) = begun(&world, &spec, "tool.completed", 2).await;
    world.stop().await;
    world.start().await;
    let talk = Talk::of(&world, &id);
    let before = talk.list("").await;
    assert!(of_type(&before, "reason.completed").len() < 61, "it was stopped before its end");
    let all = check_finished(&world, &id, &seen).await;
    assert_eq!(of_type(&all, "reason.started").len(), 61, "no step is done twice");
    assert_eq!(of_type(&all, "tool.completed").len(), 60);
}

#[tokio::test]
async fn many_turns_at_once() {
    let mut world = World::dev().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        let talk = Talk::with_model(&world, STEADY).await;
        talk.say("Hello").await;
        ids.push(talk.id.clone());
    }
    Talk::of(&world, &ids[19]).stream("").await.until("output.message.delta").await;
    world.crash();
    world.start().await;
    for id in &ids {
        let all = check_finished(&world, id, &[]).await;
        assert_eq!(deltas(&all), completed(&all));
    }
}

#[tokio::test]
async fn what_was_made_is_there() {
    let mut world = World::dev().await;
    let agent = json!({ "name": "keeper", "system_prompt": "Keep.", "tags": ["a"], "default_model_id": "llmsim/echo" });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"], "title": "Kept" })).await;
    talk.ask("Hello").await;
    let (id, path) = (talk.id.clone(), talk.path.clone());
    let paths =
        ["/v1/agents".to_owned(), "/v1/sessions".to_owned(), format!("{path}/messages"), format!("{path}/events")];
    let read = async |world: &World| {
        let mut bodies = Vec::new();
        for path in &paths {
            let mut body = world.get(path).await.ok();
            // The port is another one.
            body["data"].as_array_mut().expect("a list").iter_mut().for_each(|item| item["ui_link"] = json!(null));
            bodies.push(body);
        }
        bodies
    };
    let before = read(&world).await;
    world.stop().await;
    world.start().await;
    assert_eq!(read(&world).await, before);
    assert_eq!(completed(&Talk::of(&world, &id).ask("Still there?").await), "Still there?");
}
