//! Messages.

use everruns_simulator::Dialect::Anthropic;
use serde_json::{Value, json};

use crate::{lawful, unlawful};

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

fn assistant(blocks: &[Value]) -> Value {
    json!({ "role": "assistant", "content": blocks })
}

fn results(blocks: &[Value]) -> Value {
    json!({ "role": "user", "content": blocks })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn thinking() -> Value {
    json!({ "type": "thinking", "thinking": "", "signature": "s" })
}

fn call(id: &str) -> Value {
    json!({ "type": "tool_use", "id": id, "name": "f", "input": {} })
}

fn result(id: &str) -> Value {
    json!({ "type": "tool_result", "tool_use_id": id, "content": "fine" })
}

fn body(messages: &[Value]) -> Value {
    json!({ "max_tokens": 10, "messages": messages })
}

fn thinks(messages: &[Value]) -> Value {
    let mut body = body(messages);
    body["thinking"] = json!({ "type": "enabled", "budget_tokens": 1024 });
    body
}

#[test]
fn lawful_conversations() {
    lawful(Anthropic, &body(&[user("a")]), "a", 0);
    lawful(Anthropic, &body(&[user("a"), user("b")]), "b", 0);
    lawful(Anthropic, &body(&[user("a"), assistant(&[text("b")]), user("c")]), "c", 0);
    let parallel = [user("a"), assistant(&[call("1"), call("2")]), results(&[result("2"), result("1")])];
    lawful(Anthropic, &body(&parallel), "a", 1);
    let steered = [user("a"), assistant(&[call("1")]), results(&[result("1"), text("b")])];
    lawful(Anthropic, &body(&steered), "b", 0);
}

#[test]
fn thoughts_of_the_open_loop_come_first() {
    let calls = |blocks: &[Value]| [user("a"), assistant(blocks), results(&[result("1")])];
    lawful(Anthropic, &thinks(&calls(&[thinking(), call("1")])), "a", 1);
    lawful(Anthropic, &body(&calls(&[call("1")])), "a", 1);
    unlawful(Anthropic, &thinks(&calls(&[call("1")])), "messages.1.content.0.type: Expected `thinking`");
    // A loop that is over need not show them.
    let mut over = calls(&[call("1")]).to_vec();
    over.extend([assistant(&[text("b")]), user("c")]);
    lawful(Anthropic, &thinks(&over), "c", 0);
    let mut unsigned = thinking();
    unsigned["signature"] = "".into();
    unlawful(Anthropic, &thinks(&calls(&[unsigned, call("1")])), "content.0.thinking.signature");
}

#[test]
fn calls_and_results_that_do_not_pair() {
    let missing = "`tool_use` ids were found without `tool_result` blocks immediately after: 1";
    unlawful(Anthropic, &body(&[user("a"), assistant(&[call("1")])]), missing);
    unlawful(Anthropic, &body(&[user("a"), assistant(&[call("1")]), user("b")]), missing);
    unlawful(Anthropic, &body(&[user("a"), assistant(&[call("1"), call("2")]), results(&[result("2")])]), missing);
    unlawful(Anthropic, &body(&[user("a"), assistant(&[call("1")]), assistant(&[text("b")])]), missing);
    let alone = "unexpected `tool_use_id` found in `tool_result` blocks: 1";
    unlawful(Anthropic, &body(&[results(&[result("1")])]), alone);
    let late = [user("a"), assistant(&[call("1")]), results(&[text("b"), result("1")])];
    unlawful(Anthropic, &body(&late), "must come first");
}

#[test]
fn requests_that_are_none() {
    unlawful(Anthropic, &json!({ "messages": [user("a")] }), "max_tokens: Field required");
    unlawful(Anthropic, &json!({ "max_tokens": 1 }), "messages: Field required");
    unlawful(Anthropic, &body(&[]), "at least one message");
    unlawful(Anthropic, &body(&[assistant(&[text("a")])]), "first message must use the \"user\" role");
    unlawful(Anthropic, &body(&[json!({ "role": "system", "content": "a" })]), "messages.0.role");
    unlawful(Anthropic, &body(&[user("")]), "non-empty content");
    unlawful(Anthropic, &body(&[results(&[])]), "non-empty content");
    unlawful(Anthropic, &body(&[results(&[text("")])]), "text content blocks must be non-empty");
    let mut input = call("1");
    input["input"] = "{}".into();
    unlawful(Anthropic, &body(&[user("a"), assistant(&[input])]), "valid dictionary");
}

#[test]
fn five_marks_of_the_cache_are_too_many() {
    let marked = |count: usize| {
        let mut block = text("a");
        block["cache_control"] = json!({ "type": "ephemeral" });
        body(&[results(&vec![block; count])])
    };
    lawful(Anthropic, &marked(4), "a\na\na\na", 0);
    unlawful(Anthropic, &marked(5), "A maximum of 4 blocks with cache_control may be provided. Found 5.");
}
