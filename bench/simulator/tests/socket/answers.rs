//! What is answered, by whom it is decided, and what is refused.

use std::time::Duration;

use everruns_simulator::{Answer, Dialect, Ending, Reply, Settings};
use serde_json::{Value, json};

use crate::{ANTHROPIC, CHAT, DIALECTS, World, anthropic, chat, request};

#[tokio::test]
async fn the_script_goes_before_the_name_and_the_name_before_the_plain_text() {
    let world = World::new().await;
    world.simulator.push(Reply::text("scripted"));
    let check = async |model: &str, expected: &str| {
        let got = world.ask(CHAT, &chat(model, false)).await;
        assert_eq!(got.json()["choices"][0]["message"]["content"], expected, "{model}");
    };
    check("one?text=named", "scripted").await;
    check("one?text=named%20%26%20more", "named & more").await;
    check("one", "This is a simulated model. You said: Hello").await;
    check("one?words=3", "the river bends").await;
    let request = world.ended(1).await;
    assert_eq!(request.body["model"], "one?text=named");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!((request.path.as_str(), request.status, request.ending), (CHAT, Some(200), Some(Ending::Finished)));
}

#[tokio::test]
async fn it_keeps_when_each_content_was_said() {
    let world = World::new().await;
    for (place, dialect) in (1..).zip(DIALECTS) {
        let got = world.speak(*dialect, "m?words=3&word_ms=5", true).await;
        assert!(got.is_whole, "{dialect:?}");
        let said = world.ended(place).await.said;
        assert_eq!(said.len(), 3, "{dialect:?}");
        assert!(said.is_sorted() && said[2] - said[0] >= Duration::from_millis(9), "{dialect:?}: {said:?}");
    }
}

#[tokio::test]
async fn any_prefix_will_do() {
    let world = World::new().await;
    let check = async |path: &str, body: Value| {
        assert_eq!(world.ask(path, &body).await.status, 200, "{path}");
    };
    check("/chat/completions", chat("m", true)).await;
    check("/groq/openai/v1/chat/completions", chat("m", true)).await;
    check("/messages", anthropic("m", true)).await;
    let mut nameless = chat("m", false);
    nameless.as_object_mut().unwrap().remove("model");
    check("/openai/deployments/d%3Ftext=hi/chat/completions?api-version=1", nameless).await;
    let got = world.ask("/v1/nothing", &chat("m", true)).await;
    assert_eq!((got.status, &got.json()["error"]["message"]), (404, &json!("Invalid URL (POST /v1/nothing)")));
}

#[tokio::test]
async fn every_format_answers_with_and_without_a_stream() {
    let world = World::new().await;
    for dialect in DIALECTS {
        for (stream, expected) in [(true, "stream"), (false, "application/json")] {
            let got = world.speak(*dialect, "m?text=S%C3%A4mtliche", stream).await;
            let kind = got.headers["content-type"].to_str().unwrap();
            assert!(got.is_whole && got.status == 200 && kind.contains(expected), "{dialect:?}: {kind}");
            assert!(got.text().contains("Sämtliche"), "{dialect:?}: {}", got.text());
        }
    }
    let requests = world.simulator.requests();
    assert!(requests.iter().map(|request| request.dialect).eq(DIALECTS.iter().flat_map(|one| [*one, *one])));
    let (path, body) = request(Dialect::Gemini, "m", true);
    let got = world.ask(path.strip_suffix("?alt=sse").unwrap(), &body).await;
    assert!(got.status == 400 && got.text().contains("alt=sse"), "{}", got.text());
}

#[tokio::test]
async fn keys() {
    let world = World::with(Settings { key: Some("right".into()), ..Settings::default() }).await;
    let check = async |dialect: Dialect, header: &str, value: &str, status: u16, expected: &str| {
        let (path, body) = request(dialect, "m", false);
        let client = reqwest::Client::new();
        let request = client.post(format!("{}{path}", world.simulator.url()));
        let request = request.header("anthropic-version", "2023-06-01").header(header, value);
        let got = World::read(request.body(body.to_string())).await;
        let text = got.text();
        assert!(got.status == status && text.contains(expected), "{dialect:?} {header}: {value}: {text}");
    };
    for dialect in [Dialect::Responses, Dialect::Chat] {
        check(dialect, "authorization", "Bearer right", 200, "").await;
        check(dialect, "api-key", "right", 200, "").await;
        check(dialect, "authorization", "Bearer", 401, "didn't provide an API key").await;
        check(dialect, "authorization", "Bearer wrong", 401, "invalid_api_key").await;
    }
    check(Dialect::Anthropic, "x-api-key", "right", 200, "").await;
    check(Dialect::Anthropic, "authorization", "Bearer right", 200, "").await;
    check(Dialect::Anthropic, "x-api-key", "", 401, "authentication_error").await;
    check(Dialect::Anthropic, "x-api-key", "wrong", 401, "authentication_error").await;
    check(Dialect::Gemini, "x-goog-api-key", "right", 200, "").await;
    check(Dialect::Gemini, "x-other", "right", 403, "PERMISSION_DENIED").await;
    check(Dialect::Gemini, "x-goog-api-key", "wrong", 400, "API_KEY_INVALID").await;
    let signed = |id: &str, scope: &str| {
        format!("AWS4-HMAC-SHA256 Credential={id}/20260101/us-east-1/{scope}, SignedHeaders=host, Signature=00ff")
    };
    check(Dialect::Bedrock, "authorization", &signed("right", "bedrock/aws4_request"), 200, "").await;
    check(Dialect::Bedrock, "authorization", "Bearer right", 200, "").await;
    check(Dialect::Bedrock, "authorization", &signed("right", "s3/aws4_request"), 403, "Missing Authentication").await;
    check(Dialect::Bedrock, "authorization", &signed("wrong", "bedrock/aws4_request"), 403, "security token").await;
    check(Dialect::Bedrock, "x-api-key", "right", 403, "Missing Authentication").await;
}

#[tokio::test]
async fn who_needs_no_key_may_have_none() {
    let world = World::with(Settings { is_keyless: true, ..Settings::default() }).await;
    let url = format!("{}{CHAT}", world.simulator.url());
    let got = World::read(reqwest::Client::new().post(url).body(chat("m", false).to_string())).await;
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn a_signature_of_another_secret_is_refused() {
    let world = World::with(Settings { secret: Some("secret".into()), ..Settings::default() }).await;
    let (path, body) = request(Dialect::Bedrock, "m", false);
    let signed = "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/bedrock/aws4_request, \
                  SignedHeaders=host;x-amz-date, Signature=00ff";
    let request = reqwest::Client::new().post(format!("{}{path}", world.simulator.url()));
    let request = request.header("authorization", signed).header("x-amz-date", "20260101T000000Z");
    let got = World::read(request.body(body.to_string())).await;
    assert!(got.status == 403 && got.text().contains("signature we calculated"), "{}", got.text());
}

#[tokio::test]
async fn anthropic_wants_its_version_named() {
    let world = World::new().await;
    let (path, body) = request(Dialect::Anthropic, "m", false);
    let request = reqwest::Client::new().post(format!("{}{path}", world.simulator.url())).header("x-api-key", "key");
    let got = World::read(request.body(body.to_string())).await;
    assert!(got.status == 400 && got.text().contains("anthropic-version: header is required"), "{}", got.text());
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_takes_nothing_from_the_script() {
    let world = World::new().await;
    world.simulator.push(Answer::text("kept"));
    let check = async |path: &str, body: Value, expected: &str| {
        let got = world.ask(path, &body).await;
        let message = got.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(got.status, 400, "{message}");
        assert!(message.contains(expected), "{message}");
    };
    check(CHAT, json!("{"), "could not parse").await;
    check(CHAT, json!({ "messages": [] }), "must provide a model").await;
    check(CHAT, json!({ "model": "m" }), "'messages'").await;
    check(ANTHROPIC, json!({ "model": "m", "max_tokens": 1 }), "messages: Field required").await;
    check(ANTHROPIC, chat("m", true), "max_tokens: Field required").await;
    assert_eq!(world.ask(CHAT, &chat("m", false)).await.json()["choices"][0]["message"]["content"], "kept");
    check(CHAT, chat("m?txt=1", true), "`txt` must be one of arguments, byte_ms").await;
    check(CHAT, chat("m?pause_ms=50&heartbeat_ms=1", true), "`heartbeat_ms` must be at least 10").await;
    check(CHAT, chat("m?stop=now", true), "`stop` must be one of end, calls, length").await;
    check(CHAT, chat("m?error=200", true), "`error` must be a status from 400 to 599").await;
    check(CHAT, chat("m?text=%FF", true), "`text` must be UTF-8").await;
    check(CHAT, chat("m?words=many", true), "`words` must be a whole number from 0 to 20000").await;
}

#[tokio::test]
async fn tools_are_called_once_for_each_thing_the_user_says() {
    let world = World::new().await;
    let model = "m?tools=get_weather,get_time&calls=3&arguments=%7B%22city%22%3A%22Oslo%22%7D&text=Done.";
    let mut body = chat(model, false);
    let called = world.ask(CHAT, &body).await.json();
    let message = &called["choices"][0]["message"];
    let names: Vec<&str> = message["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["function"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["get_weather", "get_time", "get_weather"]);
    assert_eq!(called["choices"][0]["finish_reason"], "tool_calls");
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(message.clone());
    for call in message["tool_calls"].as_array().unwrap() {
        messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": "fine" }));
    }
    let said = world.ask(CHAT, &body).await.json();
    assert_eq!(said["choices"][0]["message"]["tool_calls"], Value::Null);
    assert_eq!(said["choices"][0]["message"]["content"], "Done.");
}
