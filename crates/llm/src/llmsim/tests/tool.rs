//! How it asks for tools and tells what they answered.

use std::sync::Arc;

use everruns_core::message::{ContentPart, Message, Role, ToolCall, ToolResult};
use serde_json::{Value, json};

use super::{asked, hear, message, parts, prompt, said};
use crate::Part;

/// An agent message that asks for as many tools as there are results, and the results.
fn round(results: &[Result<Value, &str>]) -> Vec<Message> {
    let id = |ordinal| format!("c{ordinal}");
    let calls = (0..results.len()).map(|ordinal| {
        ContentPart::ToolCall(ToolCall { id: id(ordinal), name: "add".to_owned(), arguments: json!({}) })
    });
    let answers = results.iter().enumerate().map(|(ordinal, result)| {
        let result = ToolResult {
            tool_call_id: id(ordinal),
            result: result.as_ref().ok().cloned(),
            error: result.as_ref().err().map(|error| (*error).to_owned()),
        };
        message(Role::ToolResult, vec![ContentPart::ToolResult(result)])
    });
    let asking = message(Role::Agent, calls.collect());
    std::iter::once(asking).chain(answers).collect()
}

#[test]
fn tool_calls() {
    #[track_caller]
    fn check(model: &str, llmsim: Value, text: &str, calls: &[(&str, &str, Value)]) {
        let heard = hear(asked(model, llmsim));
        assert_eq!(heard.text, text);
        assert_eq!(heard.finish_reason, "tool_calls");
        let wanted = calls.iter().map(|(id, name, arguments)| ToolCall {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            arguments: arguments.clone(),
        });
        assert_eq!(heard.calls, wanted.collect::<Vec<_>>());
    }

    let (a, b) = ("call_4_1_0", "call_4_1_1");
    check("llmsim/tool", Value::Null, "", &[(a, "add", json!({}))]);
    check("llmsim/tool?name=zip", Value::Null, "", &[(a, "zip", json!({}))]);
    check(
        "llmsim/tool?name=sub&count=2&text=One%20moment.",
        json!({"arguments": {"a": 1}}),
        "One moment.",
        &[(a, "sub", json!({"a": 1})), (b, "sub", json!({"a": 1}))],
    );
    check("llmsim/tool?arguments=%7B%22a%22:%22b%22%7D", Value::Null, "", &[(a, "add", json!({"a": "b"}))]);
}

#[test]
fn tool_rounds() {
    #[track_caller]
    fn check(model: &str, history: &[Vec<Message>], text: Option<&str>) {
        let question = vec![said(Role::User, "Go")];
        let messages = [question, history.concat()].concat();
        let said: String = parts(prompt(model, messages))
            .into_iter()
            .filter_map(|part| match part.unwrap() {
                Part::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        assert_eq!(said, text.unwrap_or_default());
    }

    let one = round(&[Ok(json!({"sum": 3}))]);
    let two = round(&[Ok(json!("ab")), Err("no such file"), Ok(Value::Null)]);
    let steered = vec![said(Role::User, "Stop that")];
    check("llmsim/tool", &[], None);
    check("llmsim/tool", std::slice::from_ref(&one), Some("Result: {\"sum\":3}"));
    check("llmsim/tool?rounds=2", std::slice::from_ref(&one), None);
    check("llmsim/tool?rounds=2", &[one.clone(), two], Some("Result: \"ab\", error: no such file, null"));
    check("llmsim/tool", &[one, steered], None);
    check("llmsim/tool?rounds=0", &[], Some("Result: "));
}

#[test]
fn without_tools_there_is_nothing_to_call() {
    let mut prompt = asked("llmsim/tool", Value::Null);
    Arc::make_mut(&mut prompt.config).tools.clear();
    assert_eq!(hear(prompt).text, "There is no tool to call.");
}
