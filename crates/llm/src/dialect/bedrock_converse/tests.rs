//! Requests and answers of Converse, as Amazon documents them.

use everruns_core::message::{Message, ToolCall};
use everruns_core::provider_items::ProviderItem;
use everruns_core::{ErrorCode, Timestamp, Usage};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::super::Call;
use super::super::Dialect::BedrockConverse;
use super::super::histories::is_lawful;
use super::super::story::{
    agent, body, configured, decode, error, is_sturdy, joined, request, result, user, user_with, with_items,
};
use super::eventstream::written;
use crate::vendor::Vendor;
use crate::{Access, Done, ModelError, Part, Request};

const MODEL: &str = "bedrock/us.anthropic.claude-opus-4-6-v1:0";
const NOVA: &str = "bedrock/amazon.nova-pro-v1:0";
const LLAMA: &str = "bedrock/meta.llama3-1-70b-instruct-v1:0";

/// The same with other keys.
fn with_keys(request: Request, base_url: Option<&str>, keys: &[(&str, &str)]) -> Request {
    let credentials = keys.iter().map(|(name, key)| ((*name).to_owned(), Zeroizing::new((*key).to_owned())));
    let access = Access { base_url: base_url.map(str::to_owned), credentials: credentials.collect() };
    Request { access, ..request }
}

fn sent(request: &Request) -> Result<Call, ModelError> {
    let vendor = Vendor::of("bedrock");
    vendor.dialect.encode(request, vendor, Timestamp::from_micros(1_440_938_160_000_000))
}

#[track_caller]
fn check(request: &Request, pointer: &str, expected: Value) {
    let body = body(request);
    assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), &expected, "{body:#}");
    assert_eq!(BedrockConverse.grammar(&body), Ok(()));
}

fn mark() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

fn text(text: &str) -> Value {
    json!({"text": text})
}

#[test]
fn a_first_question() {
    let spec = json!({"name": "weather", "description": "Tells the weather.",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}}});
    let expected = json!({
        "system": [text("Be kind."), mark()],
        "messages": [{"role": "user", "content": [text("Hi"), mark()]}],
        "toolConfig": {"tools": [{"toolSpec": spec}, mark()]},
        "inferenceConfig": {"maxTokens": 32_000},
    });
    check(&request(MODEL, vec![user("Hi")]), "", expected);
    // Nova takes marks behind the instructions alone, others nowhere.
    let marks = |model: &str| body(&request(model, vec![user("Hi")])).to_string().matches("cachePoint").count();
    assert_eq!((marks(MODEL), marks(NOVA), marks(LLAMA)), (3, 1, 0));
    assert_eq!(
        (marks("bedrock/amazon.nova-2-lite-v1:0"), marks("bedrock/anthropic.claude-3-haiku-20240307-v1:0")),
        (0, 0)
    );
    check(&request(NOVA, vec![user("Hi")]), "/system", json!([text("Be kind."), mark()]));
}

#[test]
fn the_address_has_region_and_model_in_it() {
    #[track_caller]
    fn check(base_url: Option<&str>, keys: &[(&str, &str)], model: &str, expected: &str) {
        let call = sent(&with_keys(request(model, vec![user("Hi")]), base_url, keys)).expect("it can be asked");
        assert_eq!(call.url, expected);
    }
    let key = [("api_key", "sk-canary-0123456789"), ("region", "eu-west-1")];
    let usual = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse-stream";
    check(None, &key, NOVA, usual);
    check(Some("https://bedrock-runtime.eu-west-1.amazonaws.com/"), &key[..1], NOVA, usual);
    let keys = [("access_key_id", "AKIDEXAMPLE"), ("secret_access_key", "wJalrXUtnFEMI")];
    check(Some("https://bedrock-runtime.eu-west-1.amazonaws.com"), &keys, NOVA, usual);
    check(
        Some("http://localhost:9"),
        &key[..1],
        LLAMA,
        "http://localhost:9/model/meta.llama3-1-70b-instruct-v1%3A0/converse-stream",
    );
    let profile = "bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0";
    let expected = "http://localhost:9/aws/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse-stream";
    check(Some("http://localhost:9/aws"), &key, profile, expected);
    for keys in [&key[..1], &[("access_key_id", "AKIDEXAMPLE"), ("region", "eu-west-1")], &key[1..]] {
        let refused = sent(&with_keys(request(NOVA, vec![user("Hi")]), None, keys)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::ProviderMisconfigured, "{keys:?}");
    }
}

#[test]
fn it_is_signed_or_bears_a_key() {
    let header = |call: &Call, name: &str| {
        call.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let bearer = sent(&request(NOVA, vec![user("Hi")])).expect("it can be asked");
    assert_eq!(header(&bearer, "authorization"), "Bearer sk-canary-0123456789");
    assert_eq!(header(&bearer, "accept"), "application/vnd.amazon.eventstream");
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let keys = [
        ("access_key_id", "AKIDEXAMPLE"),
        ("secret_access_key", secret),
        ("session_token", "a-session"),
        ("region", "us-east-1"),
    ];
    let signed = sent(&with_keys(request(NOVA, vec![user("Hi")]), None, &keys)).expect("it can be asked");
    let authorization = header(&signed, "authorization");
    let expected = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=";
    let signature = authorization.strip_prefix(expected).expect("the form of a signature");
    assert!(signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()), "{signature}");
    assert_eq!(header(&signed, "x-amz-date"), "20150830T123600Z");
    assert_eq!(header(&signed, "x-amz-security-token"), "a-session");
    assert!(signed.headers.iter().all(|(_, value)| !value.contains(secret)));
}

#[test]
fn calls_and_their_answers() {
    let calls = agent("Wait.", &[("c1", "weather", json!({"city": "Rome"})), ("c2", "weather", json!({}))]);
    let messages = || vec![user("Hi"), calls.clone(), result("c1", json!("")), error("c2", "no city"), user("And?")];
    let call = |id: &str, input: Value| json!({"toolUse": {"toolUseId": id, "name": "weather", "input": input}});
    let failed = json!({"toolResult": {"toolUseId": "c2", "status": "error", "content": [text("no city")]}});
    let expected = json!([
        {"role": "user", "content": [text("Hi"), mark()]},
        {"role": "assistant", "content": [text("Wait."), call("c1", json!({"city": "Rome"})), call("c2", json!({}))]},
        {"role": "user", "content": [
            {"toolResult": {"toolUseId": "c1", "content": [text("(nothing)")]}}, failed, text("And?"), mark(),
        ]},
    ]);
    check(&request(MODEL, messages()), "/messages", expected);
    check(&request(NOVA, messages()), "/messages/2/content/1", failed);
    let told = json!({"toolResult": {"toolUseId": "c2", "content": [text("Error:"), text("no city")]}});
    check(&request(LLAMA, messages()), "/messages/2/content/1", told);
    let without = configured(request(MODEL, messages()), |config| config.tools.clear());
    let gone = json!({"name": "weather", "description": "It is not there any more; do not call it.",
        "inputSchema": {"json": {"type": "object"}}});
    check(&without, "/toolConfig", json!({"tools": [{"toolSpec": gone}]}));
}

#[test]
fn images_of_the_user_and_of_tools() {
    let image = |format: &str, bytes: &str| json!({"image": {"format": format, "source": {"bytes": bytes}}});
    let shown = user_with(json!([
        {"type": "image", "base64": "cGl4", "media_type": "image/jpeg"},
        {"type": "image", "base64": "cGl4", "media_type": "image/tiff"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "image_file", "image_id": "img_1"},
    ]));
    let expected = json!([
        image("jpeg", "cGl4"),
        text("(an image of the type image/tiff, which cannot be shown)"),
        text("(an image at https://example.com/a.png, which cannot be shown from there)"),
        image("png", "aW1n"),
    ]);
    check(&request(NOVA, vec![shown]), "/messages/0/content", expected);
    let seen =
        json!([{"type": "text", "text": "a photo"}, {"type": "image", "base64": "cGl4", "media_type": "image/png"}]);
    let messages = vec![user("Look"), agent("", &[("c1", "weather", json!({}))]), result("c1", seen)];
    let expected = json!([text("a photo"), image("png", "cGl4")]);
    check(&request(NOVA, messages), "/messages/2/content/0/toolResult/content", expected);
}

fn thought(text: &str) -> Value {
    json!({"reasoningContent": {"reasoningText": {"text": text, "signature": "EqQBCgIYAhIM"}}})
}

#[test]
fn thoughts_go_back_and_models_are_told_to_think() {
    let redacted = json!({"reasoningContent": {"redactedContent": "EmwKAhgB"}});
    let history = |model: &str| {
        let items = vec![
            ProviderItem::Own(thought("hm")),
            ProviderItem::Text(5),
            ProviderItem::Own(redacted.clone()),
            ProviderItem::Call,
        ];
        let message = with_items(agent("Wait.", &[("c1", "weather", json!({}))]), model, items);
        vec![user("Hi"), message, result("c1", json!("ok"))]
    };
    let thinking = |model: &str, effort: &str, messages: Vec<Message>| {
        configured(request(model, messages), |config| config.manner.reasoning_effort = Some(effort.to_owned()))
    };
    let call = json!({"toolUse": {"toolUseId": "c1", "name": "weather", "input": {}}});
    let expected = json!([thought("hm"), text("Wait."), redacted, call]);
    check(&thinking(MODEL, "high", history(MODEL)), "/messages/1/content", expected);
    check(&thinking(MODEL, "high", history("other")), "/messages/1/content", json!([text("Wait."), call]));
    let own = json!({"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "high"}});
    check(&thinking(MODEL, "high", history("other")), "/additionalModelRequestFields", own);
    let older = "bedrock/anthropic.claude-sonnet-4-20250514-v1:0";
    let own = json!({"thinking": {"type": "enabled", "budget_tokens": 2_048}});
    check(&thinking(older, "low", history(older)), "/additionalModelRequestFields", own);
    check(&thinking(older, "low", history("other")), "/additionalModelRequestFields", Value::Null);
    let newer = body(&thinking("bedrock/anthropic.claude-fable-5-1", "high", vec![user("Hi")]));
    assert_eq!(
        newer["additionalModelRequestFields"]["anthropic_beta"],
        json!(["thinking-binding-controls-2026-08-01"])
    );
    let nova = "bedrock/us.amazon.nova-2-lite-v1:0";
    let own = json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}});
    check(&thinking(nova, "medium", vec![user("Hi")]), "/additionalModelRequestFields", own);
    check(&thinking(NOVA, "medium", vec![user("Hi")]), "/additionalModelRequestFields", Value::Null);
}

#[test]
fn answers_are_held_to_a_schema_and_calls_come_one_by_one() {
    let held = |model: &str| {
        configured(request(model, vec![user("Hi")]), |config| {
            config.manner.output_schema = Some(json!({"type": "object"}));
            config.parallel_tool_calls = false;
        })
    };
    let schema = json!({"name": "answer", "schema": r#"{"additionalProperties":false,"type":"object"}"#});
    let format = json!({"type": "json_schema", "structure": {"jsonSchema": schema}});
    check(&held(MODEL), "/outputConfig/textFormat", format);
    let choice = json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}});
    check(&held(MODEL), "/additionalModelRequestFields", choice);
    check(&held(NOVA), "/outputConfig", Value::Null);
    check(&held(LLAMA), "/additionalModelRequestFields", Value::Null);
}

/// Frames as they come over the wire.
fn stream(events: &[(&str, Value)]) -> Vec<u8> {
    let frame = |(kind, payload): &(&str, Value)| {
        let headers = [(":event-type", *kind), (":content-type", "application/json"), (":message-type", "event")];
        let mut payload = payload.clone();
        payload["p"] = json!("abcdefghijk");
        written(&headers, payload.to_string().as_bytes())
    };
    events.iter().flat_map(frame).collect()
}

fn delta(index: u64, delta: Value) -> (&'static str, Value) {
    ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}))
}

fn start(index: u64, id: &str) -> (&'static str, Value) {
    let call = json!({"toolUse": {"toolUseId": id, "name": "weather"}});
    ("contentBlockStart", json!({"contentBlockIndex": index, "start": call}))
}

fn stop(index: u64) -> (&'static str, Value) {
    ("contentBlockStop", json!({"contentBlockIndex": index}))
}

fn end(reason: &str, usage: Value) -> [(&'static str, Value); 2] {
    let metadata = json!({"usage": usage, "metrics": {"latencyMs": 1_275}});
    [("messageStop", json!({"stopReason": reason})), ("metadata", metadata)]
}

fn said(usage: Value) -> Vec<(&'static str, Value)> {
    let mut events = vec![
        ("messageStart", json!({"role": "assistant"})),
        delta(0, json!({"text": "Grüß "})),
        ("somethingNew", json!({"delta": 1})),
        delta(0, json!({"text": "Gott"})),
        stop(0),
    ];
    events.extend(end("end_turn", usage));
    events
}

fn thought_and_called() -> Vec<(&'static str, Value)> {
    let reasoning = |index: u64, it: Value| delta(index, json!({"reasoningContent": it}));
    let input = |index: u64, piece: &str| delta(index, json!({"toolUse": {"input": piece}}));
    let mut events = vec![
        ("messageStart", json!({"role": "assistant"})),
        reasoning(0, json!({"text": "Two "})),
        reasoning(0, json!({"text": "cities."})),
        reasoning(0, json!({"signature": "EqQBCgIYAhIM"})),
        stop(0),
        reasoning(1, json!({"redactedContent": "EmwKAhgB"})),
        stop(1),
        reasoning(2, json!({"text": "Unsigned."})),
        stop(2),
        start(3, "tooluse_kZJMlvQmRJ6eAyJE5GIl7Q"),
        input(3, "{\"city\":"),
        input(3, " \"Rome\"}"),
        stop(3),
        start(4, "tooluse_2"),
        stop(4),
    ];
    events.extend(end("tool_use", json!({"inputTokens": 30, "outputTokens": 9, "totalTokens": 39})));
    events
}

fn call(id: &str, arguments: Value) -> Part {
    Part::ToolCall(ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments })
}

fn done(usage: Usage, reason: &str) -> Part {
    Part::Done(Done { usage, finish_reason: Some(reason.to_owned()), ..Done::default() })
}

#[test]
fn text_and_its_tokens() {
    #[track_caller]
    fn check(usage: Value, expected: Usage) {
        let (parts, error) = decode(BedrockConverse, &[&stream(&said(usage))]);
        assert_eq!(error, None);
        assert_eq!(joined(parts), [Part::Text("Grüß Gott".to_owned()), done(expected, "end_turn")]);
    }
    let counted = |input: u32, total: u32| json!({"inputTokens": input, "outputTokens": 7, "totalTokens": total, "cacheReadInputTokens": 64, "cacheWriteInputTokens": 10});
    let expected = Usage { input_tokens: 26, output_tokens: 7, cache_read_tokens: 64, cache_creation_tokens: 10 };
    check(counted(26, 107), expected);
    check(counted(100, 107), expected);
    let plain = Usage { input_tokens: 26, output_tokens: 7, ..Usage::default() };
    check(json!({"inputTokens": 26, "outputTokens": 7, "totalTokens": 33}), plain);
}

#[test]
fn thoughts_and_calls_side_by_side() {
    let (parts, error) = decode(BedrockConverse, &[&stream(&thought_and_called())]);
    assert_eq!(error, None);
    let usage = Usage { input_tokens: 30, output_tokens: 9, ..Usage::default() };
    let expected = [
        Part::Thinking("Two cities.".to_owned()),
        Part::Item(thought("Two cities.")),
        Part::Item(json!({"reasoningContent": {"redactedContent": "EmwKAhgB"}})),
        Part::Thinking("Unsigned.".to_owned()),
        call("tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", json!({"city": "Rome"})),
        call("tooluse_2", json!({})),
        done(usage, "tool_use"),
    ];
    assert_eq!(joined(parts), expected);
    // Where the tokens are not told the answer is one all the same.
    let mut events = said(json!({}));
    events.pop();
    let (parts, error) = decode(BedrockConverse, &[&stream(&events)]);
    assert_eq!(error, None);
    assert_eq!(joined(parts)[1], done(Usage::default(), "end_turn"));
}

#[test]
fn what_goes_wrong_is_told() {
    #[track_caller]
    fn check(stream: &[u8], code: ErrorCode, retryable: bool) -> String {
        let (_, error) = decode(BedrockConverse, &[stream]);
        let error = error.expect("an error");
        assert_eq!((error.code, error.retryable), (code, retryable), "{error}");
        error.message
    }
    let broken = |kind: &str, message: &str| {
        let mut bytes = stream(&said(json!({}))[..2]);
        let headers =
            [(":exception-type", kind), (":content-type", "application/json"), (":message-type", "exception")];
        bytes.extend(written(&headers, json!({"message": message}).to_string().as_bytes()));
        bytes
    };
    let told = check(&broken("throttlingException", "Too many tokens"), ErrorCode::ProviderRateLimited, true);
    assert!(told.contains("Too many tokens"), "{told}");
    check(&broken("serviceUnavailableException", "x"), ErrorCode::ProviderUnavailable, true);
    check(&broken("internalServerException", "x"), ErrorCode::ProviderUnavailable, true);
    check(&broken("modelStreamErrorException", "x"), ErrorCode::ProviderUnavailable, true);
    check(&broken("validationException", "Input is too long for requested model."), ErrorCode::RequestTooLarge, false);
    check(&broken("validationException", "x"), ErrorCode::ProcessingError, false);
    let headers = [(":message-type", "error"), (":error-code", "InternalServerError"), (":error-message", "Sorry")];
    let told = check(&written(&headers, b""), ErrorCode::ProviderUnavailable, true);
    assert!(told.contains("Sorry"), "{told}");
    for events in 0..said(json!({})).len() - 2 {
        check(&stream(&said(json!({}))[..events]), ErrorCode::ProviderUnavailable, true);
    }
    let whole = stream(&said(json!({})));
    check(&whole[..whole.len() / 2], ErrorCode::ProviderUnavailable, true);
    let headers = [(":message-type", "event"), (":event-type", "contentBlockDelta")];
    check(&written(&headers, b"nonsense"), ErrorCode::ProcessingError, false);
    check(b"<html>no stream at all</html>", ErrorCode::ProcessingError, false);
}

#[test]
fn it_is_sturdy() {
    let usage = json!({"inputTokens": 26, "outputTokens": 7, "totalTokens": 33});
    is_sturdy(BedrockConverse, &[&stream(&said(usage)), &stream(&thought_and_called())]);
}

#[test]
fn unlawful_requests_are_told() {
    #[track_caller]
    fn check(pointer: &str, change: impl FnOnce(&mut Value), expected: &str) {
        let calls = agent("Wait.", &[("c1", "weather", json!({})), ("c2", "weather", json!({}))]);
        let mut body = body(&request(MODEL, vec![user("Hi"), calls, result("c1", json!("ok")), error("c2", "no")]));
        change(body.pointer_mut(pointer).expect(pointer));
        let found = BedrockConverse.grammar(&body).expect_err(expected);
        assert!(found.contains(expected), "{found}");
    }
    let pop = |value: &mut Value| drop(value.as_array_mut().expect("a list").pop());
    check("/messages", pop, "does not speak last");
    check("/messages/2/content", |content| *content = json!([mark()]), "it is empty");
    check("/messages/2/content", |content| *content = json!([text("Hi"), mark()]), "no results for");
    check("/messages/0/content/0", |block| *block = json!({"text": " "}), "no text with something in it");
    check("/messages/0/content/0", |block| block["type"] = json!("text"), "one member");
    check("/messages/2/content/0/toolResult/content", |content| *content = json!([]), "no list");
    check("/messages/1/content/1/toolUse/input", |input| *input = json!("{}"), "object of arguments");
    check("/messages/1/content", |content| content[1] = text("Wait."), "no open call");
    check(
        "/messages/1/content",
        |content| content[0] = json!({"toolResult": {"toolUseId": "c1", "content": [text("ok")]}}),
        "not at the beginning",
    );
    check("", |body| drop(body.as_object_mut().and_then(|body| body.remove("toolConfig"))), "without tools");
    check("/toolConfig/tools/0/toolSpec/inputSchema/json", |schema| *schema = json!({}), "no object's");
    check(
        "/messages/0/content",
        |content| *content = json!([text("Hi"), mark(), mark(), mark()]),
        "marks for the cache",
    );
}

#[test]
fn every_conversation_is_a_lawful_request() {
    let redacted = json!({"reasoningContent": {"redactedContent": "EmwKAhgB"}});
    let older = "bedrock/anthropic.claude-sonnet-4-20250514-v1:0";
    for model in [MODEL, older, NOVA, LLAMA] {
        is_lawful(BedrockConverse, model, vec![thought("hm"), redacted.clone()]);
    }
}
