//! The event stream: where it begins, what it sends, how it ends.

use std::collections::HashSet;

use everruns_core::event::TYPES;
use futures::future::join_all;
use serde_json::Value;

use crate::talk::{Talk, check_log, deltas, of_type, sequences, types};
use crate::world::World;

/// A reply that takes about half a second, in many deltas.
const STEADY: &str = "llmsim/lorem?tokens=300&latency=fast";
/// A reply that ends when it is cancelled.
const ENDLESS: &str = "llmsim/lorem?tokens=50000&first_token_ms=1&token_ms=10";

#[tokio::test]
async fn trap_32_nothing_keeps_a_stream_back() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let stream = talk.stream("").await;
    let header = |name: &str| stream.headers.get(name).and_then(|value| value.to_str().ok());
    assert!(header("content-type").is_some_and(|value| value.starts_with("text/event-stream")));
    assert_eq!(header("cache-control"), Some("no-cache"));
    assert_eq!(header("x-accel-buffering"), Some("no"));
    assert_eq!((header("content-length"), header("content-encoding")), (None, None));
}

#[tokio::test]
async fn trap_28_a_frame_is_its_event() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut stream = talk.stream("").await;
    talk.say("Hello").await;
    loop {
        let frame = stream.next().await.expect("a frame");
        let event = frame.json();
        assert_eq!(event["type"], frame.name.as_str());
        assert_eq!(event["id"].as_str(), frame.id.as_deref());
        assert!(frame.retry.is_some_and(|millis| millis.parse::<u32>().is_ok()));
        let members: HashSet<&str> = event.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, HashSet::from(["id", "type", "ts", "session_id", "sequence", "context", "data"]));
        assert!(event["context"].is_object() && event["data"].is_object(), "{event}");
        assert_eq!(event["session_id"], talk.id.as_str());
        if frame.name == "session.idled" {
            break;
        }
    }
}

#[tokio::test]
async fn trap_30_without_a_cursor_it_begins_with_the_latest_turn() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    assert_eq!(talk.stream("").await.event().await["type"], "session.started", "there is no turn yet");
    let check = async |text: &str| {
        let turn = talk.turn().await;
        assert_eq!(turn[0]["type"], "input.message");
        assert_eq!(turn[0]["data"]["message"]["content"][0]["text"], text);
        let all = talk.list("").await;
        assert_eq!(turn, all[all.len() - turn.len()..]);
    };
    talk.say("one").await;
    check("one").await;
    talk.say("two").await;
    check("two").await;

    let slow = Talk::with_model(&world, ENDLESS).await;
    slow.say("three").await;
    let mut stream = slow.stream("").await;
    stream.until("output.message.delta").await;
    slow.say("and four").await;
    slow.cancel().await;
    let turn = slow.turn().await;
    let inputs: Vec<&Value> =
        of_type(&turn, "input.message").iter().map(|event| &event["data"]["message"]["content"][0]["text"]).collect();
    assert_eq!(inputs, ["three", "and four", "User requested to cancel the work."], "neither opened a turn");
}

#[tokio::test]
async fn trap_29_from_the_later_cursor_on_without_a_gap_and_then_live() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    talk.ask("one").await;
    let before = talk.list("").await;
    let n = before.len() as i64;
    let id = |sequence: i64| before[sequence as usize - 1]["id"].as_str().expect("an id");
    let unknown = "event_01970000000070008000000000000000";
    // The query, and the first sequence that it gives.
    let wanted = [
        (format!("?since_id={}", id(1)), 2),
        (format!("?since_id={}", id(7)), 8),
        (format!("?since_id={}", id(n)), n + 1),
        ("?after_sequence=0".to_owned(), 1),
        ("?after_sequence=3".to_owned(), 4),
        (format!("?since_id={}&after_sequence=3", id(7)), 8),
        (format!("?since_id={}&after_sequence=9", id(7)), 10),
        (format!("?since_id={}&after_sequence=0", id(7)), 8),
        (format!("?since_id={unknown}"), 2),
        (format!("?since_id={unknown}&after_sequence=5"), 6),
        (String::new(), 2),
        ("?since_id=&after_sequence=&unknown=1".to_owned(), 2),
    ];
    let mut streams = Vec::new();
    for (query, _) in &wanted {
        streams.push(talk.stream(query).await);
    }
    talk.say("two").await;
    let idle = talk.turn().await.last().expect("an event")["sequence"].clone();
    let all = talk.list("").await;
    for ((query, first), mut stream) in wanted.into_iter().zip(streams) {
        let mut read = Vec::new();
        while read.last().is_none_or(|event: &Value| event["sequence"] != idle) {
            read.push(stream.event().await);
        }
        assert_eq!(sequences(&read)[0], first, "{query}");
        assert_eq!(read, all[first as usize - 1..], "{query}");
    }
}

#[tokio::test]
async fn filters() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    talk.ask("one").await;
    let check = async |query: &str, wanted: &dyn Fn(&str) -> bool| {
        let mut stream = talk.stream(query).await;
        talk.say("more").await;
        let sequence = talk.turn().await.last().expect("an event")["sequence"].as_i64();
        let passing = |event: &Value| wanted(event["type"].as_str().expect("a type"));
        let all = talk.list("").await.into_iter().filter(passing);
        let wanted: Vec<Value> = all.filter(|event| event["sequence"].as_i64() <= sequence).collect();
        let mut read = Vec::new();
        while read.len() < wanted.len() {
            read.push(stream.event().await);
        }
        assert_eq!(read, wanted, "{query}");
    };
    check("?after_sequence=0&types=turn.completed", &|name| name == "turn.completed").await;
    let ends = |name: &str| ["turn.completed", "turn.failed"].contains(&name);
    check("?after_sequence=0&types=turn.completed&types=turn.failed", &ends).await;
    check("?after_sequence=0&exclude=output.message.delta", &|name| name != "output.message.delta").await;
    let query = "?after_sequence=0&types=input.message&types=output.message.delta&exclude=output.message.delta";
    check(query, &|name| name == "input.message").await;
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let check = async |query: &str, text: &str| {
        world.get(&format!("{}/sse{query}", talk.path)).await.check_problem(400, text);
    };
    check("?since_id=7", "since_id").await;
    check("?since_id=event_7", "since_id").await;
    check("?after_sequence=x", "after_sequence").await;
    check("?after_sequence=-1", "after_sequence").await;
    check("?types=nonsense", "types").await;
    check("?exclude=nonsense", "exclude").await;
    world.get("/v1/sessions/session_00000000000000000000000000000000/sse").await.check_problem(404, "session");
    world.get("/v1/sessions/7/sse").await.check_problem(400, "id");
}

#[tokio::test]
async fn in_the_middle_of_a_message_the_text_so_far_is_right() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, ENDLESS).await;
    talk.say("Hello").await;
    let mut first = talk.stream("").await;
    let mut read = first.until("output.message.delta").await;
    for _ in 0..3 {
        read.push(first.event().await);
        let last = read.last().expect("an event");
        let mut second = talk.stream(&format!("?since_id={}", last["id"].as_str().expect("an id"))).await;
        let next = second.event().await;
        read.push(first.event().await);
        assert_eq!(Some(&next), read.last());
        assert_eq!(next["data"]["accumulated"], deltas(&read).as_str());
    }
    talk.cancel().await;
    read.extend(first.until("session.idled").await);
    check_log(&read, 2);

    let of_deltas = talk.list("?types=output.message.delta&limit=2").await;
    assert_eq!(of_deltas[1]["data"]["accumulated"], deltas(&read).as_str(), "and so it is in a list");
    let newest_first = talk.list("?types=output.message.delta&order_desc=true&limit=2").await;
    assert_eq!([&newest_first[1], &newest_first[0]], [&of_deltas[0], &of_deltas[1]]);
}

#[tokio::test]
async fn many_readers_of_a_turn_see_the_same() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, STEADY).await;
    let mut streams = Vec::new();
    for _ in 0..30 {
        streams.push(talk.stream("?after_sequence=1").await);
    }
    talk.say("Hello").await;
    let read = join_all(streams.iter_mut().map(|stream| stream.until("session.idled"))).await;
    let all = talk.list("?after_sequence=1").await;
    assert!(read.iter().all(|events| *events == all));
}

#[tokio::test]
async fn trap_31_a_reader_that_comes_at_any_moment_sees_what_the_list_says() {
    let world = World::dev().await;
    let check = async |moment: usize| {
        let spec = serde_json::json!({
            "model_id": "llmsim/tool?name=get_current_time&count=2&rounds=6&text=so+many+words&latency=fast",
            "capabilities": [{ "ref": "current_time" }],
        });
        let talk = Talk::new(&world, spec).await;
        let mut early = talk.stream("").await;
        talk.say("Hello").await;
        for _ in 0..moment {
            early.event().await;
        }
        let (mut from_start, mut from_here) = (talk.stream("?after_sequence=0").await, talk.stream("").await);
        let read = from_start.until("session.idled").await;
        assert_eq!(read, talk.list("").await, "at {moment}");
        check_log(&read, 1);
        assert_eq!(from_here.until("session.idled").await, read[1..], "at {moment}");
    };
    // All over the turn, which has about 90 events.
    join_all((0..20).map(|attempt| check(attempt * 37 % 80))).await;
}

#[tokio::test]
async fn it_outlives_turns() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut stream = talk.stream("").await;
    let mut read = Vec::new();
    for text in ["one", "two", "three"] {
        talk.say(text).await;
        read.extend(stream.until("session.idled").await);
    }
    assert_eq!(read, talk.list("").await);
}

#[tokio::test]
async fn trap_25_frames_are_events_and_nothing_else() {
    let world = World::dev().await;
    let spec = serde_json::json!({
        "model_id": "llmsim/tool?name=get_current_time",
        "capabilities": [{ "ref": "current_time" }],
    });
    let talk = Talk::new(&world, spec).await;
    let mut stream = talk.stream("?after_sequence=0").await;
    for controls in [serde_json::json!({}), serde_json::json!({ "model_id": "llmsim/error?kind=auth" })] {
        let content = serde_json::json!([{ "type": "text", "text": "Hello" }]);
        talk.send(serde_json::json!({ "message": { "content": content }, "controls": controls })).await;
        talk.turn().await;
    }
    world.close_streams();
    let mut names = Vec::new();
    while let Some(frame) = stream.next().await {
        names.push(frame.name);
    }
    assert_eq!(names.pop().as_deref(), Some("disconnecting"));
    assert!(names.iter().any(|name| name == "turn.failed") && names.iter().any(|name| name == "tool.completed"));
    let unknown: Vec<&String> = names.iter().filter(|name| !TYPES.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[tokio::test]
async fn it_ends_with_its_session() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, ENDLESS).await;
    talk.say("Hello").await;
    let mut stream = talk.stream("").await;
    stream.until("output.message.delta").await;
    let deleted = world.request(reqwest::Method::DELETE, &talk.path).send().await.expect("an answer");
    assert_eq!(deleted.status().as_u16(), 204);
    let mut names = Vec::new();
    while let Some(frame) = stream.next().await {
        names.push(frame.name);
    }
    assert_eq!(names.pop().as_deref(), Some("disconnecting"));
    assert!(names.iter().all(|name| name == "output.message.delta"), "{names:?}");
    world.get(&format!("{}/sse", talk.path)).await.check_problem(404, "session");
}

#[tokio::test]
async fn trap_27_a_stopping_server_says_good_bye_behind_the_last_event() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let turn = talk.ask("Hello").await;
    let (mut idle, mut behind) = (talk.stream("?after_sequence=99").await, talk.stream("").await);
    assert_eq!(behind.event().await, turn[0]);
    world.close_streams();
    let last = idle.next().await.expect("a farewell");
    assert_eq!(last.name, "disconnecting");
    assert_eq!(last.id, None);
    assert!(last.json()["reason"].is_string() && last.json()["retry_ms"].is_u64(), "{last:?}");
    assert_eq!(idle.next().await, None);

    // Who was sent less than there is gets it all before the farewell.
    let mut rest = Vec::new();
    while let Some(frame) = behind.next().await {
        rest.push(frame);
    }
    let farewell = rest.pop().expect("a farewell");
    assert_eq!(farewell, last);
    let rest: Vec<Value> = rest.iter().map(crate::wire::Frame::json).collect();
    assert_eq!(types(&rest), types(&turn[1..]));
}
