//! The drivers over real sockets, against simulated providers that hold every request to their format's rules.

use std::sync::Arc;

use everruns_core::config::Config;
use everruns_core::message::{ContentPart, Message, Role, ToolCall, ToolResult};
use everruns_core::prompt::Prompt;
use everruns_core::provider_items::{ProviderItem, ProviderItems};
use everruns_core::{ErrorCode, HarnessId, MessageId, Timestamp};
use everruns_egress::{Gate, Policy};
use everruns_llm::{Access, Clock, Clocks, Done, ModelError, Models, Part, Request};
use everruns_simulator::{Settings, Simulator, Transcript, parameters};
use futures::StreamExt as _;
use serde_json::json;
use zeroize::Zeroizing;

/// A provider of each format, a model of it, and what stands behind the simulator's address.
const MODELS: &[(&str, &str)] = &[
    ("openai/gpt-5", "/v1"),
    ("deepseek/deepseek-chat", "/v1"),
    ("anthropic/claude-sonnet-4-5", "/v1"),
    ("anthropic/claude-opus-5-5", "/v1"),
    ("gemini/gemini-2.5-pro", "/v1beta"),
    ("bedrock/anthropic.claude-sonnet-4-5-v1:0", ""),
];

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Simulated providers, and the drivers to reach them.
struct World {
    simulator: Simulator,
    models: Models,
}

/// All that one answer says.
#[derive(Default)]
struct Heard {
    text: String,
    calls: Vec<ToolCall>,
    items: Vec<ProviderItem>,
    done: Done,
}

impl World {
    async fn new() -> Self {
        let gate = Gate::new(Policy { private: true, ..Policy::default() }).expect("a gate");
        let clock: Clock = Arc::new(|| Timestamp::from_micros(1_795_000_000_000_000));
        let settings = Settings { secret: Some(SECRET.to_owned()), ..Settings::default() };
        let simulator = Simulator::start(settings).await.expect("a port");
        Self { simulator, models: Models::with_vendors(&gate, &clock, Clocks::default()) }
    }

    /// Lets the next answer be such, when the model has called tools so often.
    fn plays(&self, script: &str, rounds: u64) {
        let transcript = Transcript { rounds, ..Transcript::default() };
        self.simulator.push(parameters::reply(&format!("any?{script}"), &transcript).expect("a script"));
    }

    /// What the model answers to this conversation.
    async fn ask(&self, model: &str, path: &str, messages: &[Message]) -> Result<Heard, ModelError> {
        let keys = match model.split_once('/').map(|(provider_type, _)| provider_type) {
            Some("bedrock") => vec![
                ("access_key_id", "AKIDEXAMPLE"),
                ("secret_access_key", SECRET),
                ("session_token", "a-session-token"),
                ("region", "us-east-1"),
            ],
            _ => vec![("api_key", "sk-0123456789")],
        };
        let credentials = keys.into_iter().map(|(name, key)| (name.to_owned(), Zeroizing::new(key.to_owned())));
        let messages = messages.iter().cloned().map(Arc::new).collect();
        let prompt = Prompt { config: Arc::new(config(model)), messages, from: 1, bytes: 0 };
        let request = Request {
            access: Access {
                base_url: Some(format!("{}{path}", self.simulator.url())),
                credentials: credentials.collect(),
            },
            ..Request::of(Arc::new(prompt))
        };
        let mut parts = self.models.stream(request)?;
        let mut heard = Heard::default();
        let mut items = ProviderItems::of(model);
        while let Some(part) = parts.next().await {
            match part? {
                Part::Text(text) => {
                    items.text(text.len());
                    heard.text.push_str(&text);
                }
                Part::Item(item) => items.items.push(ProviderItem::Own(item)),
                Part::ToolCall(call) => {
                    items.items.push(ProviderItem::Call);
                    heard.calls.push(call);
                }
                Part::Done(done) => heard.done = done,
                Part::Thinking(_) | Part::Progress => {}
            }
        }
        heard.items = items.items;
        Ok(heard)
    }
}

fn config(model: &str) -> Config {
    let schema = json!({"type": "object"});
    let weather =
        json!({"name": "weather", "description": "Tells the weather.", "parameters": schema, "answered_by": "client"});
    let config = json!({
        "harness_id": HarnessId::from_u128(1), "model": model, "system_prompt": "Be kind.", "tools": [weather],
        "max_iterations": 10, "parallel_tool_calls": true, "client_tool_seconds": 300,
        "manner": {"reasoning_effort": "low"},
    });
    serde_json::from_value(config).expect("a configuration")
}

fn message(role: Role, content: Vec<ContentPart>) -> Message {
    Message::new(MessageId::from_u128(1), role, content, Timestamp::from_micros(0))
}

/// What the model said as it is remembered, and the answers to its calls.
fn remembered(model: &str, heard: &Heard) -> Vec<Message> {
    let text = (!heard.text.is_empty()).then(|| ContentPart::text(&heard.text));
    let calls = heard.calls.iter().cloned().map(ContentPart::ToolCall);
    let mut said = message(Role::Agent, text.into_iter().chain(calls).collect());
    let items = ProviderItems { origin: model.to_owned(), items: heard.items.clone() };
    said.provider_items = items.worth_keeping().map(Arc::new);
    let answer = |call: &ToolCall| {
        let result = ToolResult { tool_call_id: call.id.clone(), result: Some(json!({"c": 21})), error: None };
        message(Role::ToolResult, vec![ContentPart::ToolResult(result)])
    };
    std::iter::once(said).chain(heard.calls.iter().map(answer)).collect()
}

#[tokio::test]
async fn a_loop_of_calls_with_thoughts_comes_to_its_end() {
    let world = World::new().await;
    let script = "thinking=Let%20me%20see.&signature=c2ln&tools=weather&calls=2&rounds=2&text=Done.";
    for (model, path) in MODELS {
        let mut messages = vec![message(Role::User, vec![ContentPart::text("Hi")])];
        for round in 0..2 {
            world.plays(script, round);
            let heard =
                world.ask(model, path, &messages).await.unwrap_or_else(|error| panic!("{model} {round}: {error}"));
            assert_eq!(heard.calls.len(), 2, "{model} {round}");
            messages.extend(remembered(model, &heard));
        }
        let thoughts = messages.iter().filter(|said| said.provider_items.is_some()).count();
        assert_eq!(thoughts, 2, "{model}");
        world.plays(script, 2);
        let heard = world.ask(model, path, &messages).await.unwrap_or_else(|error| panic!("{model}: {error}"));
        assert!(heard.text.contains("Done.") && heard.calls.is_empty(), "{model}: {}", heard.text);
        assert!(heard.done.finish_reason.is_some() && heard.done.usage.output_tokens > 0, "{model}: {:?}", heard.done);
    }
}

#[tokio::test]
async fn each_fault_has_one_meaning_in_all_formats() {
    let world = World::new().await;
    let faults = [
        ("error=429&retry_after=7", ErrorCode::ProviderRateLimited, true),
        ("error=500", ErrorCode::ProviderUnavailable, true),
        ("error=overloaded", ErrorCode::ProviderUnavailable, true),
        ("error=overloaded&error_at=1", ErrorCode::ProviderUnavailable, true),
        ("error=key", ErrorCode::ProviderMisconfigured, false),
        ("error=context_length", ErrorCode::RequestTooLarge, false),
        ("text=one%20two%20three&cut_contents=2", ErrorCode::ProviderUnavailable, true),
    ];
    for (model, path) in MODELS {
        for (fault, code, retryable) in faults {
            world.plays(fault, 0);
            let asked = [message(Role::User, vec![ContentPart::text("Hi")])];
            let error = match world.ask(model, path, &asked).await {
                Ok(heard) => panic!("{model} {fault}: {}", heard.text),
                Err(error) => error,
            };
            assert_eq!((error.code, error.retryable), (code, retryable), "{model} {fault}: {error}");
            let wait = fault.contains("retry_after").then_some(7);
            assert_eq!(error.retry_after.map(|wait| wait.as_secs()), wait, "{model} {fault}");
        }
    }
}
