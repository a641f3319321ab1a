//! Turns with models of real providers, played by a simulator over real sockets: what goes out, what comes back, and what
//! happens when something goes wrong.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use everruns_egress::Policy;
use everruns_simulator::{Answer, Cut, Ending, Failure, Kind, Part, Reply, Settings, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::images;
use crate::talk::{Talk, completed, of_type, types};
use crate::wire::Answer as Got;
use crate::world::{Setup, World};

const KEY: &str = "sk-canary-0123456789abcdef";
/// Types of providers, and where their simulated addresses end.
const TYPES: &[(&str, &str)] =
    &[("openai", "/v1"), ("openai_completions", "/v1"), ("anthropic", "/v1"), ("gemini", "/v1beta"), ("bedrock", "")];

async fn start() -> (World, Simulator) {
    let vendors = Some(Policy { private: true, ..Policy::default() });
    let world = World::with(Setup { vendors, ..Setup::default() }).await;
    (world, Simulator::start(Settings::default()).await.expect("a port"))
}

/// A provider of this type with a model `gpt-5`; its id.
async fn provider(world: &World, simulator: &Simulator, provider_type: &str) -> String {
    provider_with(world, simulator, provider_type, "gpt-5").await
}

async fn provider_with(world: &World, simulator: &Simulator, provider_type: &str, model: &str) -> String {
    let path = TYPES.iter().find(|(known, _)| *known == provider_type).expect("a type").1;
    let body = json!({
        "name": format!("sim-{provider_type}"),
        "provider_type": provider_type,
        "base_url": format!("{}{path}", simulator.url()),
        "api_key": KEY,
    });
    let made = world.post("/v1/providers", &body).await.ok();
    let id = made["id"].as_str().expect("an id").to_owned();
    let known = world.get(&format!("/v1/providers/{id}/models")).await.ok();
    let known = known["data"].as_array().expect("a list").iter().any(|known| known["model_id"] == model);
    if !known {
        let model = json!({ "model_id": model, "display_name": "A model" });
        world.post(&format!("/v1/providers/{id}/models"), &model).await.ok();
    }
    id
}

fn weather() -> Value {
    let parameters = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    json!([{ "type": "client_side", "name": "weather", "description": "Tells the weather.", "parameters": parameters }])
}

#[tokio::test]
async fn a_turn_with_thoughts_and_calls_in_every_format() {
    // Models that think, as each vendor calls them.
    let thinkers = ["gpt-5", "qwen3", "claude-opus-4-1", "gemini-2.5-pro", "us.anthropic.claude-opus-4-1-v1:0"];
    for ((provider_type, _), thinker) in TYPES.iter().zip(thinkers) {
        let (world, simulator) = start().await;
        provider_with(&world, &simulator, provider_type, thinker).await;
        let model = format!("sim-{provider_type}/{thinker}");
        let talk = Talk::new(&world, json!({ "model_id": model, "tools": weather() })).await;
        let calls = Answer::default().thinking("Two cities. ", "seal").part(Part::Text("I look.".into()));
        let calls = calls.call("weather", r#"{"city":"Rome"}"#);
        simulator.push(Reply::from(calls.call("weather", r#"{"city":"Oslo"}"#)));
        simulator.push(Reply::text("Warm and cold."));

        let mut events = talk.stream("").await;
        let hello = json!({
            "message": { "role": "user", "content": [{ "type": "text", "text": "Hello" }] },
            "controls": { "reasoning": { "effort": "high" } },
        });
        talk.send(hello).await;
        let asked = events.until("tool.call_requested").await;
        let calls = of_type(&asked, "tool.call_requested")[0]["data"]["tool_calls"].clone();
        let calls = calls.as_array().expect("calls").clone();
        let cities: Vec<&Value> = calls.iter().map(|call| &call["arguments"]["city"]).collect();
        assert_eq!(cities, ["Rome", "Oslo"], "{provider_type}");
        let thoughts = &of_type(&asked, "reason.thinking.completed")[0]["data"]["thinking"];
        assert_eq!(thoughts.as_str().map(str::trim), Some("Two cities."), "{provider_type}");
        let deltas = of_type(&asked, "reason.thinking.delta");
        let last = &deltas.last().expect("a delta")["data"];
        assert_eq!(&last["accumulated"], thoughts, "{provider_type}: {last}");
        let results: Vec<Value> =
            calls.iter().map(|call| json!({ "tool_call_id": call["id"], "result": { "c": 1 } })).collect();
        world.post(&format!("{}/tool-results", talk.path), &json!({ "tool_results": results })).await.ok();
        let answered = events.until("session.idled").await;
        assert_eq!(completed(&answered), "Warm and cold.", "{provider_type}");
        let generation = &of_type(&answered, "llm.generation")[0]["data"]["metadata"];
        assert_eq!((&generation["success"], &generation["provider"]), (&json!(true), &json!(provider_type)));
        assert!(generation["usage"]["input_tokens"].as_u64().is_some_and(|count| count > 0), "{generation}");
        assert_eq!(of_type(&answered, "turn.completed").len(), 1);

        // What the provider sealed comes back to it, and to nobody else; the key is shown to it alone.
        let requests = simulator.requests();
        assert_eq!(requests.len(), 2, "{provider_type}");
        assert!(requests.iter().all(|request| request.status == Some(200)), "{provider_type}: a lawful transcript");
        let told = world.get(&format!("{}/events", talk.path)).await.body;
        assert!(!told.contains("seal") && !told.contains("canary"), "{provider_type}");
        if *provider_type != "openai_completions" {
            assert!(requests[1].body.to_string().contains("seal"), "{provider_type}: {}", requests[1].body);
        }
        let shown = requests[0].headers.iter().any(|(_, value)| value.contains(KEY));
        assert!(shown, "{provider_type} is shown its key");
    }
}

#[tokio::test]
async fn what_was_shown_and_is_lost_is_taken_back() {
    let (world, simulator) = start().await;
    provider(&world, &simulator, "anthropic").await;
    let talk = Talk::with_model(&world, "sim-anthropic/gpt-5").await;
    let words = Answer::text("one two three four five six");
    // The line is cut behind the second word, once readers have seen the first.
    let cut = Reply::from(words).pause(1, Duration::from_millis(40)).cut(Cut::AfterContents(2));
    simulator.push(cut);
    simulator.push(Reply::text("Something else."));
    let turn = talk.ask("Hello").await;
    assert_eq!(completed(&turn), "Something else.");
    let recovered = of_type(&turn, "reason.recovered");
    assert_eq!(recovered.len(), 1, "{:?}", types(&turn));
    let started: Vec<&Value> =
        of_type(&turn, "output.message.started").iter().map(|event| &event["data"]["message_id"]).collect();
    assert!(started.len() == 2 && started[0] != started[1], "{started:?}");
    let generation = &of_type(&turn, "llm.generation")[0]["data"]["metadata"];
    assert_eq!(generation["retry"]["attempts"], 2, "{generation}");
}

#[tokio::test]
async fn a_busy_provider_is_asked_again_when_it_says() {
    let (world, simulator) = start().await;
    provider(&world, &simulator, "openai").await;
    let talk = Talk::with_model(&world, "sim-openai/gpt-5").await;
    for _ in 0..2 {
        simulator.push(Reply::fail(Failure::status(429).retry_after(0)));
    }
    simulator.push(Reply::text("At last."));
    let turn = talk.ask("Hello").await;
    assert_eq!(completed(&turn), "At last.");
    assert_eq!(of_type(&turn, "reason.recovered").len(), 0, "nothing was shown before");
    let retry = &of_type(&turn, "llm.generation")[0]["data"]["metadata"]["retry"];
    assert_eq!(retry, &json!({ "attempts": 3, "total_wait_ms": 0 }));
}

#[tokio::test]
async fn another_model_stands_in_and_the_log_says_so() {
    let (world, simulator) = start().await;
    let first = provider(&world, &simulator, "openai").await;
    provider(&world, &simulator, "gemini").await;
    let talk = Talk::with_model(&world, "sim-openai/gpt-5|sim-gemini/gpt-5").await;
    simulator.push(Reply::fail(Failure::status(401)));
    simulator.push(Reply::text("Hello from the second."));
    let turn = talk.ask("Hello").await;
    assert_eq!(completed(&turn), "Hello from the second.");
    let calls: Vec<(Value, Value)> = of_type(&turn, "llm.generation")
        .iter()
        .map(|event| (event["data"]["metadata"]["model"].clone(), event["data"]["metadata"]["success"].clone()))
        .collect();
    let expected = [(json!("openai/gpt-5"), json!(false)), (json!("gemini/gpt-5"), json!(true))];
    assert_eq!(calls, expected);
    let written = &of_type(&turn, "output.message.completed")[0]["data"]["metadata"];
    assert!(written["model"] == "gemini/gpt-5" && written["provider_id"] != json!(first), "{written}");
    assert_eq!(of_type(&turn, "reason.completed").len(), 1, "it was one step");

    // A chain is checked name by name where it is written.
    let unknown = json!({ "model_id": "sim-openai/gpt-5|sim-openai/nothing" });
    world.post("/v1/sessions", &unknown).await.check_problem(404, "`model_id`");
    world.post("/v1/sessions", &json!({ "model_id": "|" })).await.check_problem(404, "`model_id`");
}

#[tokio::test]
async fn a_prompt_that_is_too_large_is_cut_to_size() {
    let (world, simulator) = start().await;
    provider(&world, &simulator, "anthropic").await;
    let talk = Talk::with_model(&world, "sim-anthropic/gpt-5").await;
    for word in ["first", "second", "third"] {
        talk.ask(&format!("{word} {}", "x".repeat(3_000))).await;
    }
    simulator.push(Reply::fail(Failure::new(Kind::ContextLength)));
    simulator.push(Reply::text("It fits."));
    let turn = talk.ask("And now?").await;
    assert_eq!(completed(&turn), "It fits.");
    let metadata = &of_type(&turn, "llm.generation")[0]["data"]["metadata"];
    assert_eq!(metadata["compaction"], json!({ "compacted": true }));
    let sizes: Vec<usize> = simulator.requests().iter().map(|request| request.body.to_string().len()).collect();
    assert!(sizes[4] < sizes[3] * 2 / 3, "{sizes:?}");
    let kept = simulator.requests()[4].body.to_string();
    assert!(kept.contains("And now?") && !kept.contains("first xxx"), "the oldest messages go first");
    // What is left is remembered: the next prompt does not have to be refused first.
    talk.ask("Still there?").await;
    assert_eq!(simulator.requests().len(), 6);
}

#[tokio::test]
async fn a_provider_that_fails_on_is_left_alone_for_a_while() {
    let (world, simulator) = start().await;
    let id = provider(&world, &simulator, "openai").await;
    let talk = Talk::with_model(&world, "sim-openai/gpt-5").await;
    let breakers = "/v1/durable/circuit-breakers";
    for _ in 0..5 {
        simulator.push(Reply::fail(Failure::status(500).retry_after(0)));
    }
    talk.ask("one").await;
    let turn = talk.ask("two").await;
    assert_eq!(of_type(&turn, "turn.failed")[0]["data"]["error_code"], "provider_unavailable");
    let asked = simulator.requests().len();
    assert_eq!(asked, 5, "the sixth call is not made");
    let listed = world.get(breakers).await.ok();
    let key = format!("{id}:gpt-5");
    assert_eq!((&listed["data"][0]["key"], &listed["data"][0]["state"]), (&json!(key), &json!("open")));
    talk.ask("three").await;
    assert_eq!(simulator.requests().len(), asked, "it is left alone");

    let closed = world.sent(&format!("POST {breakers}/{key}/close"), json!({})).await.ok();
    assert_eq!((&closed["state"], &closed["failure_count"]), (&json!("closed"), &json!(0)));
    assert!(!completed(&talk.ask("four").await).is_empty());
    world.sent(&format!("POST {breakers}/{key}/open"), json!({})).await.ok();
    assert_eq!(of_type(&talk.ask("five").await, "turn.failed").len(), 1);
    assert_eq!(world.sent(&format!("DELETE {breakers}/{key}"), json!({})).await.status, 204);
    world.get(&format!("{breakers}/{key}")).await.check_problem(404, "circuit breaker");
}

#[tokio::test]
async fn a_cancel_hangs_up() {
    let (world, simulator) = start().await;
    provider(&world, &simulator, "openai_completions").await;
    let talk = Talk::with_model(&world, "sim-openai_completions/gpt-5").await;
    let endless = Reply::text("one two three").pause(1, Duration::from_secs(3_600));
    simulator.push(endless);
    let mut events = talk.stream("").await;
    talk.say("Hello").await;
    events.until("output.message.delta").await;
    talk.cancel().await;
    let request = simulator.ended(1).await;
    assert!(matches!(request.ending, Some(Ending::Closed { .. })), "{:?}", request.ending);
}

#[tokio::test]
async fn a_provider_tells_its_models() {
    let (world, simulator) = start().await;
    for (provider_type, _) in TYPES {
        let id = provider(&world, &simulator, provider_type).await;
        let synced = world.post(&format!("/v1/providers/{id}/sync-models"), &json!({})).await.ok();
        if *provider_type == "bedrock" {
            assert_eq!(synced, json!({ "status": "not_supported" }));
            continue;
        }
        assert_eq!(synced["status"], "success", "{provider_type}");
        assert!(synced["created"].as_i64().is_some_and(|created| created > 0), "{provider_type}: {synced}");
    }
    let id = provider(&world, &simulator, "openai").await;
    simulator.fail_list(Failure::status(401));
    let refused = world.post(&format!("/v1/providers/{id}/sync-models"), &json!({})).await;
    refused.check_problem(502, "did not tell its models");
    assert!(!refused.body.contains("canary"), "{}", refused.body);
}

#[tokio::test]
async fn images_and_schemas_go_out() {
    let (world, simulator) = start().await;
    provider(&world, &simulator, "openai_completions").await;
    let talk = Talk::with_model(&world, "sim-openai_completions/gpt-5").await;
    let image = images::form(world.request(Method::POST, "/v1/images"), &images::gif(2, 2));
    let image = Got::to(image).await.ok();
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let parts = json!([{ "type": "text", "text": "What is it?" }, { "type": "image_file", "image_id": image["id"] }]);
    let message = json!({ "message": { "content": parts }, "controls": { "output_schema": schema } });
    simulator.push(Reply::text(r#"{"name":"a dot"}"#));
    talk.send(message).await;
    talk.turn().await;
    let body = simulator.requests()[0].body.clone();
    let shown = body["messages"][1]["content"][1]["image_url"]["url"].as_str().map(str::to_owned);
    let bytes = BASE64_STANDARD.encode(images::gif(2, 2));
    assert_eq!(shown, Some(format!("data:image/gif;base64,{bytes}")), "{body}");
    assert_eq!(body["response_format"]["json_schema"]["schema"], schema);

    let parts = json!([{ "type": "text", "text": "x" }]);
    let wrong = json!({ "message": { "content": parts }, "controls": { "output_schema": "person" } });
    let path = format!("{}/messages", talk.path);
    world.post(&path, &wrong).await.check_problem(400, "`controls.output_schema`");
}

#[tokio::test]
async fn a_prompt_fits_the_context_that_is_known() {
    let (world, simulator) = start().await;
    let id = provider(&world, &simulator, "openai_completions").await;
    let models = world.get(&format!("/v1/providers/{id}/models")).await.ok();
    let model = models["data"][0]["id"].as_str().expect("an id").to_owned();
    let profile = json!({ "profile": { "limits": { "context": 2_400, "output": 400 } } });
    world.sent(&format!("PATCH /v1/models/{model}"), profile).await.ok();
    let talk = Talk::with_model(&world, "sim-openai_completions/gpt-5").await;
    for word in ["first", "second", "third"] {
        simulator.push(Reply::text("Yes."));
        talk.ask(&format!("{word} {}", "x".repeat(2_000))).await;
    }
    let requests = simulator.requests();
    let last = requests[2].body.to_string();
    assert!(last.contains("third xxx") && last.contains("second xxx") && !last.contains("first xxx"), "{last}");
    assert_eq!(requests.len(), 3, "none was refused first");
}

#[tokio::test]
async fn addresses_that_are_not_public_are_the_operators_to_allow() {
    let allowed = vec!["10.1.0.0/16".parse().expect("a range")];
    let vendors = Some(Policy { allowed, ..Policy::default() });
    let world = World::with(Setup { vendors, ..Setup::default() }).await;
    let check = async |url: &str, allowed: bool| {
        let body = json!({ "name": url, "provider_type": "openai", "base_url": url });
        let answer = world.post("/v1/providers", &body).await;
        if allowed { drop(answer.ok()) } else { answer.check_problem(400, "`base_url`") }
    };
    check("https://api.example.com/v1", true).await;
    check("http://10.1.2.3:8000/v1", true).await;
    check("http://10.2.0.1:8000/v1", false).await;
    check("http://127.0.0.1:11434/v1", false).await;
    check("http://0x7f.1/v1", false).await;
    check("http://[::ffff:169.254.169.254]/", false).await;

    // A name is judged when it is asked, by where it leads then.
    let body =
        json!({ "name": "here", "provider_type": "openai", "base_url": "http://localhost:9/v1", "api_key": KEY });
    let made = world.post("/v1/providers", &body).await.ok();
    let id = made["id"].as_str().expect("an id");
    let synced = world.post(&format!("/v1/providers/{id}/sync-models"), &json!({})).await;
    synced.check_problem(502, "not public");
}
