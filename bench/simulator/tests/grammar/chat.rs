//! Chat Completions.

use everruns_simulator::Dialect::Chat;
use serde_json::{Value, json};

use crate::{lawful, unlawful};

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

fn calls(ids: &[&str]) -> Value {
    let call = |id: &&str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    json!({ "role": "assistant", "content": null, "tool_calls": ids.iter().map(call).collect::<Vec<_>>() })
}

fn result(id: &str) -> Value {
    json!({ "role": "tool", "tool_call_id": id, "content": "fine" })
}

fn body(messages: &[Value]) -> Value {
    json!({ "messages": messages })
}

#[test]
fn lawful_conversations() {
    lawful(Chat, &body(&[user("a")]), "a", 0);
    let system = json!({ "role": "system", "content": [{ "type": "text", "text": "s" }] });
    let said = json!({ "role": "assistant", "content": "b" });
    lawful(Chat, &body(&[system, user("a"), said, user("c")]), "c", 0);
    lawful(Chat, &body(&[user("a"), calls(&["1", "2"]), result("2"), result("1")]), "a", 1);
    let twice = [user("a"), calls(&["1"]), result("1"), calls(&["1"]), result("1")];
    lawful(Chat, &body(&twice), "a", 2);
}

#[test]
fn calls_and_results_that_do_not_pair() {
    let missing = "did not have response messages: 1";
    unlawful(Chat, &body(&[user("a"), calls(&["1"])]), missing);
    unlawful(Chat, &body(&[user("a"), calls(&["1", "2"]), result("2")]), missing);
    unlawful(Chat, &body(&[user("a"), calls(&["1"]), user("b"), result("1")]), missing);
    let alone = "must be a response to a preceeding message";
    unlawful(Chat, &body(&[user("a"), result("1")]), alone);
    unlawful(Chat, &body(&[user("a"), calls(&["1"]), result("1"), result("1")]), alone);
}

#[test]
fn messages_that_are_none() {
    unlawful(Chat, &json!({}), "Missing required parameter: 'messages'");
    unlawful(Chat, &body(&[]), "empty array");
    unlawful(Chat, &body(&[json!({ "role": "robot", "content": "a" })]), "Invalid value: 'robot'");
    unlawful(Chat, &body(&[json!({ "role": "user" })]), "'messages[0].content'");
    unlawful(Chat, &body(&[user("a"), json!({ "role": "assistant", "content": null })]), "got null");
    unlawful(Chat, &body(&[user("a"), calls(&[])]), "'messages[1].tool_calls': empty array");
    let mut object = calls(&["1"]);
    object["tool_calls"][0]["function"]["arguments"] = json!({});
    unlawful(Chat, &body(&[user("a"), object]), "tool_calls[0].function.arguments': expected a string");
    unlawful(Chat, &body(&[user("a"), calls(&[""])]), "tool_calls[0].id': expected a string");
}
