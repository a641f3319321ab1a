//! Requests and answers of Messages, as Anthropic documents them.

use everruns_core::message::{Message, ToolCall};
use everruns_core::provider_items::ProviderItem;
use everruns_core::{ErrorCode, Timestamp, Usage};
use serde_json::{Value, json};

use super::super::Dialect::Anthropic;
use super::super::histories::is_lawful;
use super::super::story::{
    agent, body, configured, decode, error, is_sturdy, joined, request, result, user, user_with, with_items,
};
use crate::vendor::Vendor;
use crate::{Done, Part, Request};

const MODEL: &str = "anthropic/claude-opus-4-7";

#[track_caller]
fn check(request: &Request, pointer: &str, expected: Value) {
    let body = body(request);
    assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), &expected, "{body:#}");
    assert_eq!(Anthropic.grammar(&body), Ok(()));
}

fn marked(mut block: Value) -> Value {
    block["cache_control"] = json!({"type": "ephemeral"});
    block
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[test]
fn a_first_question() {
    let tool = json!({"name": "weather", "description": "Tells the weather.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}});
    let expected = json!({
        "model": "claude-opus-4-7", "max_tokens": 32_000, "stream": true,
        "system": [marked(text("Be kind."))],
        "tools": [marked(tool)],
        "messages": [{"role": "user", "content": [marked(text("Hi"))]}],
    });
    check(&request(MODEL, vec![user("Hi")]), "", expected);
    check(&request("anthropic/claude-3-5-haiku-20241022", vec![user("Hi")]), "/max_tokens", json!(8_192));
}

#[test]
fn the_key_and_the_version_are_headers() {
    let vendor = Vendor::of("anthropic");
    let sent = |model: &str| {
        let asked = request(model, vec![user("Hi")]);
        vendor.dialect.encode(&asked, vendor, Timestamp::from_micros(0)).expect("it can be asked")
    };
    let mut expected =
        vec![("x-api-key", "sk-canary-0123456789".to_owned()), ("anthropic-version", "2023-06-01".to_owned())];
    assert_eq!(sent(MODEL).headers, expected);
    assert_eq!(sent(MODEL).url, "https://api.anthropic.com/v1/messages");
    expected.push(("anthropic-beta", "thinking-binding-controls-2026-08-01".to_owned()));
    assert_eq!(sent("anthropic/claude-opus-5-5").headers, expected);
}

#[test]
fn calls_and_their_answers() {
    let calls = agent("Wait.", &[("c1", "weather", json!({"city": "Rome"})), ("c.2", "weather", json!({}))]);
    let asked =
        request(MODEL, vec![user("Hi"), calls, result("c1", json!({"c": 21})), error("c.2", "no city"), user("And?")]);
    let other = body(&asked)["messages"][1]["content"][2]["id"].clone();
    let call = |id: &Value, input: Value| json!({"type": "tool_use", "id": id, "name": "weather", "input": input});
    let expected = json!([
        {"role": "user", "content": [marked(text("Hi"))]},
        {"role": "assistant", "content": [text("Wait."), call(&json!("c1"), json!({"city": "Rome"})), call(&other, json!({}))]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": [text(r#"{"c":21}"#)]},
            {"type": "tool_result", "tool_use_id": other, "is_error": true, "content": [text("no city")]},
            marked(text("And?")),
        ]},
    ]);
    check(&asked, "/messages", expected);
    assert!(other.as_str().is_some_and(|id| id.starts_with("call_")));
}

#[test]
fn tools_that_are_gone_and_calls_one_by_one() {
    let calls = vec![user("Hi"), agent("", &[("c1", "weather", json!({}))]), result("c1", json!("ok"))];
    let without = configured(request(MODEL, calls), |config| config.tools.clear());
    check(&without, "/tools", json!([{"name": "weather", "input_schema": {"type": "object"}}]));
    check(&without, "/tool_choice", json!({"type": "none"}));
    let one = configured(request(MODEL, vec![user("Hi")]), |config| {
        config.parallel_tool_calls = false;
        config.tools[0].parameters = json!({});
    });
    check(&one, "/tool_choice", json!({"type": "auto", "disable_parallel_tool_use": true}));
    check(&one, "/tools/0/input_schema", json!({"type": "object"}));
}

#[test]
fn images_of_the_user_and_of_tools() {
    let image = |media_type: &str, data: &str| json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}});
    let shown = user_with(json!([
        {"type": "text", "text": "What is it?"},
        {"type": "image", "base64": "cGl4", "media_type": "image/jpeg"},
        {"type": "image", "base64": "cGl4", "media_type": "image/tiff"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "image", "url": "http://example.com/a.png"},
        {"type": "image_file", "image_id": "img_1"},
    ]));
    let expected = json!([
        text("What is it?"), image("image/jpeg", "cGl4"), text("(an image of the type image/tiff, which cannot be shown)"),
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        text("(an image with an address that cannot be shown)"),
        marked(image("image/png", "aW1n")),
    ]);
    check(&request(MODEL, vec![shown]), "/messages/0/content", expected);

    let seen =
        json!([{"type": "text", "text": "a photo"}, {"type": "image", "base64": "cGl4", "media_type": "image/png"}]);
    let asked = request(MODEL, vec![user("Look"), agent("", &[("c1", "weather", json!({}))]), result("c1", seen)]);
    check(&asked, "/messages/2/content/0/content", json!([text("a photo"), image("image/png", "cGl4")]));
}

fn thought(text: &str) -> Value {
    json!({"type": "thinking", "thinking": text, "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"})
}

/// The model thought, said something, thought in secret, and called.
fn thoughtful(origin: &str) -> Vec<Message> {
    let redacted = json!({"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"});
    let items =
        vec![ProviderItem::Own(thought("hm")), ProviderItem::Text(5), ProviderItem::Own(redacted), ProviderItem::Call];
    let message = with_items(agent("Wait.", &[("c1", "weather", json!({}))]), origin, items);
    vec![user("Hi"), message, result("c1", json!("ok"))]
}

fn thinking(model: &str, effort: Option<&str>, messages: Vec<Message>) -> Request {
    configured(request(model, messages), |config| config.manner.reasoning_effort = effort.map(str::to_owned))
}

#[test]
fn thoughts_go_back_in_their_place() {
    let call = json!({"type": "tool_use", "id": "c1", "name": "weather", "input": {}});
    let expected =
        json!([thought("hm"), text("Wait."), {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}, call]);
    for model in [MODEL, "anthropic/claude-sonnet-4-5"] {
        check(&thinking(model, Some("high"), thoughtful(model)), "/messages/1/content", expected.clone());
        // Nobody reads the thoughts of another one, nor where nothing is thought.
        let without = json!([text("Wait."), call]);
        check(&thinking(model, Some("high"), thoughtful("other/m")), "/messages/1/content", without.clone());
        check(&thinking(model, None, thoughtful(model)), "/messages/1/content", without);
    }
    // A message of thoughts alone is none.
    let alone = with_items(agent("", &[]), MODEL, vec![ProviderItem::Own(thought("hm"))]);
    let expected = json!([{"role": "user", "content": [text("Hi"), marked(text("Go on"))]}]);
    check(&thinking(MODEL, Some("high"), vec![user("Hi"), alone, user("Go on")]), "/messages", expected);
}

#[test]
fn thinking_begins_with_a_turn_or_not_at_all() {
    let model = "anthropic/claude-sonnet-4-5";
    let budget = json!({"type": "enabled", "budget_tokens": 16_384});
    check(&thinking(model, Some("high"), vec![user("Hi")]), "/thinking", budget.clone());
    check(&thinking(model, Some("high"), thoughtful(model)), "/thinking", budget.clone());
    check(&thinking(model, Some("high"), thoughtful("other/m")), "/thinking", Value::Null);
    // The second call of a loop comes without new thoughts.
    let mut more = thoughtful(model);
    more.extend([agent("", &[("c2", "weather", json!({}))]), result("c2", json!("ok"))]);
    check(&thinking(model, Some("high"), more), "/thinking", budget.clone());
    // A loop that has ended does not matter.
    let mut ended = thoughtful("other/m");
    ended.extend([agent("Done.", &[]), user("Thanks")]);
    check(&thinking(model, Some("high"), ended), "/thinking", budget);
    let adaptive = json!({"type": "adaptive", "display": "summarized"});
    check(&thinking(MODEL, Some("xhigh"), thoughtful("other/m")), "/thinking", adaptive);
    check(&thinking(MODEL, Some("xhigh"), thoughtful("other/m")), "/output_config", json!({"effort": "xhigh"}));
}

#[test]
fn answers_are_held_to_a_schema() {
    let held = |model: &str| {
        configured(request(model, vec![user("Hi")]), |config| {
            config.manner.output_schema = Some(json!({"type": "object", "properties": {"a": {"type": "string"}}}));
        })
    };
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    check(&held(MODEL), "/output_config", json!({"format": {"type": "json_schema", "schema": schema}}));
    check(&held("anthropic/claude-3-7-sonnet-20250219"), "/output_config", Value::Null);
}

#[test]
fn the_cache_is_marked_at_four_places() {
    let say = |text: &str| [user(text), agent("Yes.", &[])];
    let messages = say("1").into_iter().chain(say("2")).chain([user("3")]).collect();
    let body = body(&request(MODEL, messages));
    let is_marked = |pointer: &str| body.pointer(pointer).expect(pointer).get("cache_control").is_some();
    for pointer in ["/tools/0", "/system/0", "/messages/2/content/0", "/messages/4/content/0"] {
        assert!(is_marked(pointer), "{pointer}");
    }
    assert!(!is_marked("/messages/0/content/0"));
    assert_eq!(body.to_string().matches("cache_control").count(), 4);
}

/// Events as they come over the wire.
fn stream(events: &[Value]) -> String {
    let line = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
    events.iter().map(line).collect()
}

fn start(usage: Value) -> Value {
    json!({"type": "message_start", "message": {"id": "msg_014p7gG3wDgGV9EUtLvnow3U", "type": "message",
        "role": "assistant", "model": "claude-opus-4-7", "stop_sequence": null, "usage": usage, "content": [],
        "stop_reason": null}})
}

fn begin(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn stop(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn end(reason: &str, tokens: u32) -> Vec<Value> {
    let delta = json!({"stop_reason": reason, "stop_sequence": null});
    vec![
        json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": tokens}}),
        json!({"type": "message_stop"}),
    ]
}

fn said(reason: &str) -> Vec<Value> {
    let usage = json!({"input_tokens": 25, "cache_creation_input_tokens": 7, "cache_read_input_tokens": 100, "output_tokens": 1});
    let piece = |text: &str| delta(0, json!({"type": "text_delta", "text": text}));
    let mut events = vec![
        start(usage),
        begin(0, json!({"type": "text", "text": ""})),
        json!({"type": "ping"}),
        piece("Grüß "),
        piece("Gott"),
        stop(0),
    ];
    events.extend(end(reason, 15));
    events
}

fn thought_and_called() -> Vec<Value> {
    let json = |piece: &str| delta(2, json!({"type": "input_json_delta", "partial_json": piece}));
    let mut events = vec![
        start(json!({"input_tokens": 472, "output_tokens": 2})),
        begin(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "Two "})),
        delta(0, json!({"type": "thinking_delta", "thinking": "cities."})),
        delta(0, json!({"type": "signature_delta", "signature": "EqQBCgIYAhIM"})),
        stop(0),
        begin(1, json!({"type": "redacted_thinking", "data": "EmwKAhgB"})),
        stop(1),
        begin(2, json!({"type": "tool_use", "id": "toolu_01T1x1fJ34qAmk2tNTrN7Up6", "name": "weather", "input": {}})),
        json(""),
        json("{\"city\":"),
        json(" \"Rome\"}"),
        stop(2),
        begin(3, json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}})),
        delta(3, json!({"type": "input_json_delta", "partial_json": "{}"})),
        stop(3),
        begin(4, json!({"type": "tool_use", "id": "toolu_02", "name": "weather", "input": {}})),
        stop(4),
        json!({"type": "something_new", "what": [1]}),
    ];
    events.extend(end("tool_use", 89));
    events
}

fn call(id: &str, arguments: Value) -> Part {
    Part::ToolCall(ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments })
}

fn done(usage: Usage, reason: &str) -> Part {
    let response_id = Some("msg_014p7gG3wDgGV9EUtLvnow3U".to_owned());
    Part::Done(Done { usage, finish_reason: Some(reason.to_owned()), response_id, ..Done::default() })
}

#[test]
fn text_and_its_tokens() {
    let usage = Usage { input_tokens: 25, output_tokens: 15, cache_read_tokens: 100, cache_creation_tokens: 7 };
    for reason in ["end_turn", "refusal", "max_tokens", "pause_turn", "model_context_window_exceeded"] {
        let (parts, error) = decode(Anthropic, &[stream(&said(reason)).as_bytes()]);
        assert_eq!(error, None);
        assert_eq!(joined(parts), [Part::Text("Grüß Gott".to_owned()), done(usage, reason)]);
    }
}

#[test]
fn thoughts_and_calls_side_by_side() {
    let (parts, error) = decode(Anthropic, &[stream(&thought_and_called()).as_bytes()]);
    assert_eq!(error, None);
    assert_eq!(parts.iter().filter(|part| **part == Part::Progress).count(), 8);
    let usage = Usage { input_tokens: 472, output_tokens: 89, ..Usage::default() };
    let expected = [
        Part::Thinking("Two cities.".to_owned()),
        Part::Item(json!({"type": "thinking", "thinking": "Two cities.", "signature": "EqQBCgIYAhIM"})),
        Part::Item(json!({"type": "redacted_thinking", "data": "EmwKAhgB"})),
        call("toolu_01T1x1fJ34qAmk2tNTrN7Up6", json!({"city": "Rome"})),
        call("toolu_02", json!({})),
        done(usage, "tool_use"),
    ];
    assert_eq!(joined(parts), expected);
}

#[test]
fn a_call_that_was_cut_short_and_one_that_came_whole() {
    let events = |block: Value, piece: &str| {
        let mut events = vec![start(json!({})), begin(0, block)];
        events.push(delta(0, json!({"type": "input_json_delta", "partial_json": piece})));
        events.extend(end("max_tokens", 1));
        let (parts, error) = decode(Anthropic, &[stream(&events).as_bytes()]);
        assert_eq!(error, None);
        joined(parts).swap_remove(0)
    };
    let block = |input: Value| json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": input});
    assert_eq!(events(block(json!({})), "{\"city\":"), call("toolu_1", json!("{\"city\":")));
    assert_eq!(events(block(json!({"city": "Rome"})), ""), call("toolu_1", json!({"city": "Rome"})));
}

#[test]
fn what_goes_wrong_is_told() {
    #[track_caller]
    fn check(stream: &str, code: ErrorCode, retryable: bool) {
        let (_, error) = decode(Anthropic, &[stream.as_bytes()]);
        let error = error.expect(stream);
        assert_eq!((error.code, error.retryable), (code, retryable), "{stream}: {error}");
    }
    let broken = |kind: &str, message: &str| {
        let mut events = said("end_turn");
        events.truncate(4);
        events.push(json!({"type": "error", "error": {"type": kind, "message": message}}));
        stream(&events)
    };
    check(&broken("overloaded_error", "Overloaded"), ErrorCode::ProviderUnavailable, true);
    check(&broken("rate_limit_error", "Slow down"), ErrorCode::ProviderRateLimited, true);
    check(&broken("api_error", "Sorry"), ErrorCode::ProviderUnavailable, true);
    check(&broken("invalid_request_error", "prompt is too long: 9 > 8"), ErrorCode::RequestTooLarge, false);
    check(&broken("invalid_request_error", "no"), ErrorCode::ProcessingError, false);
    for events in 0..said("end_turn").len() - 2 {
        check(&stream(&said("end_turn")[..events]), ErrorCode::ProviderUnavailable, true);
    }
    check("data: nonsense\n\n", ErrorCode::ProcessingError, false);
    check("data: [1]\n\n", ErrorCode::ProcessingError, false);
    check("data: {\"type\":\"message_start\"}\n\n", ErrorCode::ProcessingError, false);
}

#[test]
fn it_is_sturdy() {
    is_sturdy(Anthropic, &[stream(&said("end_turn")).as_bytes(), stream(&thought_and_called()).as_bytes()]);
}

#[test]
fn every_conversation_is_a_lawful_request() {
    let models = ["anthropic/claude-3-5-haiku", "anthropic/claude-sonnet-4-5", MODEL, "anthropic/claude-opus-5-5"];
    for model in models {
        let redacted = json!({"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"});
        is_lawful(Anthropic, model, vec![thought("hm"), redacted]);
    }
}

#[test]
fn unlawful_requests_are_told() {
    #[track_caller]
    fn check(pointer: &str, change: impl FnOnce(&mut Value), expected: &str) {
        let calls = agent("Wait.", &[("c1", "weather", json!({})), ("c2", "weather", json!({}))]);
        let messages = vec![user("Hi"), calls, result("c1", json!("ok")), error("c2", "no")];
        let mut body = body(&request("anthropic/claude-sonnet-4-5", messages));
        assert_eq!(Anthropic.grammar(&body), Ok(()));
        change(body.pointer_mut(pointer).expect(pointer));
        let found = Anthropic.grammar(&body).expect_err(expected);
        assert!(found.contains(expected), "{found}");
    }
    let pop = |value: &mut Value| drop(value.as_array_mut().expect("a list").pop());
    let reverse = |value: &mut Value| value.as_array_mut().expect("a list").reverse();
    let blank = |value: &mut Value| *value = json!(" ");
    check("/messages/2/content", pop, "no results for");
    check("/messages", pop, "does not speak last");
    check("/messages", reverse, "no open call");
    check("/messages/0/content/0/text", blank, "no text with something in it");
    check("/messages/1/content/1/id", |id| *id = json!("c2"), "an id that is taken");
    check("/messages/1/content/1/id", |id| *id = json!("c.1"), "not made of");
    check("/messages/1/content/1/input", |input| *input = json!("{}"), "object of arguments");
    check("/messages/2/content/1/content", |content| *content = json!([]), "without a word");
    check("/tools", pop, "without tools");
    check("/max_tokens", |tokens| *tokens = json!(0), "max_tokens");
    check("", |body| body["thinking"] = json!({"type": "enabled", "budget_tokens": 2_048}), "begin with a thought");
    check("", |body| body["thinking"] = json!({"type": "enabled", "budget_tokens": 64_000}), "a budget");
    check("/messages/1/content/0", |block| block["cache_control"] = json!({}), "marked for the cache");
}
