//! Gemini.

use everruns_simulator::Dialect::Gemini;
use serde_json::{Value, json};

use crate::{lawful, unlawful, unlawful_for};

fn content(role: &str, parts: &[Value]) -> Value {
    json!({ "role": role, "parts": parts })
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}

fn call(seal: Option<&str>) -> Value {
    json!({ "functionCall": { "name": "f", "args": {} }, "thoughtSignature": seal })
}

fn response() -> Value {
    json!({ "functionResponse": { "name": "f", "response": { "result": "fine" } } })
}

fn body(contents: &[Value]) -> Value {
    json!({ "contents": contents })
}

fn user() -> Value {
    content("user", &[text("a")])
}

#[test]
fn lawful_conversations() {
    lawful(Gemini, &body(&[user()]), "a", 0);
    lawful(Gemini, &body(&[json!({ "parts": [text("a")] })]), "a", 0);
    lawful(Gemini, &body(&[user(), content("model", &[text("b")]), content("user", &[text("c")])]), "c", 0);
    let parallel =
        [user(), content("model", &[text("b"), call(None), call(None)]), content("user", &[response(), response()])];
    lawful(Gemini, &body(&parallel), "a", 1);
    let snake = json!({ "function_call": { "name": "f" }, "thought_signature": "s" });
    let answered = json!({ "function_response": { "name": "f", "response": {} } });
    lawful(Gemini, &body(&[user(), content("model", &[snake]), content("user", &[answered])]), "a", 1);
}

#[test]
fn calls_and_responses_that_do_not_pair() {
    let unequal = "number of function response parts is equal to the number of function call parts";
    unlawful(Gemini, &body(&[user(), content("model", &[call(None)])]), unequal);
    unlawful(Gemini, &body(&[user(), content("model", &[call(None)]), user()]), unequal);
    let two = content("model", &[call(None), call(None)]);
    unlawful(Gemini, &body(&[user(), two, content("user", &[response()])]), unequal);
    let alone = "function response turn comes immediately after a function call turn";
    unlawful(Gemini, &body(&[content("user", &[response()])]), alone);
    unlawful(Gemini, &body(&[content("model", &[call(None)]), content("user", &[response()])]), "after a user turn");
    unlawful(Gemini, &body(&[content("user", &[call(None)])]), "calls are of the model");
}

#[test]
fn the_third_generation_wants_its_seals_back() {
    let body =
        |seal| body(&[user(), content("model", &[call(seal), call(None)]), content("user", &[response(), response()])]);
    lawful(Gemini, &body(None), "a", 1);
    unlawful_for(Gemini, "gemini-3-pro", &body(None), "missing a thought_signature");
    unlawful_for(Gemini, "gemini-3-pro", &body(Some("")), "missing a thought_signature");
    assert!(crate::checked(Gemini, "gemini-3-pro", &body(Some("s"))).is_ok());
}

#[test]
fn requests_that_are_none() {
    unlawful(Gemini, &json!({}), "contents is not specified");
    unlawful(Gemini, &body(&[]), "contents is not specified");
    unlawful(Gemini, &body(&[content("user", &[])]), "contents.parts must not be empty");
    unlawful(Gemini, &body(&[content("user", &[json!({ "thought": true })])]), "contents[0].parts[0].data");
    unlawful(Gemini, &body(&[content("assistant", &[text("a")])]), "valid role: user, model");
    let mut text_response = response();
    text_response["functionResponse"]["response"] = "fine".into();
    let contents = [user(), content("model", &[call(None)]), content("user", &[text_response])];
    unlawful(Gemini, &body(&contents), "functionResponse.response: must be a Struct");
    let nameless = json!({ "functionCall": { "args": {} } });
    unlawful(Gemini, &body(&[user(), content("model", &[nameless])]), "functionCall.name: Name cannot be empty");
}
