//! What the tests of all dialects share: a request made of a few words, and an answer taken apart.

use std::sync::Arc;

use everruns_core::config::{Config, Manner};
use everruns_core::message::{ContentPart, Message, Role, ToolCall, ToolResult};
use everruns_core::prompt::Prompt;
use everruns_core::provider_items::{ProviderItem, ProviderItems};
use everruns_core::tool::{AnsweredBy, Tool};
use everruns_core::{HarnessId, MessageId, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Dialect;
use crate::vendor::Vendor;
use crate::{Access, Image, Images, ModelError, Part, Request};

/// A request to a model of this type, with a key, a region, instructions and one tool.
pub(crate) fn request(model: &str, messages: Vec<Message>) -> Request {
    let weather = Tool {
        name: "weather".to_owned(),
        display_name: None,
        description: "Tells the weather.".to_owned(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}}),
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
        tools: vec![weather],
        max_iterations: 10,
        parallel_tool_calls: true,
        client_tool_seconds: 300,
        network_access: Default::default(),
        lacks_dependency: false,
        manner: Manner::default(),
    };
    let bytes = messages.iter().map(Message::bytes).sum();
    let messages = messages.into_iter().map(Arc::new).collect();
    let image = Image { media_type: "image/png".to_owned(), base64: "aW1n".to_owned() };
    Request {
        prompt: Arc::new(Prompt { config: Arc::new(config), messages, from: 1, bytes }),
        model: model.to_owned(),
        served_by: None,
        access: Access {
            base_url: None,
            credentials: [("api_key", "sk-canary-0123456789"), ("region", "eu-west-1")]
                .map(|(name, key)| (name.to_owned(), Zeroizing::new(key.to_owned())))
                .to_vec(),
        },
        images: Arc::new(Images { by_id: [("img_1".to_owned(), image)].into_iter().collect() }),
        conversation: "session_1".to_owned(),
    }
}

/// The same with another configuration.
pub(crate) fn configured(mut request: Request, change: impl FnOnce(&mut Config)) -> Request {
    let mut config = Config::clone(&request.prompt.config);
    change(&mut config);
    request.prompt = Arc::new(Prompt { config: Arc::new(config), ..Prompt::clone(&request.prompt) });
    request
}

fn message(role: Role, content: Vec<ContentPart>) -> Message {
    Message::new(MessageId::from_u128(1), role, content, Timestamp::from_micros(0))
}

/// The user says this.
pub(crate) fn user(text: &str) -> Message {
    message(Role::User, vec![ContentPart::text(text)])
}

/// The user says and shows this.
pub(crate) fn user_with(parts: Value) -> Message {
    message(Role::User, serde_json::from_value(parts).expect("content parts"))
}

/// The agent says this and wants these calls: id, name and arguments.
pub(crate) fn agent(text: &str, calls: &[(&str, &str, Value)]) -> Message {
    let mut content: Vec<ContentPart> = if text.is_empty() { Vec::new() } else { vec![ContentPart::text(text)] };
    content.extend(calls.iter().map(|(id, name, arguments)| {
        ContentPart::ToolCall(ToolCall { id: id.to_string(), name: name.to_string(), arguments: arguments.clone() })
    }));
    message(Role::Agent, content)
}

/// The same with items that a model of this name gave.
pub(crate) fn with_items(message: Message, origin: &str, items: Vec<ProviderItem>) -> Message {
    Message { provider_items: Some(Arc::new(ProviderItems { origin: origin.to_owned(), items })), ..message }
}

/// The answer to a call.
pub(crate) fn result(call: &str, result: Value) -> Message {
    answer(ToolResult { tool_call_id: call.to_owned(), result: Some(result), error: None })
}

/// The answer to a call that went wrong.
pub(crate) fn error(call: &str, error: &str) -> Message {
    answer(ToolResult { tool_call_id: call.to_owned(), result: None, error: Some(error.to_owned()) })
}

fn answer(result: ToolResult) -> Message {
    message(Role::ToolResult, vec![ContentPart::ToolResult(result)])
}

/// The body of a request as it goes over the wire.
#[track_caller]
pub(crate) fn body(request: &Request) -> Value {
    let vendor = Vendor::of(request.model.split_once('/').expect("a type").0);
    let call = vendor.dialect.encode(request, vendor, Timestamp::from_micros(0)).expect("it can be asked");
    serde_json::from_slice(&call.body).expect("it is JSON")
}

/// What an answer says, its last part or its error included.
pub(crate) fn decode(dialect: Dialect, pieces: &[&[u8]]) -> (Vec<Part>, Option<ModelError>) {
    let mut decoder = dialect.decoder();
    let mut parts = Vec::new();
    for piece in pieces {
        if let Err(error) = decoder.push(piece, &mut parts) {
            return (parts, Some(error));
        }
        if parts.iter().any(|part| matches!(part, Part::Done(_))) {
            return (parts, None);
        }
    }
    let error = decoder.finish(&mut parts).err();
    (parts, error)
}

/// An answer without the steps that show nothing, texts joined.
pub(crate) fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (_, Part::Progress) => {}
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (Some(Part::Thinking(before)), Part::Thinking(text)) => before.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

/// Wherever an answer is cut into pieces it says the same, and no bytes at all make the decoder panic.
pub(crate) fn is_sturdy(dialect: Dialect, answers: &[&[u8]]) {
    let config = Runs { failure_persistence: None, ..Runs::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    for answer in answers {
        let whole = decode(dialect, &[answer]);
        let cuts = prop::collection::vec(0..=answer.len(), 0..40);
        let change = (0..answer.len(), any::<u8>());
        let cut = |cuts: &[usize], answer: &[u8]| {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| *cut.min(&answer.len())).collect();
            cuts.extend([0, answer.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &answer[pair[0]..pair[1]]).collect();
            decode(dialect, &pieces)
        };
        runner
            .run(&(cuts, change), |(cuts, (place, byte))| {
                prop_assert_eq!(&cut(&cuts, answer), &whole);
                let mut changed = answer.to_vec();
                changed[place] = byte;
                cut(&cuts, &changed);
                cut(&cuts, &changed[..place]);
                Ok(())
            })
            .expect("cut anywhere it says the same");
    }
    let noise = prop::collection::vec(any::<u8>(), 0..400);
    let fed = runner.run(&noise, |bytes| {
        decode(dialect, &[&bytes]);
        Ok(())
    });
    fed.expect("noise is no panic");
}
