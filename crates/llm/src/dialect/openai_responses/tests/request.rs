//! What goes out.

use everruns_core::Timestamp;
use everruns_core::provider_items::ProviderItem;
use serde_json::{Value, json};

use super::super::super::Dialect::OpenaiResponses;
use super::super::super::story::{agent, body, configured, error, request, result, user, user_with, with_items};
use super::reasoning;
use crate::Access;
use crate::vendor::Vendor;

#[track_caller]
fn check(request: &crate::Request, pointer: &str, expected: Value) {
    let body = body(request);
    assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), &expected, "{body:#}");
}

#[test]
fn a_first_question() {
    let asked = request("openai/gpt-5.1", vec![user("Hi")]);
    let tool = json!({"type": "function", "name": "weather", "description": "Tells the weather.", "strict": false,
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}});
    let expected = json!({
        "model": "gpt-5.1", "stream": true, "store": false, "instructions": "Be kind.",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "tools": [tool], "parallel_tool_calls": true,
        "reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "session_1",
    });
    check(&asked, "", expected);
}

#[test]
fn models_that_do_not_think_are_not_told_to() {
    let hard = |model: &str| {
        configured(request(model, vec![user("Hi")]), |config| {
            config.manner.reasoning_effort = Some("high".to_owned());
            config.manner.output_schema = Some(json!({"type": "object"}));
            config.parallel_tool_calls = false;
        })
    };
    check(&hard("openai/o3"), "/reasoning", json!({"effort": "high", "summary": "auto"}));
    check(&hard("openai/gpt-4.1"), "/reasoning", Value::Null);
    check(&hard("openai/gpt-4.1"), "/include", Value::Null);
    check(&hard("openai/o3"), "/parallel_tool_calls", json!(false));
    let format = json!({"type": "json_schema", "name": "answer", "schema": {"type": "object"}});
    check(&hard("openai/o3"), "/text/format", format);
}

#[test]
fn calls_answers_and_thoughts_in_their_places() {
    let calls = agent("Wait.", &[("c1", "weather", json!({"city": "Rome"})), ("c2", "weather", json!({}))]);
    let items = vec![ProviderItem::Own(reasoning()), ProviderItem::Text(5), ProviderItem::Call, ProviderItem::Call];
    let told = |origin: &str| {
        let calls = with_items(calls.clone(), origin, items.clone());
        let messages = vec![user("Hi"), calls, result("c1", json!({"c": 21})), error("c2", "no city"), user("And?")];
        body(&request("openai/gpt-5", messages))["input"].clone()
    };
    let says =
        |text: &str| json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]});
    let call = |id: &str, arguments: &str| json!({"type": "function_call", "call_id": id, "name": "weather", "arguments": arguments});
    let output = |id: &str, output: &str| json!({"type": "function_call_output", "call_id": id, "output": output});
    let own = json!({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Two cities."}],
        "encrypted_content": "gAAAA"});
    let wait = json!({"type": "message", "role": "assistant", "content": "Wait."});
    let mut expected = vec![
        says("Hi"),
        own,
        wait,
        call("c1", r#"{"city":"Rome"}"#),
        call("c2", "{}"),
        output("c1", r#"{"c":21}"#),
        output("c2", "Error: no city"),
        says("And?"),
    ];
    assert_eq!(told("openai/gpt-5"), json!(expected));
    expected.remove(1);
    assert_eq!(told("openai/gpt-5-mini"), json!(expected));
}

#[test]
fn a_thought_that_led_to_nothing_stays_here() {
    #[track_caller]
    fn check(items: Vec<ProviderItem>, expected: Value) {
        let message = with_items(agent("Ok.", &[]), "openai/gpt-5", items);
        let body = body(&request("openai/gpt-5", vec![user("Hi"), message, user("And?")]));
        assert_eq!(body["input"][1], expected, "{body:#}");
        assert_eq!(body["input"][2]["role"], "user", "{body:#}");
    }
    let ok = json!({"type": "message", "role": "assistant", "content": "Ok."});
    check(vec![ProviderItem::Text(3), ProviderItem::Own(reasoning())], ok.clone());
    let plain = json!({"id": "rs_1", "type": "reasoning", "summary": []});
    check(vec![ProviderItem::Own(plain), ProviderItem::Text(3)], ok.clone());
    let phase = json!({"type": "message", "phase": "commentary"});
    let mut commented = ok;
    commented["phase"] = json!("commentary");
    check(vec![ProviderItem::Own(phase), ProviderItem::Text(3)], commented);
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
    let text = |text: &str| json!({"type": "input_text", "text": text});
    let image = |url: &str| json!({"type": "input_image", "image_url": url, "detail": "auto"});
    let expected = json!([
        text("What is it?"),
        image("data:image/jpeg;base64,cGl4"),
        image("https://example.com/a.png"),
        image("data:image/png;base64,aW1n"),
        text("(the image b.png cannot be shown any more)"),
    ]);
    check(&request("openai/gpt-4o", vec![shown]), "/input/0/content", expected);

    let seen =
        json!([{"type": "text", "text": "a photo"}, {"type": "image", "base64": "cGl4", "media_type": "image/png"}]);
    let asked =
        request("openai/gpt-4o", vec![user("Look"), agent("", &[("c1", "weather", json!({}))]), result("c1", seen)]);
    check(&asked, "/input/2/output", json!([text("a photo"), image("data:image/png;base64,cGl4")]));
}

#[test]
fn azure_is_found_by_the_address_it_shows() {
    #[track_caller]
    fn check(base: &str, expected: &str) {
        let asked = request("azure_openai/gpt", vec![user("Hi")]);
        let access = Access { base_url: Some(base.to_owned()), ..asked.access.clone() };
        let vendor = Vendor::of("azure_openai");
        let call = OpenaiResponses
            .encode(&crate::Request { access, ..asked }, vendor, Timestamp::from_micros(0))
            .expect("it can be asked");
        assert_eq!(call.url, expected, "{base}");
        assert_eq!(call.headers, [("api-key", "sk-canary-0123456789".to_owned())]);
    }
    let whole = "https://name.openai.azure.com/openai/v1/responses";
    check("https://name.openai.azure.com", whole);
    check("https://name.openai.azure.com/", whole);
    check("https://name.openai.azure.com/openai/", whole);
    check("https://name.openai.azure.com/openai/v1/?api-version=preview", whole);
    check("http://localhost:9000/azure", "http://localhost:9000/azure/responses");
}
