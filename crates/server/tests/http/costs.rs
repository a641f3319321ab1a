//! What turns cost: by the prices that were known when they opened, the same in every place that tells it.

use serde_json::{Value, json};

use crate::models::ECHO;
use crate::talk::{Talk, of_type};
use crate::world::World;

async fn set_price(world: &World, input: f64, output: f64) {
    let body = json!({ "profile": { "cost": { "input": input, "output": output } } });
    world.sent(&format!("PATCH /v1/models/{ECHO}"), body).await.ok();
}

/// Dollars for the tokens of a usage.
fn dollars(usage: &Value, input: f64, output: f64) -> f64 {
    let count = |bucket: &str| usage[bucket].as_f64().expect("a count");
    let micros = count("input_tokens") * input + count("output_tokens") * output;
    (micros * 1e3).round() / 1e9
}

#[tokio::test]
async fn a_cost_is_the_same_wherever_it_is_told_and_stays() {
    let world = World::dev().await;
    let agent = world.post("/v1/agents", &json!({ "name": "spender", "system_prompt": "Spend." })).await.ok();
    let talk = Talk::new(&world, json!({ "agent_id": agent["id"], "model_id": "llmsim/echo" })).await;
    let session = async || world.get(&talk.path).await.ok()["usage"].clone();
    let stats = async || world.get("/v1/agents/spender/stats").await.ok();
    let free = talk.ask("For nothing").await;
    let usage = &of_type(&free, "turn.completed")[0]["data"]["usage"];
    assert!(usage["input_tokens"].as_u64().is_some_and(|count| count > 0), "{usage}");
    assert_eq!(usage.get("estimated_cost_usd"), None, "simulated models cost nothing, and nothing is said of it");
    assert_eq!(stats().await["total_cost_usd"], 0.0);

    let mut sum = 0.0;
    for (input, output) in [(1.0, 2.0), (30.0, 40.0)] {
        set_price(&world, input, output).await;
        let turn = talk.ask("Something").await;
        let one = |name: &str| of_type(&turn, name)[0]["data"].clone();
        let usage = one("reason.completed")["usage"].clone();
        let cost = dollars(&usage, input, output);
        assert!(cost > 0.0, "{usage}");
        assert_eq!((&usage["estimated_cost_usd"], &usage["effective_cost_usd"]), (&json!(cost), &json!(cost)));
        assert_eq!(usage.get("actual_cost_usd"), None, "no provider said so");
        assert_eq!(one("llm.generation")["metadata"]["usage"], usage);
        assert_eq!(one("output.message.completed")["usage"], usage);
        assert_eq!(one("turn.completed")["usage"], usage, "the turn asked once");
        // Whole billionths add up exactly.
        sum = ((sum + cost) * 1e9_f64).round() / 1e9;
        assert_eq!(
            one("session.idled")["usage"]["effective_cost_usd"],
            sum,
            "the first price stays for the first turn"
        );
        assert_eq!(session().await, one("session.idled")["usage"]);
        let stats = stats().await;
        assert_eq!((&stats["total_cost_usd"], &stats["total_estimated_cost_usd"]), (&json!(sum), &json!(sum)));
        assert_eq!(stats["total_actual_cost_usd"], 0.0);
    }
    assert_eq!(world.get("/v1/turns/stats").await.ok()["total"]["cost_usd"], sum);

    // A fork has spent what was spent before it, and goes on from there.
    let fork = world.post(&format!("{}/fork", talk.path), &json!({})).await.ok();
    assert_eq!(fork["usage"], session().await);
    let fork = Talk::of(&world, fork["id"].as_str().expect("an id"));
    let turn = fork.ask("More").await;
    let more = of_type(&turn, "turn.completed")[0]["data"]["usage"]["effective_cost_usd"].as_f64().expect("a cost");
    let total = of_type(&turn, "session.idled")[0]["data"]["usage"]["effective_cost_usd"].as_f64().expect("a cost");
    assert_eq!((total * 1e9).round(), ((sum + more) * 1e9).round());
}
