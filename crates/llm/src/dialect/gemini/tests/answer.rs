//! What comes back.

use everruns_core::message::ToolCall;
use everruns_core::{ErrorCode, Usage};
use serde_json::{Value, json};

use super::super::super::Dialect::Gemini;
use super::super::super::story::{decode, is_sturdy, joined};
use crate::{Done, Part};

/// Chunks as Google writes them.
fn stream(chunks: &[Value]) -> String {
    chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect()
}

fn chunk(parts: Value, reason: Option<&str>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(reason) = reason {
        candidate["finishReason"] = json!(reason);
    }
    json!({"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r1",
        "usageMetadata": {"promptTokenCount": 100, "cachedContentTokenCount": 64, "candidatesTokenCount": 7,
            "thoughtsTokenCount": 30, "toolUsePromptTokenCount": 5, "totalTokenCount": 142}})
}

fn text() -> String {
    stream(&[
        chunk(json!([{"text": "**Greeting**\n\n", "thought": true}]), None),
        chunk(json!([{"text": "Grüß "}]), None),
        chunk(json!([{"text": "Gott"}]), None),
        chunk(json!([{"text": "", "thoughtSignature": "c2ln"}]), Some("STOP")),
    ])
}

fn calls() -> String {
    let call = |city: &str| json!({"name": "weather", "args": {"city": city}});
    let mut named = call("Oslo");
    named["id"] = json!("fc-7");
    stream(&[
        chunk(json!([{"text": "Wait.", "thoughtSignature": "czE="}]), None),
        chunk(json!([{"text": " So."}]), None),
        chunk(json!([{"functionCall": call("Rome"), "thoughtSignature": "czI="}, {"functionCall": named}]), None),
        chunk(json!([{"functionCall": {"name": "weather"}}, {"executableCode": {"code": "1"}}]), Some("STOP")),
    ])
}

fn done(reason: &str) -> Part {
    Part::Done(Done {
        usage: Usage { input_tokens: 41, output_tokens: 37, cache_read_tokens: 64, cache_creation_tokens: 0 },
        finish_reason: Some(reason.to_owned()),
        response_id: Some("r1".to_owned()),
        ..Done::default()
    })
}

#[test]
fn thoughts_text_and_its_tokens() {
    let (parts, error) = decode(Gemini, &[text().as_bytes()]);
    assert_eq!(error, None);
    let expected = [
        Part::Thinking("**Greeting**\n\n".to_owned()),
        Part::Text("Grüß Gott".to_owned()),
        Part::Item(json!({"text": "", "thoughtSignature": "c2ln"})),
        done("STOP"),
    ];
    assert_eq!(joined(parts), expected);
}

#[test]
fn signatures_stand_before_what_they_belong_to() {
    let (parts, error) = decode(Gemini, &[calls().as_bytes()]);
    assert_eq!(error, None);
    let call = |id: &str, arguments: Value| {
        Part::ToolCall(ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments })
    };
    let expected = [
        Part::Item(json!({"for": "text", "thoughtSignature": "czE="})),
        Part::Text("Wait.".to_owned()),
        Part::Item(json!({"for": "text"})),
        Part::Text(" So.".to_owned()),
        Part::Item(json!({"for": "functionCall", "thoughtSignature": "czI="})),
        call("call_1", json!({"city": "Rome"})),
        call("fc-7", json!({"city": "Oslo"})),
        call("call_3", json!({})),
        done("STOP"),
    ];
    assert_eq!(joined(parts), expected);
    let signed =
        stream(&[chunk(json!([{"text": "hm", "thought": true, "thoughtSignature": "c2ln"}]), Some("MAX_TOKENS"))]);
    let (parts, error) = decode(Gemini, &[signed.as_bytes()]);
    assert_eq!(error, None);
    let own = Part::Item(json!({"text": "hm", "thought": true, "thoughtSignature": "c2ln"}));
    assert_eq!(joined(parts), [Part::Thinking("hm".to_owned()), own, done("MAX_TOKENS")]);
}

#[test]
fn a_refusal_is_an_answer() {
    #[track_caller]
    fn check(chunk: Value, expected: &[Part]) {
        let (parts, error) = decode(Gemini, &[stream(&[chunk]).as_bytes()]);
        assert_eq!(error, None);
        assert_eq!(joined(parts), expected);
    }
    let refused = |reason: &str| Part::Text(format!("(the provider refused to answer: {reason})"));
    check(chunk(json!([]), Some("SAFETY")), &[refused("SAFETY"), done("SAFETY")]);
    let half = chunk(json!([{"text": "Once"}]), Some("RECITATION"));
    check(half, &[Part::Text("Once".to_owned()), done("RECITATION")]);
    let blocked = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}});
    let finish_reason = Some("PROHIBITED_CONTENT".to_owned());
    let usage = Usage { input_tokens: 9, ..Usage::default() };
    let expected = [refused("PROHIBITED_CONTENT"), Part::Done(Done { usage, finish_reason, ..Done::default() })];
    check(blocked, &expected);
    check(chunk(json!([]), Some("STOP")), &[done("STOP")]);
}

#[test]
fn what_goes_wrong_is_told() {
    #[track_caller]
    fn check(stream: &str, code: ErrorCode, retryable: bool) {
        let (_, error) = decode(Gemini, &[stream.as_bytes()]);
        let error = error.expect(stream);
        assert_eq!((error.code, error.retryable), (code, retryable), "{stream}: {error}");
    }
    let whole = text();
    check(whole.rsplit_once("data: ").unwrap().0, ErrorCode::ProviderUnavailable, true);
    check("", ErrorCode::ProviderUnavailable, true);
    check("data: nonsense\n\n", ErrorCode::ProcessingError, false);
    check("data: [1]\n\n", ErrorCode::ProcessingError, false);
    let broken =
        |code: u16, status: &str| stream(&[json!({"error": {"code": code, "message": "x", "status": status}})]);
    check(&broken(503, "UNAVAILABLE"), ErrorCode::ProviderUnavailable, true);
    check(&broken(504, "DEADLINE_EXCEEDED"), ErrorCode::ProviderUnavailable, true);
    check(&broken(500, "INTERNAL"), ErrorCode::ProviderUnavailable, true);
    check(&broken(429, "RESOURCE_EXHAUSTED"), ErrorCode::ProviderRateLimited, true);
    check(&broken(400, "INVALID_ARGUMENT"), ErrorCode::ProcessingError, false);
    let slip = stream(&[chunk(json!([]), Some("MALFORMED_FUNCTION_CALL"))]);
    check(&slip, ErrorCode::ProcessingError, true);
}

#[test]
fn it_is_sturdy() {
    is_sturdy(Gemini, &[text().as_bytes(), calls().as_bytes()]);
}
