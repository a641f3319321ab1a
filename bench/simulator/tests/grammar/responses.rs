//! Responses.

use everruns_simulator::Dialect::Responses;
use serde_json::{Value, json};

use crate::{lawful, unlawful};

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": [{ "type": "input_text", "text": text }] })
}

fn call(id: &str) -> Value {
    json!({ "type": "function_call", "call_id": id, "name": "f", "arguments": "{}" })
}

fn output(id: &str) -> Value {
    json!({ "type": "function_call_output", "call_id": id, "output": "fine" })
}

fn reasoning(encrypted: Option<&str>) -> Value {
    json!({ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": encrypted })
}

fn said(text: &str) -> Value {
    let content = json!([{ "type": "output_text", "text": text, "annotations": [] }]);
    json!({ "type": "message", "role": "assistant", "content": content })
}

fn body(items: &[Value]) -> Value {
    json!({ "input": items, "store": false })
}

#[test]
fn lawful_conversations() {
    lawful(Responses, &json!({ "input": "a" }), "a", 0);
    lawful(Responses, &body(&[user("a"), said("b"), user("c")]), "c", 0);
    let loop_ = [user("a"), reasoning(Some("x")), call("1"), call("2"), output("2"), output("1")];
    lawful(Responses, &body(&loop_), "a", 1);
    let twice = [user("a"), call("1"), output("1"), reasoning(Some("x")), call("2"), output("2")];
    lawful(Responses, &body(&twice), "a", 2);
    lawful(Responses, &body(&[user("a"), reasoning(Some("x")), said("b"), user("c")]), "c", 0);
    let stored = json!({ "input": [user("a"), reasoning(None), said("b"), user("c")] });
    lawful(Responses, &stored, "c", 0);
    let mut next = body(&[output("of before"), user("b")]);
    next["previous_response_id"] = "resp_1".into();
    lawful(Responses, &next, "b", 0);
}

#[test]
fn calls_and_outputs_that_do_not_pair() {
    unlawful(Responses, &body(&[user("a"), call("1")]), "No tool output found for function call 1.");
    unlawful(Responses, &body(&[user("a"), call("1"), call("2"), output("1")]), "function call 2.");
    unlawful(
        Responses,
        &body(&[user("a"), output("1")]),
        "No tool call found for function call output with call_id 1.",
    );
    unlawful(Responses, &body(&[user("a"), output("1"), call("1")]), "No tool call found");
}

#[test]
fn reasoning_that_stands_alone_or_is_not_known() {
    let alone = "without its required following item";
    unlawful(Responses, &body(&[user("a"), reasoning(Some("x"))]), alone);
    unlawful(Responses, &body(&[reasoning(Some("x")), user("a")]), alone);
    unlawful(Responses, &body(&[user("a"), reasoning(None), said("b")]), "Items are not persisted");
}

#[test]
fn items_that_are_none() {
    unlawful(Responses, &json!({}), "Missing required parameter: 'input'");
    unlawful(Responses, &body(&[]), "Missing required parameter: 'input'");
    unlawful(Responses, &body(&[json!({ "type": "dance" })]), "Invalid value: 'dance'");
    unlawful(Responses, &body(&[json!({ "role": "robot", "content": "a" })]), "Invalid value: 'robot'");
    unlawful(Responses, &body(&[json!({ "role": "user" })]), "'input[0].content'");
    let mut wrong = said("b");
    wrong["content"][0]["type"] = "input_text".into();
    unlawful(Responses, &body(&[user("a"), wrong]), "Invalid value: 'input_text'");
    unlawful(Responses, &body(&[json!({ "type": "function_call", "call_id": "1" })]), "'input[0].name'");
}
