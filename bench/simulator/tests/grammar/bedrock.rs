//! Converse.

use everruns_simulator::Dialect::Bedrock;
use serde_json::{Value, json};

use crate::{lawful, unlawful};

fn message(role: &str, blocks: &[Value]) -> Value {
    json!({ "role": role, "content": blocks })
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}

fn call(id: &str) -> Value {
    json!({ "toolUse": { "toolUseId": id, "name": "f", "input": {} } })
}

fn result(id: &str) -> Value {
    json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "fine" }] } })
}

fn user() -> Value {
    message("user", &[text("a")])
}

fn body(messages: &[Value]) -> Value {
    json!({ "messages": messages, "toolConfig": { "tools": [{ "toolSpec": { "name": "f" } }] } })
}

#[test]
fn lawful_conversations() {
    lawful(Bedrock, &json!({ "messages": [user()] }), "a", 0);
    let parallel = [user(), message("assistant", &[text("b"), call("1"), call("2")])];
    let answered = |more: &[Value]| {
        let mut blocks = vec![result("2"), result("1")];
        blocks.extend_from_slice(more);
        [&parallel[..], &[message("user", &blocks)]].concat()
    };
    lawful(Bedrock, &body(&answered(&[])), "a", 1);
    lawful(Bedrock, &body(&answered(&[text("c")])), "c", 0);
}

#[test]
fn calls_and_results_that_do_not_pair() {
    let missing = "Expected toolResult blocks at messages.2.content for the following Ids: 1";
    unlawful(Bedrock, &body(&[user(), message("assistant", &[call("1")])]), missing);
    unlawful(Bedrock, &body(&[user(), message("assistant", &[call("1")]), user()]), missing);
    let two = message("assistant", &[call("1"), call("2")]);
    unlawful(Bedrock, &body(&[user(), two, message("user", &[result("2")])]), missing);
    let many = "exceeds the number of toolUse blocks of previous turn";
    unlawful(Bedrock, &body(&[message("user", &[result("1")])]), many);
    let mut without = body(&[user(), message("assistant", &[call("1")]), message("user", &[result("1")])]);
    lawful(Bedrock, &without, "a", 1);
    without["toolConfig"] = Value::Null;
    unlawful(Bedrock, &without, "The toolConfig field must be defined");
}

#[test]
fn turns_alternate() {
    unlawful(Bedrock, &body(&[user(), user()]), "must alternate between user and assistant");
    unlawful(Bedrock, &body(&[message("assistant", &[text("a")])]), "must start with a user message");
    unlawful(Bedrock, &body(&[]), "must start with a user message");
    unlawful(Bedrock, &body(&[message("system", &[text("a")])]), "enum value set: [user, assistant]");
}

#[test]
fn blocks_that_are_none() {
    unlawful(Bedrock, &body(&[message("user", &[])]), "messages.0 is empty");
    unlawful(Bedrock, &body(&[message("user", &[text(" ")])]), "messages.0.content.0 is blank");
    let mut input = call("1");
    input["toolUse"]["input"] = "{}".into();
    unlawful(Bedrock, &body(&[user(), message("assistant", &[input])]), "toolUse.input is invalid");
}
