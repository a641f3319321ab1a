//! What comes back.

use everruns_core::message::ToolCall;
use everruns_core::{ErrorCode, Usage};
use serde_json::{Value, json};

use super::super::super::Dialect::OpenaiResponses;
use super::super::super::story::{decode, is_sturdy, joined};
use super::reasoning;
use crate::{Done, Part};

/// Events as OpenAI writes them.
fn stream(events: &[Value]) -> String {
    events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("x"))).collect()
}

fn created() -> Value {
    json!({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "object": "response",
        "status": "in_progress", "error": null, "incomplete_details": null, "output": [], "usage": null}})
}

fn ended(kind: &str, reason: Value) -> Value {
    json!({"type": format!("response.{kind}"), "response": {"id": "resp_1", "status": kind, "error": null,
        "incomplete_details": reason, "usage": {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 37, "output_tokens_details": {"reasoning_tokens": 20}, "total_tokens": 137}}})
}

fn done(reason: &str) -> Part {
    Part::Done(Done {
        usage: Usage { input_tokens: 36, output_tokens: 37, cache_read_tokens: 64, cache_creation_tokens: 0 },
        finish_reason: Some(reason.to_owned()),
        response_id: Some("resp_1".to_owned()),
        ..Done::default()
    })
}

fn text() -> String {
    let place = |kind: &str, key: &str, value: Value| json!({"type": kind, "item_id": "msg_1", "output_index": 0, "content_index": 0, key: value});
    stream(&[
        created(),
        json!({"type": "response.in_progress", "response": {"id": "resp_1", "status": "in_progress"}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"id": "msg_1", "type": "message",
            "status": "in_progress", "role": "assistant", "content": []}}),
        place("response.content_part.added", "part", json!({"type": "output_text", "text": "", "annotations": []})),
        place("response.output_text.delta", "delta", json!("Grüß ")),
        place("response.output_text.delta", "delta", json!("Gott")),
        place("response.output_text.done", "text", json!("Grüß Gott")),
        place("response.content_part.done", "part", json!({"type": "output_text", "text": "Grüß Gott"})),
        json!({"type": "response.output_item.done", "output_index": 0, "item": {"id": "msg_1", "type": "message",
            "status": "completed", "role": "assistant", "content": [{"type": "output_text", "text": "Grüß Gott"}]}}),
        ended("completed", Value::Null),
    ])
}

fn calls() -> String {
    let thought = |index: u32, delta: &str| {
        json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1",
        "output_index": 0, "summary_index": index, "delta": delta})
    };
    let call = |index: u32, id: &str, arguments: &str| {
        json!({"id": format!("fc_{index}"), "type": "function_call",
        "status": "completed", "call_id": id, "name": "weather", "arguments": arguments})
    };
    let added =
        |index: u32, item: Value| json!({"type": "response.output_item.added", "output_index": index, "item": item});
    let item =
        |index: u32, item: Value| json!({"type": "response.output_item.done", "output_index": index, "item": item});
    let piece = |index: u32, delta: &str| {
        json!({"type": "response.function_call_arguments.delta",
        "item_id": format!("fc_{index}"), "output_index": index, "delta": delta})
    };
    stream(&[
        created(),
        added(0, json!({"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAA"})),
        thought(0, "Two "),
        thought(0, "cities."),
        json!({"type": "response.reasoning_summary_part.done", "item_id": "rs_1", "output_index": 0, "summary_index": 0}),
        thought(1, "Both."),
        item(0, reasoning()),
        added(1, call(1, "call_1", "")),
        piece(1, "{\"city\":"),
        piece(1, "\"Rome\"}"),
        json!({"type": "response.function_call_arguments.done", "output_index": 1, "arguments": "{\"city\":\"Rome\"}"}),
        item(1, call(1, "call_1", "{\"city\":\"Rome\"}")),
        json!({"type": "response.web_search_call.searching", "output_index": 2, "item_id": "ws_1"}),
        item(2, json!({"id": "ws_1", "type": "web_search_call", "status": "completed"})),
        added(3, call(3, "call_2", "")),
        piece(3, "{\"city\":\"Oslo\"}"),
        item(3, call(3, "call_2", "")),
        ended("completed", Value::Null),
    ])
}

fn call(id: &str, arguments: Value) -> Part {
    Part::ToolCall(ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments })
}

#[test]
fn text_and_its_tokens() {
    let (parts, error) = decode(OpenaiResponses, &[text().as_bytes()]);
    assert_eq!(error, None);
    assert_eq!(joined(parts), [Part::Text("Grüß Gott".to_owned()), done("stop")]);
}

#[test]
fn thoughts_items_and_calls_in_their_places() {
    let (parts, error) = decode(OpenaiResponses, &[calls().as_bytes()]);
    assert_eq!(error, None);
    let expected = [
        Part::Thinking("Two cities.\n\nBoth.".to_owned()),
        Part::Item(reasoning()),
        call("call_1", json!({"city": "Rome"})),
        call("call_2", json!({"city": "Oslo"})),
        done("tool_calls"),
    ];
    assert_eq!(joined(parts), expected);
}

#[test]
fn two_messages_are_two_paragraphs() {
    let message =
        |phase: &str| json!({"type": "response.output_item.added", "item": {"type": "message", "phase": phase}});
    let delta = |text: &str| json!({"type": "response.output_text.delta", "delta": text});
    let events = [
        message("commentary"),
        delta("First."),
        message("final_answer"),
        delta("Sec"),
        delta("ond."),
        ended("completed", Value::Null),
    ];
    let (parts, error) = decode(OpenaiResponses, &[stream(&events).as_bytes()]);
    assert_eq!(error, None);
    let item = |phase: &str| Part::Item(json!({"type": "message", "phase": phase}));
    let text = |text: &str| Part::Text(text.to_owned());
    let expected = [item("commentary"), text("First."), item("final_answer"), text("\n\nSecond."), done("stop")];
    assert_eq!(joined(parts), expected);
}

#[test]
fn why_an_answer_ended() {
    #[track_caller]
    fn check(events: &[Value], expected: &[Part]) {
        let (parts, error) = decode(OpenaiResponses, &[stream(events).as_bytes()]);
        assert_eq!(error, None);
        assert_eq!(joined(parts), expected);
    }
    let no = json!({"type": "response.refusal.delta", "item_id": "msg_1", "output_index": 0, "delta": "I cannot."});
    check(&[created(), no, ended("completed", Value::Null)], &[Part::Text("I cannot.".to_owned()), done("refusal")]);
    let reason = |reason: &str| json!({"reason": reason});
    check(&[ended("incomplete", reason("max_output_tokens"))], &[done("max_output_tokens")]);
    check(&[ended("incomplete", reason("content_filter"))], &[done("content_filter")]);
    let thought = |delta: &str| json!({"type": "response.reasoning_text.delta", "output_index": 0, "content_index": 0, "delta": delta});
    let expected = [Part::Thinking("hmm".to_owned()), done("stop")];
    check(&[thought("h"), thought("mm"), ended("completed", Value::Null)], &expected);
    let written = json!({"type": "response.completed", "response": {"id": "resp_2", "usage": {"input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 5}, "output_tokens": 1}}});
    let usage = Usage { input_tokens: 2, output_tokens: 1, cache_read_tokens: 3, cache_creation_tokens: 5 };
    let (finish_reason, response_id) = (Some("stop".to_owned()), Some("resp_2".to_owned()));
    check(&[written], &[Part::Done(Done { usage, finish_reason, response_id, ..Done::default() })]);
}

#[test]
fn what_goes_wrong_is_told() {
    #[track_caller]
    fn check(stream: &str, code: ErrorCode, retryable: bool) {
        let (_, error) = decode(OpenaiResponses, &[stream.as_bytes()]);
        let error = error.expect(stream);
        assert_eq!((error.code, error.retryable), (code, retryable), "{stream}: {error}");
    }
    let whole = text();
    check(whole.split_once("event: response.completed").unwrap().0, ErrorCode::ProviderUnavailable, true);
    check("", ErrorCode::ProviderUnavailable, true);
    check("data: [DONE]\n\n", ErrorCode::ProviderUnavailable, true);
    check("data: nonsense\n\n", ErrorCode::ProcessingError, false);
    check("data: [1]\n\n", ErrorCode::ProcessingError, false);
    let failed = |code: &str| {
        stream(&[
            created(),
            json!({"type": "response.failed", "response": {"id": "resp_1", "status": "failed",
            "error": {"code": code, "message": "The server had an error"}}}),
        ])
    };
    check(&failed("server_error"), ErrorCode::ProviderUnavailable, true);
    check(&failed("rate_limit_exceeded"), ErrorCode::ProviderRateLimited, true);
    check(&failed("context_length_exceeded"), ErrorCode::RequestTooLarge, false);
    check(&failed("invalid_image"), ErrorCode::ProcessingError, false);
    let flat = json!({"type": "error", "code": "insufficient_quota", "message": "You exceeded it", "param": null});
    check(&stream(&[flat]), ErrorCode::ProviderQuotaExhausted, false);
    let nested =
        json!({"type": "error", "error": {"type": "server_error", "code": "server_is_overloaded", "message": "x"}});
    check(&stream(&[nested]), ErrorCode::ProviderUnavailable, true);
    check("data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n", ErrorCode::ProviderUnavailable, true);
    check(&stream(&[json!({"type": "response.failed", "response": {}})]), ErrorCode::ProcessingError, false);
}

#[test]
fn it_is_sturdy() {
    is_sturdy(OpenaiResponses, &[text().as_bytes(), calls().as_bytes()]);
}
