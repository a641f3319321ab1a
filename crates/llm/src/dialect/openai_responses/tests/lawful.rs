//! Which requests the provider takes.

use serde_json::{Value, json};

use super::super::super::Dialect::OpenaiResponses;
use super::super::super::histories::is_lawful;
use super::reasoning;

#[test]
fn any_conversation_is_a_lawful_request() {
    let own = vec![
        reasoning(),
        json!({"id": "rs_2", "type": "reasoning", "summary": []}),
        json!({"type": "message", "phase": "commentary"}),
        json!({"type": "web_search_call", "id": "ws_1"}),
    ];
    is_lawful(OpenaiResponses, "openai/gpt-5", own);
}

#[test]
fn an_unlawful_request_is_told_from_a_lawful_one() {
    #[track_caller]
    fn check(input: Value, expected: &str) {
        let told = OpenaiResponses.grammar(&json!({"input": input}));
        match expected {
            "" => assert_eq!(told, Ok(())),
            _ => assert!(told.as_ref().is_err_and(|what| what.contains(expected)), "{told:?}"),
        }
    }
    let says = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]});
    let call = json!({"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"});
    let output = json!({"type": "function_call_output", "call_id": "c1", "output": "ok"});
    let thought = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"});
    check(json!([says, thought, call, output]), "");
    check(json!([]), "no input");
    check(json!([says, call]), "not answered");
    check(json!([says, call, says, output]), "not answered");
    check(json!([says, output]), "answers no call");
    check(json!([says, call, output, output]), "answers no call");
    check(json!([says, call, call, output]), "there twice");
    check(json!([says, thought, says]), "what it led to");
    check(json!([says, thought]), "what it led to");
    check(json!([{"type": "message", "role": "user", "content": []}]), "no content");
    check(json!([{"type": "message", "role": "assistant", "content": " "}]), "says nothing");
    check(json!([{"type": "item_reference", "id": "rs_1"}]), "no item");
    let mut plain = thought;
    plain["encrypted_content"] = Value::Null;
    check(json!([says, plain, call, output]), "encrypted_content");
}
