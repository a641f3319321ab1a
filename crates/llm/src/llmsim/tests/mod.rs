//! What the simulated model answers to the prompts made here.

mod failures;
mod latency;
mod text;
mod tool;

use std::sync::Arc;

use everruns_core::config::{Config, Manner};
use everruns_core::message::{ContentPart, Message, Role, ToolCall};
use everruns_core::prompt::Prompt;
use everruns_core::tool::{AnsweredBy, Tool};
use everruns_core::{HarnessId, MessageId, Timestamp, Usage};
use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};

use crate::{Done, Driver, Llmsim, ModelError, Part, Request};

fn message(role: Role, content: Vec<ContentPart>) -> Message {
    Message::new(MessageId::from_u128(1), role, content, Timestamp::from_micros(0))
}

fn said(role: Role, text: &str) -> Message {
    message(role, vec![ContentPart::text(text)])
}

fn prompt(model: &str, messages: Vec<Message>) -> Prompt {
    let tool = |name: &str| Tool {
        name: name.to_owned(),
        display_name: None,
        description: String::new(),
        parameters: json!({}),
        answered_by: AnsweredBy::Client,
    };
    let config = Config {
        harness_id: HarnessId::from_u128(1),
        agent_id: None,
        agent_name: None,
        model: Some(model.to_owned()),
        served_by: None,
        price: None,
        fallbacks: Vec::new(),
        system_prompt: "Be kind.".to_owned(),
        tools: vec![tool("add"), tool("sub")],
        max_iterations: 10,
        parallel_tool_calls: true,
        client_tool_seconds: 300,
        network_access: Default::default(),
        lacks_dependency: false,
        manner: Manner::default(),
    };
    let bytes = messages.iter().map(Message::bytes).sum();
    Prompt { config: Arc::new(config), messages: messages.into_iter().map(Arc::new).collect(), from: 4, bytes }
}

/// A prompt of one user message with this `metadata.llmsim`, null for none.
fn asked(model: &str, llmsim: Value) -> Prompt {
    let mut question = said(Role::User, "How  are\nyou?");
    if !llmsim.is_null() {
        question.metadata = Some([("llmsim".to_owned(), llmsim)].into_iter().collect());
    }
    prompt(model, vec![question])
}

/// Every part; none may make the reader wait.
fn parts(prompt: Prompt) -> Vec<Result<Part, ModelError>> {
    let stream = Llmsim.stream(Request::of(Arc::new(prompt)));
    let parts = stream.collect::<Vec<_>>().now_or_never();
    parts.expect("every part is ready at once")
}

#[derive(Debug, Default, PartialEq)]
struct Heard {
    text: String,
    calls: Vec<ToolCall>,
    usage: Usage,
    finish_reason: String,
}

/// A good answer, put together.
#[track_caller]
fn hear(prompt: Prompt) -> Heard {
    let mut heard = Heard::default();
    let mut parts = parts(prompt);
    let last = parts.pop().unwrap().unwrap();
    let tokens = parts.len() as u32;
    for part in parts {
        match part.unwrap() {
            Part::Text(text) => {
                assert!(heard.calls.is_empty() && !text.is_empty());
                heard.text.push_str(&text);
            }
            Part::ToolCall(call) => heard.calls.push(call),
            done => panic!("{done:?} before the end"),
        }
    }
    let Part::Done(Done { usage, finish_reason, response_id, .. }) = last else { panic!("{last:?} at the end") };
    assert_eq!(usage.output_tokens, tokens);
    assert_eq!(response_id.as_deref(), Some("llmsim_4_1"));
    Heard { usage, finish_reason: finish_reason.unwrap(), ..heard }
}
