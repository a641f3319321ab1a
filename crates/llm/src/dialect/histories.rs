//! Conversations of every shape, for the proof that each becomes a lawful request.

use everruns_core::message::{Message, Role};
use everruns_core::provider_items::ProviderItem;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::Dialect;
use super::story::{agent, body, configured, error, request, result, user, user_with, with_items};

/// Whatever was said, called, answered, shown and thought, the request to this model is lawful in its dialect. `own` are
/// items as the dialect's decoder gives them.
pub(crate) fn is_lawful(dialect: Dialect, model: &'static str, own: Vec<Value>) {
    let config = Runs { failure_persistence: None, ..Runs::with_cases(400) };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let turns = prop::collection::vec(turn(model, own), 1..4);
    let efforts = prop::sample::select(&[None, Some("none"), Some("low"), Some("xhigh")][..]);
    let told = runner.run(&(turns, efforts, any::<[bool; 2]>()), |(turns, effort, [has_tools, parallel])| {
        let mut messages = turns.concat();
        // A model is asked by its user or by the answers to its calls.
        if messages.last().is_some_and(|last| last.role == Role::Agent) {
            messages.push(user("And?"));
        }
        let asked = configured(request(model, messages), |config| {
            config.manner.reasoning_effort = effort.map(str::to_owned);
            config.parallel_tool_calls = parallel;
            config.tools.truncate(usize::from(has_tools));
        });
        let body = body(&asked);
        prop_assert_eq!(dialect.grammar(&body), Ok(()), "{:#}", body);
        Ok(())
    });
    told.expect("each conversation is a lawful request");
}

/// What a user says, and what the model does until it is asked again.
fn turn(model: &'static str, own: Vec<Value>) -> impl Strategy<Value = Vec<Message>> {
    (asked(), prop::collection::vec(round(model, own), 0..4)).prop_map(|(asked, rounds)| {
        let mut messages = vec![user_with(asked)];
        messages.extend(rounds.concat());
        messages
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just(" \n".to_owned()), "[a-zé ]{1,12}"]
}

fn asked() -> impl Strategy<Value = Value> {
    let part = prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        Just(json!({"type": "image", "base64": "cGl4", "media_type": "image/jpeg"})),
        Just(json!({"type": "image", "url": "https://example.com/a.png"})),
        Just(json!({"type": "image", "url": "data:image/png;base64,cGl4"})),
        Just(json!({"type": "image", "base64": "cGl4", "media_type": "image/tiff"})),
        Just(json!({"type": "image_file", "image_id": "img_1"})),
        Just(json!({"type": "image_file", "image_id": "img_gone"})),
    ];
    prop::collection::vec(part, 0..4).prop_map(Value::Array)
}

/// A message of the model, and the answers to its calls.
fn round(model: &'static str, own: Vec<Value>) -> impl Strategy<Value = Vec<Message>> {
    let item = prop_oneof![
        prop::sample::select(own).prop_map(ProviderItem::Own),
        (0_usize..14).prop_map(ProviderItem::Text),
        Just(ProviderItem::Call),
    ];
    let origin = prop_oneof![Just(model), Just("somebody/else")];
    let items = prop::option::of((origin, prop::collection::vec(item, 0..6)));
    (text(), prop::collection::vec(answer(), 0..4), items, any::<u32>()).prop_map(|(text, answers, items, seed)| {
        // Ids are the provider's own, another's, longer than any provider takes, or counted anew in each answer.
        let id = |index: usize| match seed % 4 {
            0 => format!("call_{seed}_{index}"),
            1 => format!("toolu_{seed}.{index}"),
            2 => format!("call_{index}"),
            _ => format!("{seed}|{index}|{}", "x".repeat(80)),
        };
        let ids: Vec<String> = (0..answers.len()).map(id).collect();
        let name = if seed.is_multiple_of(7) { "no such tool!" } else { "weather" };
        let calls: Vec<(&str, &str, Value)> = ids.iter().map(|id| (id.as_str(), name, arguments(seed))).collect();
        let message = agent(&text, &calls);
        let mut messages = vec![match items {
            Some((origin, items)) => with_items(message, origin, items),
            None => message,
        }];
        messages.extend(ids.iter().zip(answers).map(|(id, answer)| match answer {
            Ok(value) => result(id, value),
            Err(what) => error(id, &what),
        }));
        messages
    })
}

/// An object, or a text where the model wrote nothing that can be read.
fn arguments(seed: u32) -> Value {
    if seed.is_multiple_of(5) { json!("{\"city\":") } else { json!({"city": "Rome"}) }
}

fn answer() -> impl Strategy<Value = Result<Value, String>> {
    let image = json!({"type": "image", "base64": "cGl4", "media_type": "image/png"});
    let value = prop_oneof![
        text().prop_map(Value::String),
        Just(json!({"c": 21})),
        Just(Value::Null),
        Just(json!([])),
        Just(json!([{"type": "text", "text": ""}])),
        Just(json!([{"type": "text", "text": "a photo"}, image])),
        Just(json!([{"type": "image", "url": "https://example.com/a.png"}])),
        Just(json!([{"type": "image_file", "image_id": "img_1"}, {"type": "image_file", "image_id": "img_gone"}])),
    ];
    prop_oneof![value.prop_map(Ok), text().prop_map(Err)]
}
