//! Rounds of a turn: what a model gave comes back to it in the form in which its provider takes it.

use std::sync::Arc;

use everruns_core::config::Config;
use everruns_core::message::{ContentPart, Message, Role, ToolResult};
use everruns_core::prompt::Prompt;
use everruns_core::provider_items::{ProviderItem, ProviderItems};
use everruns_core::{HarnessId, MessageId, Timestamp};
use everruns_llm::{Done, Part, Request, dialect::origin};
use everruns_simulator::{Answer, Simulator};
use futures::StreamExt as _;
use serde_json::json;

use crate::{access, models, simulator};

pub(crate) fn message(role: Role, content: Vec<ContentPart>) -> Message {
    Message::new(MessageId::from_u128(1), role, content, Timestamp::from_micros(0))
}

pub(crate) fn request(simulator: &Simulator, model: &str, messages: &[Message]) -> Request {
    let weather = json!({"name": "weather", "description": "Tells the weather.", "answered_by": "client",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}});
    let config: Config = serde_json::from_value(json!({"harness_id": HarnessId::from_u128(1), "model": model,
        "system_prompt": "Be kind.", "tools": [weather], "max_iterations": 10, "parallel_tool_calls": true,
        "client_tool_seconds": 300, "manner": {"reasoning_effort": "high"}}))
    .expect("a configuration");
    let messages = messages.iter().cloned().map(Arc::new).collect();
    let prompt = Arc::new(Prompt { config: Arc::new(config), messages, from: 1, bytes: 0 });
    Request { access: access(simulator), conversation: "session_1".to_owned(), ..Request::of(prompt) }
}

/// Asks, and makes the message of the answer as the engine does.
async fn ask(request: Request) -> (Message, Done) {
    let (mut text, mut calls) = (String::new(), Vec::new());
    let mut items = ProviderItems::of(origin(&request));
    let mut parts = models().stream(request).expect("a driver");
    let done = loop {
        match parts.next().await.expect("an end").expect("an answer") {
            Part::Text(more) => {
                items.text(more.len());
                text.push_str(&more);
            }
            Part::Item(own) => items.items.push(ProviderItem::Own(own)),
            Part::ToolCall(call) => {
                items.items.push(ProviderItem::Call);
                calls.push(ContentPart::ToolCall(call));
            }
            Part::Thinking(_) | Part::Progress => {}
            Part::Done(done) => break done,
        }
    };
    let mut content = if text.is_empty() { Vec::new() } else { vec![ContentPart::text(&text)] };
    content.extend(calls);
    let provider_items = items.worth_keeping().map(Arc::new);
    (Message { provider_items, ..message(Role::Agent, content) }, done)
}

/// The answers to the calls of a message, one of them an image.
fn answers(message: &Message) -> Vec<Message> {
    let shown =
        json!([{"type": "text", "text": "sunny"}, {"type": "image", "base64": "cGl4", "media_type": "image/png"}]);
    let answer = |call: &str| {
        let result = ToolResult { tool_call_id: call.to_owned(), result: Some(shown.clone()), error: None };
        self::message(Role::ToolResult, vec![ContentPart::ToolResult(result)])
    };
    message.tool_calls().map(|call| answer(&call.id)).collect()
}

/// All three requests were lawful, and the last one has so many seals, and the image of each answer.
#[track_caller]
fn check(simulator: &Simulator, seals: usize) {
    let requests = simulator.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.status, Some(200), "{:#}", request.body);
    }
    let last = requests.last().expect("a request").body.to_string();
    assert_eq!(last.matches("c2VhbC0").count(), seals, "{last}");
    assert_eq!(last.matches("cGl4").count(), 3, "{last}");
}

#[tokio::test]
async fn what_a_model_thought_comes_back_to_it() {
    let models = [
        "openai/gpt-5",
        "gemini/gemini-3-pro-preview",
        "gemini/gemini-2.5-pro",
        "anthropic/claude-sonnet-4-5",
        "anthropic/claude-opus-5-5",
        "bedrock/anthropic.claude-sonnet-4-5-v1:0",
        "bedrock/us.anthropic.claude-opus-4-7",
    ];
    for model in models {
        let simulator = simulator(1).await;
        let wait = everruns_simulator::Part::Text("Wait.".to_owned());
        let both = Answer::default().thinking("Two.", "c2VhbC0x").part(wait);
        simulator.push(both.call("weather", r#"{"city":"Rome"}"#).call("weather", r#"{"city":"Oslo"}"#));
        simulator.push(Answer::default().thinking("One more.", "c2VhbC0y").call("weather", r#"{"city":"Bonn"}"#));
        simulator.push(Answer::text("It is sunny."));
        let mut messages = vec![message(Role::User, vec![ContentPart::text("Hi")])];
        for calls in [2, 1, 0] {
            let (answer, done) = ask(request(&simulator, model, &messages)).await;
            assert_eq!(answer.tool_calls().count(), calls, "{model}: {answer:?}");
            assert!(done.usage.output_tokens > 0 && done.finish_reason.is_some(), "{model}: {done:?}");
            let answered = answers(&answer);
            messages.push(answer);
            messages.extend(answered);
        }
        assert_eq!(messages.last().and_then(|last| last.content[0].as_text()), Some("It is sunny."), "{model}");
        check(&simulator, 2);
    }
}

#[tokio::test]
async fn a_model_goes_on_where_another_one_was() {
    let models = [
        "openai/gpt-5",
        "gemini/gemini-3-pro-preview",
        "anthropic/claude-sonnet-4-5",
        "bedrock/anthropic.claude-sonnet-4-5-v1:0",
        "groq/llama",
    ];
    for model in models {
        let simulator = simulator(1).await;
        simulator.push(Answer::default().thinking("Hm.", "c2VhbC0x").call("weather", "{}").call("weather", "{}"));
        simulator.push(Answer::default().thinking("Hm.", "c2VhbC0y").call("weather", "{}"));
        simulator.push(Answer::text("It is sunny."));
        let mut messages = vec![message(Role::User, vec![ContentPart::text("Hi")])];
        for other in ["gemini/gemini-2.5-pro", "anthropic/claude-sonnet-4-5", model] {
            let (answer, _) = ask(request(&simulator, other, &messages)).await;
            let answered = answers(&answer);
            messages.push(answer);
            messages.extend(answered);
        }
        assert_eq!(messages.last().and_then(|last| last.content[0].as_text()), Some("It is sunny."), "{model}");
        // Nobody reads what another one's model thought, and thoughts that begin in the midst of a turn are no help.
        check(&simulator, 0);
    }
}
