//! What goes out.

use everruns_core::provider_items::ProviderItem;
use everruns_core::{ErrorCode, Timestamp};
use serde_json::{Value, json};

use super::super::super::Dialect::Gemini;
use super::super::super::story::{agent, body, configured, error, request, result, user, user_with, with_items};
use crate::vendor::Vendor;

#[track_caller]
fn check(request: &crate::Request, pointer: &str, expected: Value) {
    let body = body(request);
    assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), &expected, "{body:#}");
}

#[test]
fn a_first_question() {
    let asked = request("gemini/gemini-2.5-flash", vec![user("Hi")]);
    let tool = json!({"name": "weather", "description": "Tells the weather.",
        "parametersJsonSchema": {"type": "object", "properties": {"city": {"type": "string"}}}});
    let expected = json!({
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "tools": [{"functionDeclarations": [tool]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": true}},
    });
    check(&asked, "", expected);
}

#[test]
fn a_model_has_a_place() {
    let encoded = |model: &str| {
        let asked = request(&format!("gemini/{model}"), vec![user("Hi")]);
        Gemini.encode(&asked, Vendor::of("gemini"), Timestamp::from_micros(0))
    };
    #[track_caller]
    fn check(call: Result<super::super::super::Call, crate::ModelError>, expected: &str) {
        let call = call.expect("it can be asked");
        let base = "https://generativelanguage.googleapis.com/v1beta";
        assert_eq!(call.url, format!("{base}/{expected}:streamGenerateContent?alt=sse"));
        assert_eq!(call.headers, [("x-goog-api-key", "sk-canary-0123456789".to_owned())]);
    }
    check(encoded("gemini-2.5-flash"), "models/gemini-2.5-flash");
    check(encoded("models/gemini-2.5-flash"), "models/gemini-2.5-flash");
    check(encoded("tunedModels/mine-1"), "tunedModels/mine-1");
    check(encoded("a b?key=c#d%2e"), "models/a%20b%3Fkey%3Dc%23d%252e");
    for name in ["", "../files", "a/../b", "a/.", "a//b"] {
        let error = encoded(name).expect_err(name);
        assert_eq!(error.code, ErrorCode::ModelUnavailable, "{name}");
    }
}

#[test]
fn json_where_the_model_can() {
    let schema = json!({"type": "object", "additionalProperties": false});
    let asked = |model: &str, tools: bool| {
        configured(request(model, vec![user("Hi")]), |config| {
            config.manner.output_schema = Some(schema.clone());
            config.manner.reasoning_effort = Some("low".to_owned());
            if !tools {
                config.tools.clear();
            }
        })
    };
    let third = json!({"thinkingConfig": {"includeThoughts": true, "thinkingLevel": "low"},
        "responseMimeType": "application/json", "responseJsonSchema": schema});
    check(&asked("gemini/gemini-3-flash-preview", true), "/generationConfig", third);
    let before = json!({"thinkingConfig": {"includeThoughts": true, "thinkingBudget": 1024},
        "responseMimeType": "application/json", "responseJsonSchema": schema});
    check(&asked("gemini/gemini-2.5-flash", false), "/generationConfig", before);
    let both = asked("gemini/gemini-2.5-flash", true);
    check(&both, "/generationConfig/responseMimeType", Value::Null);
    let told = format!("Be kind.\n\nWrite the final answer as JSON of this schema alone: {schema}");
    check(&both, "/systemInstruction/parts/0/text", json!(told));
}

#[test]
fn calls_answers_and_signatures_in_their_places() {
    let calls = agent("Wait.", &[("c1", "weather", json!({"city": "Rome"})), ("c2", "weather", json!("{\"city\":"))]);
    let items = vec![
        ProviderItem::Own(json!({"text": "hm", "thought": true, "thoughtSignature": "czA="})),
        ProviderItem::Own(json!({"for": "text", "thoughtSignature": "czE="})),
        ProviderItem::Text(5),
        ProviderItem::Own(json!({"for": "functionCall", "thoughtSignature": "czI="})),
        ProviderItem::Call,
        ProviderItem::Call,
    ];
    let told = |model: &str, origin: &str| {
        let calls = with_items(calls.clone(), origin, items.clone());
        let messages = vec![user("Hi"), calls, result("c1", json!({"c": 21})), error("c2", "no city"), user("And?")];
        body(&request(model, messages))["contents"].clone()
    };
    let call = |id: &str, args: Value| json!({"functionCall": {"id": id, "name": "weather", "args": args}});
    let answer =
        |id: &str, response: Value| json!({"functionResponse": {"id": id, "name": "weather", "response": response}});
    let signed = |mut part: Value, signature: &str| {
        part["thoughtSignature"] = json!(signature);
        part
    };
    let first = call("c1", json!({"city": "Rome"}));
    let second = call("c2", json!({"arguments": "{\"city\":"}));
    let contents = |parts: Value| {
        json!([
            {"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": parts},
            {"role": "user", "parts": [answer("c1", json!({"output": {"c": 21}})), answer("c2", json!({"error": "no city"})), {"text": "And?"}]},
        ])
    };
    let third = "gemini/gemini-3-pro-preview";
    let expected = json!([
        {"text": "hm", "thought": true, "thoughtSignature": "czA="}, signed(json!({"text": "Wait."}), "czE="),
        signed(first.clone(), "czI="), second,
    ]);
    assert_eq!(told(third, third), contents(expected));
    // Who made the call was another model: Gemini 3 wants that said, the others do not.
    let made_elsewhere = signed(first.clone(), "skip_thought_signature_validator");
    assert_eq!(told(third, "openai/gpt-5"), contents(json!([{"text": "Wait."}, made_elsewhere, second])));
    let second_model = "gemini/gemini-2.5-flash";
    assert_eq!(told(second_model, "openai/gpt-5"), contents(json!([{"text": "Wait."}, first, second])));
}

#[test]
fn a_signature_stays_with_its_own() {
    #[track_caller]
    fn check(text: &str, items: Vec<ProviderItem>, expected: Value) {
        let model = "gemini/gemini-2.5-flash";
        let messages = vec![user("Hi"), with_items(agent(text, &[]), model, items), user("And?")];
        let body = body(&request(model, messages));
        assert_eq!(body["contents"], expected, "{body:#}");
    }
    let own = |value: Value| ProviderItem::Own(value);
    let said = |parts: Value| {
        json!([{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": parts},
            {"role": "user", "parts": [{"text": "And?"}]}])
    };
    let behind = json!({"text": "", "thoughtSignature": "czE="});
    check("Ok.", vec![ProviderItem::Text(3), own(behind.clone())], said(json!([{"text": "Ok."}, behind])));
    let (of_text, of_call, end) = (
        json!({"for": "text", "thoughtSignature": "czE="}),
        json!({"for": "functionCall", "thoughtSignature": "czE="}),
        json!({"for": "text"}),
    );
    let two = json!([{"text": "Ok.", "thoughtSignature": "czE="}, {"text": "So."}]);
    check("Ok.So.", vec![own(of_text), ProviderItem::Text(3), own(end), ProviderItem::Text(3)], said(two));
    check("Ok.", vec![own(of_call), ProviderItem::Text(3)], said(json!([{"text": "Ok."}])));
    // A thought that led to nothing is no part of the conversation, and the user spoke on.
    check("", vec![own(behind)], json!([{"role": "user", "parts": [{"text": "Hi"}, {"text": "And?"}]}]));
}

#[test]
fn images_of_the_user_and_of_tools() {
    let file = "https://generativelanguage.googleapis.com/v1beta/files/f1";
    let shown = user_with(json!([
        {"type": "text", "text": "What is it?"},
        {"type": "image", "base64": "cGl4", "media_type": "image/jpeg"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "image", "url": file},
        {"type": "image_file", "image_id": "img_1"},
    ]));
    let data = |kind: &str, data: &str| json!({"inlineData": {"mimeType": kind, "data": data}});
    let far = "(the image https://example.com/a.png cannot be shown: this provider fetches none)";
    let expected = json!([
        {"text": "What is it?"}, data("image/jpeg", "cGl4"), {"text": far}, {"fileData": {"fileUri": file}},
        data("image/png", "aW1n"),
    ]);
    check(&request("gemini/gemini-2.5-flash", vec![shown]), "/contents/0/parts", expected);

    let seen = json!([{"type": "text", "text": "a photo"}, {"type": "image", "base64": "cGl4", "media_type": "image/png"},
        {"type": "image", "url": "https://example.com/a.png"}]);
    let asked = |model: &str| {
        request(model, vec![user("Look"), agent("", &[("c1", "weather", json!({}))]), result("c1", seen.clone())])
    };
    let answer = |note: &str| json!({"id": "c1", "name": "weather", "response": {"output": format!("a photo\n\n{far}\n\n{note}")}});
    let mut within = answer("(with images)");
    within["parts"] = json!([data("image/png", "cGl4")]);
    check(&asked("gemini/gemini-3-flash-preview"), "/contents/2/parts", json!([{"functionResponse": within}]));
    let behind = json!([{"functionResponse": answer("(its images follow)")}, {"text": "The images of the tool results:"},
        data("image/png", "cGl4")]);
    check(&asked("gemini/gemini-2.5-flash"), "/contents/2/parts", behind);
}
