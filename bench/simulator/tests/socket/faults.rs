//! Faults do what they say.

use std::time::Duration;

use bytes::Bytes;
use everruns_simulator::eventstream::Frame;
use everruns_simulator::{Answer, Cut, Dialect, Ending, Failure, Kind, Reply};
use tokio::time::Instant;

use crate::{ANTHROPIC, CHAT, DIALECTS, Got, World, anthropic, chat};

/// A streamed answer of Chat Completions.
async fn streamed(reply: Reply) -> (Got, Ending) {
    let world = World::new().await;
    world.simulator.push(reply);
    let got = world.ask(CHAT, &chat("m", true)).await;
    let ending = world.ended(1).await.ending.expect("it has ended");
    (got, ending)
}

#[tokio::test]
async fn every_status_has_the_body_of_its_format() {
    let world = World::new().await;
    let check = async |status: u16, expected: [&str; 5]| {
        for (dialect, expected) in DIALECTS.iter().zip(expected) {
            world.simulator.push(Reply::fail(Failure::status(status).retry_after(7)));
            let got = world.speak(*dialect, "m", true).await;
            assert_eq!((got.status, &got.headers["retry-after"]), (status, &"7".parse().unwrap()), "{dialect:?}");
            let json = got.json();
            let found = match dialect {
                Dialect::Responses | Dialect::Chat => json["error"]["message"].as_str().unwrap().to_owned(),
                Dialect::Anthropic => json["error"]["type"].as_str().unwrap().to_owned(),
                Dialect::Gemini => json["error"]["status"].as_str().unwrap().to_owned(),
                Dialect::Bedrock => got.headers["x-amzn-errortype"].to_str().unwrap().to_owned(),
            };
            assert!(found.contains(expected), "{status} {dialect:?}: {found}");
        }
    };
    let both = |openai, anthropic, gemini, bedrock| [openai, openai, anthropic, gemini, bedrock];
    check(400, both("invalid", "invalid_request_error", "INVALID_ARGUMENT", "ValidationException")).await;
    check(401, both("Incorrect API key", "authentication_error", "INVALID_ARGUMENT", "UnrecognizedClient")).await;
    check(402, both("Insufficient Balance", "billing_error", "FAILED_PRECONDITION", "AccessDenied")).await;
    check(403, both("Not supported", "permission_error", "PERMISSION_DENIED", "AccessDenied")).await;
    check(404, both("`m` does not exist", "not_found_error", "NOT_FOUND", "ResourceNotFound")).await;
    check(408, both("timed out", "timeout_error", "DEADLINE_EXCEEDED", "ModelTimeout")).await;
    check(413, both("too large", "request_too_large", "INVALID_ARGUMENT", "RequestEntityTooLarge")).await;
    check(429, both("Rate limit", "rate_limit_error", "RESOURCE_EXHAUSTED", "Throttling")).await;
    check(500, both("had an error", "api_error", "INTERNAL", "InternalServer")).await;
    check(503, both("unavailable", "api_error", "UNAVAILABLE", "ServiceUnavailable")).await;
    check(529, both("overloaded", "overloaded_error", "UNAVAILABLE", "ServiceUnavailable")).await;
}

#[tokio::test]
async fn an_answer_may_be_a_redirect_or_one_piece_or_none_at_all() {
    let world = World::new().await;
    for dialect in DIALECTS {
        world.simulator.push(Reply::fail(Failure::redirect("http://127.0.0.1:1/elsewhere").retry_after(2)));
        // A client that follows it finds nobody there.
        assert!(world.is_left_alone(*dialect).await, "{dialect:?}");
        world.simulator.push(Reply::text("Hello").whole());
        let got = world.speak(*dialect, "m", true).await;
        assert_eq!((got.status, got.is_whole), (200, true), "{dialect:?}");
        assert!(got.json().to_string().contains("Hello") && got.headers["content-type"] == "application/json");
        world.simulator.push(Reply::text("Hello").cut(Cut::BeforeHead));
        assert!(world.is_left_alone(*dialect).await, "{dialect:?}");
    }
    let endings: Vec<Option<Ending>> = world.simulator.requests().iter().map(|request| request.ending).collect();
    let [finished, cut] = [Ending::Finished, Ending::Cut].map(Some);
    assert_eq!(endings, [finished, finished, cut].repeat(DIALECTS.len()));
}

#[tokio::test]
async fn a_name_asks_for_failures_too() {
    let world = World::new().await;
    let check = async |model: &str, status: u16, code: &str| {
        let got = world.speak(Dialect::Chat, model, true).await;
        assert_eq!((got.status, got.json()["error"]["code"].as_str().unwrap()), (status, code), "{model}");
    };
    check("m?error=context_length", 400, "context_length_exceeded").await;
    check("m?error=quota", 429, "insufficient_quota").await;
    check("m?error=key", 401, "invalid_api_key").await;
    check("m?error=overloaded", 503, "server_is_overloaded").await;
    check("m?error=429", 429, "rate_limit_exceeded").await;
    let got = world.speak(Dialect::Bedrock, "m?text=one%20two%20three&error=429&error_at=2", true).await;
    let frames = frames(got.body);
    assert_eq!(frames.last().unwrap().header(":exception-type"), Some("throttlingException"));
    assert_eq!(frames.len(), 4, "a start, two words, the exception");
}

/// Whole frames; panics if there is less.
fn frames(body: Vec<u8>) -> Vec<Frame> {
    let mut bytes = Bytes::from(body);
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        frames.push(Frame::take(&mut bytes).expect("a whole frame"));
    }
    frames
}

#[tokio::test]
async fn every_format_can_be_cut_behind_every_chunk() {
    let world = World::new().await;
    for dialect in DIALECTS {
        let answer = || Answer::default().thinking("One two.", "c2VhbA==").call("three", "{\"four\": 5}");
        world.simulator.push(answer());
        let whole = world.speak(*dialect, "m", true).await;
        let mut sizes = vec![];
        for chunks in 0.. {
            world.simulator.push(Reply::from(answer()).cut(Cut::AfterChunks(chunks)));
            let got = world.speak(*dialect, "m", true).await;
            sizes.push(got.body.len());
            if got.is_whole {
                break;
            }
        }
        assert!(sizes.is_sorted_by(|one, next| one < next), "{dialect:?}: {sizes:?}");
        assert_eq!(sizes.last(), Some(&whole.body.len()), "{dialect:?}");
        assert!(sizes[0] == 0 && sizes.len() > 2, "{dialect:?}: {sizes:?}");
    }
}

#[tokio::test]
async fn a_frame_nobody_knows_is_the_sign_of_life_of_bedrock() {
    let world = World::new().await;
    let wait = Duration::from_millis;
    world.simulator.push(Reply::text("one").heartbeats(0, wait(35), wait(10)));
    let frames = frames(world.speak(Dialect::Bedrock, "m", true).await.body);
    let kinds: Vec<&str> = frames.iter().map(|frame| frame.header(":event-type").unwrap()).collect();
    assert_eq!(kinds[..5], ["messageStart", "ping", "ping", "ping", "contentBlockDelta"]);
}

#[tokio::test]
async fn a_cut_leaves_what_came_before_it() {
    let whole = streamed(Reply::text("one two three")).await.0;
    assert!(whole.is_whole);
    let check = async |cut: Cut, expected: &dyn Fn(&str) -> bool| {
        let (got, ending) = streamed(Reply::text("one two three").cut(cut)).await;
        assert!(!got.is_whole, "{cut:?}");
        assert_eq!(ending, Ending::Cut, "{cut:?}");
        let text = got.text();
        assert!(whole.text().starts_with(&text), "{cut:?}: {text}");
        assert!(expected(&text), "{cut:?}: {text}");
    };
    check(Cut::AfterBytes(10), &|text| text.len() == 10).await;
    check(Cut::AfterBytes(0), &str::is_empty).await;
    check(Cut::AfterChunks(2), &|text| text.matches("\n\n").count() == 2).await;
    check(Cut::AfterContents(2), &|text| text.contains("two") && !text.contains("three")).await;
    check(Cut::AfterContents(3), &|text| text.contains("three") && text.contains("null") && !text.contains("stop"))
        .await;
    check(Cut::WithinChunk(2), &|text| text.matches("\n\n").count() == 2 && !text.ends_with("\n\n")).await;
    let (got, ending) = streamed(Reply::text("one").cut(Cut::AfterBytes(1_000_000))).await;
    assert!(got.is_whole && ending == Ending::Finished);
}

#[tokio::test]
async fn an_answer_in_one_piece_is_cut_too() {
    let world = World::new().await;
    world.simulator.push(Reply::text("one two three").cut(Cut::AfterBytes(20)));
    let got = world.ask(CHAT, &chat("m", false)).await;
    assert_eq!((got.is_whole, got.body.len()), (false, 20));
}

#[tokio::test]
async fn a_failure_within_the_stream_ends_it() {
    let world = World::new().await;
    let failure = Failure::new(Kind::Overloaded);
    world.simulator.push(Reply::text("one two").broken_after(1, failure.clone()));
    let got = world.ask(ANTHROPIC, &anthropic("m", true)).await;
    let text = got.text();
    assert!(got.is_whole && text.contains("one ") && !text.contains("two"), "{text}");
    let (_, last) = text.trim_end().rsplit_once("event: ").unwrap();
    assert!(last.starts_with("error\n") && last.contains("overloaded_error"), "{last}");
    world.simulator.push(Reply::text("one two").broken_after(1, failure));
    let text = world.ask(CHAT, &chat("m", true)).await.text();
    assert!(text.contains("one ") && !text.contains("[DONE]") && text.contains("\"error\""), "{text}");
}

#[tokio::test]
async fn garbage_stands_where_it_should() {
    let (got, _) = streamed(Reply::text("one").garbage_after(1, &b"\xff\xfe"[..])).await;
    let place = got.body.windows(2).position(|two| two == b"\xff\xfe").unwrap();
    assert!(got.body[..place].ends_with(b"\n\n") && got.is_whole);
    assert!(got.body[place..].ends_with(b"[DONE]\n\n"));
}

#[tokio::test]
async fn slow_bytes_break_characters_and_lose_nothing() {
    let world = World::new().await;
    world.simulator.push(Reply::text("öäü").bytes_at_a_time(1, Duration::from_micros(1)));
    let mut response = world.post(CHAT, &chat("m", true)).send().await.unwrap();
    let (mut whole, mut smallest) = (Vec::new(), usize::MAX);
    while let Some(bytes) = response.chunk().await.unwrap() {
        smallest = smallest.min(bytes.len());
        whole.extend_from_slice(&bytes);
    }
    assert_eq!(smallest, 1);
    assert!(String::from_utf8(whole).unwrap().contains("öäü"));
}

#[tokio::test]
async fn waits_are_as_long_as_they_say() {
    let world = World::new().await;
    let check = async |reply: Reply, stream: bool, least: u64| {
        world.simulator.push(reply);
        let begun = Instant::now();
        let got = world.ask(CHAT, &chat("m", stream)).await;
        assert!(got.is_whole && begun.elapsed() >= Duration::from_millis(least), "{:?}", begun.elapsed());
    };
    let wait = Duration::from_millis;
    check(Reply::text("one").headers_after(wait(30)), true, 30).await;
    check(Reply::text("one").first_after(wait(30)), true, 30).await;
    check(Reply::text("one two three").between(wait(15)), true, 30).await;
    check(Reply::text("one two three").between(wait(15)), false, 30).await;
    check(Reply::text("one two").pause(1, wait(30)), true, 30).await;
}

#[tokio::test]
async fn heartbeats_are_no_content() {
    let wait = Duration::from_millis;
    let (got, _) = streamed(Reply::text("one two").heartbeats(1, wait(50), wait(10))).await;
    let text = got.text();
    let (before, behind) = text.split_once("one ").unwrap();
    assert_eq!((before.matches(": keep-alive").count(), behind.matches(": keep-alive").count()), (0, 4), "{text}");
}

#[tokio::test]
async fn the_end_can_be_waited_for_too() {
    let wait = Duration::from_millis;
    let (got, _) = streamed(Reply::text("one two").heartbeats(2, wait(35), wait(10))).await;
    let text = got.text();
    let (before, behind) = text.split_once("two").unwrap();
    assert_eq!((before.matches(": keep-alive").count(), behind.matches(": keep-alive").count()), (0, 3), "{text}");
    assert!(behind.find("keep-alive") < behind.find("stop"), "{text}");
}

#[tokio::test]
async fn who_hangs_up_is_noticed_at_once() {
    let world = World::new().await;
    let hour = Duration::from_secs(3_600);
    let check = async |serial: u64, reply: Reply, at_least: usize| {
        world.simulator.push(reply);
        let response = world.post(CHAT, &chat("m", true)).send();
        if at_least == 0 {
            // Gone before there are headers.
            tokio::select! {
                _ = response => panic!("nothing is answered"),
                _ = world.simulator.asked(serial) => {}
            }
        } else {
            let mut response = response.await.unwrap();
            response.chunk().await.unwrap().unwrap();
        }
        let begun = Instant::now();
        let ending = world.ended(serial).await.ending.unwrap();
        assert!(matches!(ending, Ending::Closed { sent, .. } if sent >= at_least), "{ending:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    };
    check(1, Reply::text("one two").pause(1, hour), 100).await;
    check(2, Reply::text("one two").headers_after(hour), 0).await;
}

#[tokio::test]
async fn five_hundred_streams_at_once() {
    let world = World::new().await;
    let body = chat("m?words=20&word_ms=1", true);
    let streams: Vec<_> = (0..500).map(|_| tokio::spawn(World::read(world.post(CHAT, &body)))).collect();
    for stream in streams {
        let got = stream.await.unwrap();
        assert!(got.is_whole && got.text().ends_with("data: [DONE]\n\n"));
    }
}

#[tokio::test]
async fn who_is_dropped_closes_its_connections() {
    let World { simulator, client } = World::new().await;
    simulator.push(Reply::text("one two").pause(1, Duration::from_secs(3_600)));
    let url = format!("{}{CHAT}", simulator.url());
    let request = || client.post(&url).header("authorization", "Bearer key").body(chat("m", true).to_string());
    let mut response = request().send().await.unwrap();
    drop(simulator);
    while let Ok(chunk) = response.chunk().await {
        assert!(chunk.is_some(), "the answer did not come to its end");
    }
    assert!(request().send().await.is_err(), "nobody listens");
}

#[tokio::test]
async fn what_a_name_asks_for_goes_wrong() {
    let world = World::new().await;
    let check = async |parameters: &str, is_whole: bool, is_as_expected: &dyn Fn(&[u8]) -> bool| {
        let model = format!("m?text=one%20two%20three&{parameters}");
        let got = world.speak(Dialect::Chat, &model, true).await;
        assert_eq!(got.is_whole, is_whole, "{parameters}");
        assert!(is_as_expected(&got.body), "{parameters}: {}", got.text());
    };
    let has = |body: &[u8], text: &str| String::from_utf8_lossy(body).contains(text);
    // Each chunk names the model, and so all the words.
    let says = |body: &[u8], word: &str| has(body, &format!("\"content\":\"{word}"));
    check("cut_bytes=10", false, &|body| body.len() == 10).await;
    check("cut_chunks=1", false, &|body| body.ends_with(b"\n\n") && !says(body, "one")).await;
    check("cut_within=1", false, &|body| !body.ends_with(b"\n\n")).await;
    check("cut_contents=1", false, &|body| says(body, "one") && !says(body, "two")).await;
    check("garbage_at=1", true, &|body| std::str::from_utf8(body).is_err() && has(body, "[DONE]")).await;
    check("error=overloaded&error_at=3", true, &|body| says(body, "three") && !has(body, "[DONE]")).await;
    check("chunk_bytes=7&byte_ms=0", true, &|body| has(body, "[DONE]")).await;
    let begun = Instant::now();
    check("headers_ms=10&first_ms=10&word_ms=10&pause_ms=25&pause_at=1&heartbeat_ms=10", true, &|body| {
        has(body, ": keep-alive")
    })
    .await;
    assert!(begun.elapsed() >= Duration::from_millis(65), "{:?}", begun.elapsed());
}
