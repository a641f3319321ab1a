//! What the last request to a model was made of.

use serde_json::{Value, json};

use crate::talk::{Talk, of_type};
use crate::world::World;

#[tokio::test]
async fn each_part_of_the_last_request_is_explained() {
    let world = World::dev().await;
    let agent = json!({
        "name": "explained",
        "system_prompt": "Tell the time.",
        "default_model_id": "llmsim/echo",
        "capabilities": [{ "ref": "current_time" }],
    });
    let agent = world.post("/v1/agents", &agent).await.ok();
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"], "harness_name": "base" })).await;
    let report = async || world.get(&format!("{}/context-report", talk.path)).await.ok();
    let sections = |report: &Value| -> Vec<(String, u64)> {
        let of = |section: &Value| {
            let items = section["items"].as_u64().expect("a count");
            (section["key"].as_str().expect("a key").to_owned(), items)
        };
        report["sections"].as_array().expect("sections").iter().map(of).collect()
    };

    let before = report().await;
    assert_eq!((&before["session_id"], &before["model"]), (&json!(talk.id), &json!("llmsim/echo")));
    assert_eq!(sections(&before)[2], ("history".to_owned(), 0), "nobody said anything");

    talk.ask("What time is it?").await;
    let turn = talk.ask("And now?").await;
    let after = report().await;
    assert_eq!(sections(&after)[2], ("history".to_owned(), 3), "{after:#}");
    let parts = after["contributions"].as_array().expect("parts");
    let source = |id: &str| parts.iter().find(|part| part["source_id"] == id);
    assert_eq!(source("instructions").expect("the prompt")["section_key"], "system_prompt");
    let tool = parts.iter().find(|part| part["section_key"] == "tools").expect("a tool");
    assert!(tool["label"].as_str().is_some_and(|label| label.contains("(current_time)")), "{tool}");
    let asked = parts.last().expect("a message");
    assert_eq!(asked["label"], "User: And now?");

    // The parts add up to what the provider counted.
    let usage = &of_type(&turn, "llm.generation")[0]["data"]["metadata"]["usage"];
    let sum: u64 = parts.iter().map(|part| part["tokens"].as_u64().expect("tokens")).sum();
    assert_eq!((json!(sum), &after["estimated_input_tokens"]), (usage["input_tokens"].clone(), &json!(sum)));
    assert!(after["context_window_tokens"].as_u64().is_some_and(|tokens| tokens > 0));
    assert_eq!(after["cumulative_usage"], of_type(&turn, "session.idled")[0]["data"]["usage"]);

    world
        .get("/v1/sessions/session_00000000000000000000000000000001/context-report")
        .await
        .check_problem(404, "session");
}
