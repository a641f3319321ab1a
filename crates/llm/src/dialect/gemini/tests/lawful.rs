//! Which requests the provider takes.

use serde_json::{Value, json};

use super::super::super::Dialect::Gemini;
use super::super::super::histories::is_lawful;

#[test]
fn any_conversation_is_a_lawful_request() {
    let own = || {
        vec![
            json!({"for": "text", "thoughtSignature": "c2ln"}),
            json!({"for": "functionCall", "thoughtSignature": "c2ln"}),
            json!({"for": "text"}),
            json!({"text": "", "thoughtSignature": "c2ln"}),
            json!({"text": "hm", "thought": true, "thoughtSignature": "c2ln"}),
        ]
    };
    for model in ["gemini/gemini-3-pro-preview", "gemini/gemini-2.5-flash"] {
        is_lawful(Gemini, model, own());
    }
}

#[test]
fn an_unlawful_request_is_told_from_a_lawful_one() {
    #[track_caller]
    fn check(contents: Value, expected: &str) {
        let told = Gemini.grammar(&json!({"contents": contents}));
        match expected {
            "" => assert_eq!(told, Ok(())),
            _ => assert!(told.as_ref().is_err_and(|what| what.contains(expected)), "{told:?}"),
        }
    }
    let user = |parts: Value| json!({"role": "user", "parts": parts});
    let model = |parts: Value| json!({"role": "model", "parts": parts});
    let text = json!({"text": "Hi"});
    let call = |name: &str| json!({"functionCall": {"name": name, "args": {}}});
    let answer = |name: &str| json!({"functionResponse": {"name": name, "response": {"output": "ok"}}});
    check(json!([user(json!([text])), model(json!([text])), user(json!([text]))]), "");
    let called = |calls: Value, answers: Value| json!([user(json!([text])), model(calls), user(answers)]);
    check(called(json!([text, call("a"), call("b")]), json!([answer("a"), answer("b"), text])), "");
    check(json!([]), "no contents");
    check(json!([model(json!([text]))]), "not `user`");
    check(json!([user(json!([text])), user(json!([text]))]), "not `model`");
    check(json!([user(json!([]))]), "no parts");
    check(json!([user(json!([{"text": " "}]))]), "empty");
    check(json!([user(json!([{"text": "Hi", "inlineData": {}}]))]), "not whole");
    check(json!([user(json!([{"text": "Hi", "thoughtSignature": "c2ln"}]))]), "not the model's");
    check(json!([user(json!([text])), model(json!([text]))]), "speak last");
    check(json!([user(json!([text])), model(json!([call("a")]))]), "not answered");
    check(called(json!([call("a")]), json!([text])), "are answered by");
    check(called(json!([call("a"), call("b")]), json!([answer("b"), answer("a")])), "are answered by");
    check(called(json!([call("a")]), json!([answer("a"), answer("a")])), "are answered by");
    check(called(json!([text]), json!([answer("a")])), "are answered by");
    check(called(json!([call("a")]), json!([text, answer("a")])), "before an answer");
    let empty = json!({"functionResponse": {"name": "a", "response": {}}});
    check(called(json!([call("a")]), json!([empty])), "not whole");
}
