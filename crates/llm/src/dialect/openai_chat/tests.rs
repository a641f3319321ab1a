//! Requests and answers of Chat Completions, as vendors document them.

use everruns_core::message::ToolCall;
use everruns_core::provider_items::ProviderItem;
use everruns_core::{ErrorCode, Usage};
use serde_json::{Value, json};

use super::super::Dialect::OpenaiChat;
use super::super::histories::is_lawful;
use super::super::story::{
    agent, body, configured, decode, error, is_sturdy, joined, request, result, user, user_with, with_items,
};
use crate::{Done, Part};

#[track_caller]
fn check(request: &crate::Request, pointer: &str, expected: Value) {
    let body = body(request);
    assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), &expected, "{body:#}");
}

#[test]
fn a_first_question() {
    let asked = request("groq/llama", vec![user("Hi")]);
    let tool = json!({"type": "function", "function": {
        "name": "weather", "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}});
    let expected = json!({
        "model": "llama", "stream": true, "stream_options": {"include_usage": true}, "tools": [tool],
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
    });
    check(&asked, "", expected);
}

#[test]
fn calls_and_their_answers() {
    let calls = agent("Wait.", &[("c1", "weather", json!({"city": "Rome"})), ("c2", "weather", json!({}))]);
    let asked = request(
        "openai_completions/m",
        vec![user("Hi"), calls, result("c1", json!({"c": 21})), error("c2", "no city")],
    );
    let asked = crate::Request {
        access: crate::Access { base_url: Some("http://localhost/v1/".to_owned()), ..asked.access.clone() },
        ..asked
    };
    let function = |id: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}});
    let expected = json!([
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Wait.", "tool_calls": [function("c1", r#"{"city":"Rome"}"#), function("c2", "{}")]},
        {"role": "tool", "tool_call_id": "c1", "content": r#"{"c":21}"#},
        {"role": "tool", "tool_call_id": "c2", "content": "Error: no city"},
    ]);
    check(&asked, "/messages", expected);
}

#[test]
fn images_of_the_user_and_of_tools() {
    let shown = user_with(json!([
        {"type": "text", "text": "What is it?"},
        {"type": "image", "base64": "cGl4", "media_type": "image/jpeg"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "image_file", "image_id": "img_1"},
        {"type": "image_file", "image_id": "img_gone", "filename": "b.png"},
    ]));
    let url = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let expected = json!([
        {"type": "text", "text": "What is it?"}, url("data:image/jpeg;base64,cGl4"), url("https://example.com/a.png"),
        url("data:image/png;base64,aW1n"), {"type": "text", "text": "(the image b.png cannot be shown any more)"},
    ]);
    check(&request("xai/grok", vec![shown]), "/messages/1/content", expected);

    let seen =
        json!([{"type": "text", "text": "a photo"}, {"type": "image", "base64": "cGl4", "media_type": "image/png"}]);
    let asked = request("xai/grok", vec![user("Look"), agent("", &[("c1", "weather", json!({}))]), result("c1", seen)]);
    check(&asked, "/messages/3/content", json!("a photo\n\n(its images follow)"));
    let note = json!({"type": "text", "text": "The images of the tool results:"});
    check(&asked, "/messages/4/content", json!([note, url("data:image/png;base64,cGl4")]));
}

#[test]
fn vendors_differ_by_their_quirks() {
    let hard = |model: &str| {
        configured(request(model, vec![user("Hi")]), |config| {
            config.manner.reasoning_effort = Some("high".to_owned());
            config.manner.output_schema = Some(json!({"type": "object"}));
            config.parallel_tool_calls = false;
        })
    };
    check(&hard("groq/m"), "/reasoning_effort", json!("high"));
    check(&hard("groq/m"), "/parallel_tool_calls", json!(false));
    let schema = json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}});
    check(&hard("groq/m"), "/response_format", schema);
    check(&hard("openrouter/m"), "/reasoning", json!({"effort": "high"}));
    check(&hard("openrouter/m"), "/usage", json!({"include": true}));
    check(&hard("deepseek/m"), "/response_format", json!({"type": "json_object"}));
    check(&hard("mistral/m"), "/reasoning_effort", Value::Null);
    check(&hard("mistral/m"), "/stream_options", Value::Null);

    let calls =
        || vec![user("Hi"), agent("", &[("toolu_01AbCdEfGhIjKlMn", "weather", json!({}))]), result("x", json!("ok"))];
    let ids = |model: &str| {
        let body = body(&request(model, calls()));
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("/messages/2/tool_calls/0/id"), text("/messages/3/tool_call_id"))
    };
    let (call, answer) = ids("mistral/m");
    assert!(call == answer && call.len() == 9, "{call} {answer}");
    assert_eq!(ids("groq/m").0, "toolu_01AbCdEfGhIjKlMn");
}

#[test]
fn thoughts_go_back_to_who_wants_them() {
    let items = |origin: &str| {
        let own = json!({"reasoning_content": "hm", "reasoning_details": [{"text": "hm"}]});
        let message = agent("", &[("c1", "weather", json!({}))]);
        let message = with_items(message, origin, vec![ProviderItem::Own(own), ProviderItem::Call]);
        vec![user("Hi"), message, result("c1", json!("ok"))]
    };
    check(&request("deepseek/m", items("deepseek/m")), "/messages/2/reasoning_content", json!("hm"));
    check(&request("deepseek/m", items("deepseek/other")), "/messages/2/reasoning_content", Value::Null);
    check(&request("openrouter/m", items("openrouter/m")), "/messages/2/reasoning_details", json!([{"text": "hm"}]));
    check(&request("groq/m", items("groq/m")), "/messages/2/reasoning_content", Value::Null);
}

const TEXT: &str = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"finish_reason\":null}],\"usage\":null}\n\n\
data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüß \"},\"finish_reason\":null}]}\n\n\
: keep-alive\n\n\
data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Gott\"},\"finish_reason\":null}]}\n\n\
data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
data: {\"id\":\"chatcmpl-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":7,\"total_tokens\":107,\"prompt_tokens_details\":{\"cached_tokens\":64}}}\n\n\
data: [DONE]\n\n";

const CALLS: &str = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Two \"}}]}\n\n\
data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"cities.\"}}]}\n\n\
data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"\"}}]}}]}\n\n\
data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\":\"}}]}}]}\n\n\
data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]}}]}\n\n\
data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"Rome\\\"}\"}}]}}]}\n\n\
data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"prompt_cache_hit_tokens\":2,\"cost\":0.00012}}\n\n\
data: [DONE]\n\n";

fn call(id: &str, arguments: Value) -> Part {
    Part::ToolCall(ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments })
}

#[test]
fn text_and_its_tokens() {
    let (parts, error) = decode(OpenaiChat, &[TEXT.as_bytes()]);
    assert_eq!(error, None);
    let usage = Usage { input_tokens: 36, output_tokens: 7, cache_read_tokens: 64, cache_creation_tokens: 0 };
    let done = Done {
        usage,
        finish_reason: Some("stop".to_owned()),
        response_id: Some("chatcmpl-1".to_owned()),
        ..Done::default()
    };
    assert_eq!(joined(parts), [Part::Text("Grüß Gott".to_owned()), Part::Done(done)]);
}

#[test]
fn thoughts_and_calls_side_by_side() {
    let (parts, error) = decode(OpenaiChat, &[CALLS.as_bytes()]);
    assert_eq!(error, None);
    let usage = Usage { input_tokens: 7, output_tokens: 4, cache_read_tokens: 2, cache_creation_tokens: 0 };
    let done = Done {
        usage,
        finish_reason: Some("tool_calls".to_owned()),
        response_id: Some("x".to_owned()),
        cost_nanos: Some(120_000),
        ..Done::default()
    };
    let expected = [
        Part::Thinking("Two cities.".to_owned()),
        Part::Item(json!({"reasoning_content": "Two cities."})),
        call("c1", json!({"city": "Rome"})),
        call("c2", json!({})),
        Part::Done(done),
    ];
    assert_eq!(joined(parts), expected);
}

#[test]
fn other_vendors_forms() {
    #[track_caller]
    fn check(delta: Value, expected: &[Part]) {
        let chunk = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]});
        let (parts, error) = decode(OpenaiChat, &[format!("data: {chunk}\n\ndata: [DONE]\n\n").as_bytes()]);
        assert_eq!(error, None);
        let mut parts = joined(parts);
        parts.pop();
        assert_eq!(parts, expected);
    }
    let text = |text: &str| Part::Text(text.to_owned());
    check(json!({"content": null, "refusal": "I cannot."}), &[text("I cannot.")]);
    let pieces =
        json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Hi"}]);
    check(json!({"content": pieces}), &[Part::Thinking("hm".to_owned()), text("Hi")]);
    let whole = json!({"tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": {"a": 1}}},
        {"id": "c2", "function": {"name": "weather", "arguments": "{\"a\":2}"}}]});
    check(whole, &[call("c1", json!({"a": 1})), call("c2", json!({"a": 2}))]);
    let broken =
        json!({"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "weather", "arguments": "{\"a\":"}}]});
    check(broken, &[call("c1", json!("{\"a\":"))]);
}

#[test]
fn what_goes_wrong_is_told() {
    #[track_caller]
    fn check(stream: &str, code: ErrorCode, retryable: bool) {
        let (_, error) = decode(OpenaiChat, &[stream.as_bytes()]);
        let error = error.expect(stream);
        assert_eq!((error.code, error.retryable), (code, retryable), "{stream}: {error}");
    }
    let cut = TEXT.split_once("data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{},").unwrap().0;
    check(cut, ErrorCode::ProviderUnavailable, true);
    check("", ErrorCode::ProviderUnavailable, true);
    check("data: [DONE]\n\n", ErrorCode::ProviderUnavailable, true);
    check(
        "data: {\"error\":{\"message\":\"Sorry\",\"type\":\"server_error\"}}\n\n",
        ErrorCode::ProviderUnavailable,
        true,
    );
    check("data: nonsense\n\n", ErrorCode::ProcessingError, false);
    check("data: [1]\n\n", ErrorCode::ProcessingError, false);
}

#[test]
fn it_is_sturdy() {
    is_sturdy(OpenaiChat, &[TEXT.as_bytes(), CALLS.as_bytes()]);
}

#[test]
fn any_conversation_is_a_lawful_request() {
    for model in ["deepseek/m", "mistral/m", "openrouter/m"] {
        is_lawful(OpenaiChat, model, vec![json!({"reasoning_content": "hm", "reasoning_details": [{"text": "hm"}]})]);
    }
}

#[test]
fn an_unlawful_request_is_told_from_a_lawful_one() {
    #[track_caller]
    fn check(messages: Value, expected: &str) {
        let told = OpenaiChat.grammar(&json!({"messages": messages}));
        match expected {
            "" => assert_eq!(told, Ok(())),
            _ => assert!(told.as_ref().is_err_and(|what| what.contains(expected)), "{told:?}"),
        }
    }
    let says = json!({"role": "user", "content": "Hi"});
    let function = json!({"name": "weather", "arguments": "{}"});
    let calls = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "function": function}]});
    let answer = json!({"role": "tool", "tool_call_id": "c1", "content": "ok"});
    check(json!([says, calls, answer, says]), "");
    check(json!([]), "no messages");
    check(json!([says, calls]), "not answered");
    check(json!([says, calls, says, answer]), "not answered");
    check(json!([says, answer]), "answers no call");
    check(json!([says, calls, answer, answer]), "answers no call");
    check(json!([says, {"role": "assistant", "content": null}]), "neither text nor calls");
    check(json!([{"role": "user", "content": ""}]), "no content");
    check(json!([{"role": "user", "content": [{"type": "text", "text": ""}]}]), "empty or unknown");
    check(json!([says, {"role": "system", "content": "Be kind."}]), "stand first");
    check(json!([{"role": "function", "content": "x"}]), "no role");
}
