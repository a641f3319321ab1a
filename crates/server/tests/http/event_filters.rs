//! The list of events: by turn, phase, time, tool, tag and text, and around an event.

use serde_json::{Value, json};

use crate::events::three_turns;
use crate::talk::{Talk, sequences};
use crate::world::World;

/// A turn with two calls of a tool, and one whose message bears tags.
async fn tool_turns(world: &World) -> Talk<'_> {
    let spec = json!({
        "model_id": "llmsim/tool?name=get_current_time&count=2&rounds=1",
        "capabilities": [{ "ref": "current_time" }],
    });
    let talk = Talk::new(world, spec).await;
    talk.ask("What time is it in Kraków? 100% \"sure\"").await;
    let content = json!([{ "type": "text", "text": "snake_case back\\slash" }]);
    talk.send(json!({ "message": { "content": content }, "tags": ["urgent", "a\"b"] })).await;
    talk.turn().await;
    talk
}

/// What a query lists is what its meaning picks out of the whole log, whichever way it is asked.
async fn check(talk: &Talk<'_>, all: &[Value], query: &str, means: impl Fn(&Value) -> bool) {
    let wanted: Vec<&Value> = all.iter().filter(|event| means(event)).collect();
    let listed = talk.list(&format!("?{query}")).await;
    assert_eq!(listed.iter().collect::<Vec<_>>(), wanted, "{query}");
    let last: Vec<&Value> = wanted.iter().rev().take(2).rev().copied().collect();
    let listed = talk.list(&format!("?{query}&limit=2")).await;
    assert_eq!(listed.iter().collect::<Vec<_>>(), last, "{query}&limit=2");
    let first: Vec<&Value> = wanted.iter().take(2).copied().collect();
    let listed = talk.list(&format!("?{query}&limit=2&after_sequence=0")).await;
    assert_eq!(listed.iter().collect::<Vec<_>>(), first, "{query}&limit=2&after_sequence=0");
    let newest_first: Vec<&Value> = wanted.iter().rev().copied().collect();
    let listed = talk.list(&format!("?{query}&order_desc=true")).await;
    assert_eq!(listed.iter().collect::<Vec<_>>(), newest_first, "{query}&order_desc=true");
}

#[tokio::test]
async fn by_turn_and_phase() {
    let world = World::dev().await;
    let talk = tool_turns(&world).await;
    let all = talk.list("").await;
    let mut turns = std::collections::BTreeSet::new();
    let mut phases = std::collections::BTreeSet::new();
    for event in &all {
        turns.extend(event["context"]["turn_id"].as_str());
        phases.extend(event["context"]["exec_id"].as_str());
    }
    assert_eq!((turns.len(), phases.len() >= 4), (2, true));
    for turn in &turns {
        let of_turn = |event: &Value| event["context"]["turn_id"] == *turn;
        check(&talk, &all, &format!("turn_id={turn}"), of_turn).await;
        check(&talk, &all, &format!("trace_id={turn}"), of_turn).await;
        check(&talk, &all, &format!("trace_id={turn}&turn_id={turn}"), of_turn).await;
        let ended = |event: &Value| of_turn(event) && event["type"] == "turn.completed";
        check(&talk, &all, &format!("turn_id={turn}&types=turn.completed"), ended).await;
    }
    for phase in &phases {
        check(&talk, &all, &format!("exec_id={phase}"), |event| event["context"]["exec_id"] == **phase).await;
        let of_phase = || all.iter().filter(|event| event["context"]["exec_id"] == **phase);
        for cursor in of_phase().filter_map(|event| event["sequence"].as_i64()) {
            let behind = of_phase().filter(|event| event["sequence"].as_i64() > Some(cursor));
            let listed = talk.list(&format!("?exec_id={phase}&after_sequence={cursor}")).await;
            assert!(listed.iter().eq(behind), "{phase} behind {cursor}: {listed:?}");
        }
    }
    let (first, second) = (turns.first().expect("a turn"), turns.last().expect("a turn"));
    check(&talk, &all, &format!("turn_id={first}&trace_id={second}"), |_| false).await;
    let phase = phases.first().expect("a phase");
    let other = all.iter().find(|event| event["context"]["exec_id"] == **phase).expect("an event");
    let other = if other["context"]["turn_id"] == **first { second } else { first };
    check(&talk, &all, &format!("exec_id={phase}&turn_id={other}"), |_| false).await;
    for nobody in ["00000000000000000000000000000000", "ffffffffffffffffffffffffffffffff"] {
        check(&talk, &all, &format!("turn_id=turn_{nobody}"), |_| false).await;
        check(&talk, &all, &format!("exec_id=exec_{nobody}"), |_| false).await;
    }
}

#[tokio::test]
async fn by_time() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let all = talk.list("").await;
    let at = |event: &Value| event["ts"].as_str().expect("a time").to_owned();
    let (first, middle, last) = (at(&all[0]), at(&all[all.len() / 2]), at(all.last().expect("an event")));
    check(&talk, &all, &format!("from_ts={first}"), |_| true).await;
    // What is shown is cut to milliseconds, what is stored is not: a bound from a list takes in what it came from.
    check(&talk, &all, &format!("from_ts={middle}"), |event| at(event) >= middle).await;
    check(&talk, &all, &format!("to_ts={middle}"), |event| at(event) <= middle).await;
    check(&talk, &all, "to_ts=2000-01-01T00:00:00Z", |_| false).await;
    check(&talk, &all, "from_ts=2999-01-01T00:00:00Z", |_| false).await;
    check(&talk, &all, "from_ts=2000-01-01T00:00:00Z&to_ts=2999-01-01T00:00:00%2B02:00", |_| true).await;
    check(&talk, &all, &format!("from_ts={last}&types=input.message"), |_| false).await;
}

#[tokio::test]
async fn by_tool_tag_and_text() {
    let world = World::dev().await;
    let talk = tool_turns(&world).await;
    let all = talk.list("").await;
    let of_tool = |event: &Value| event["type"].as_str().is_some_and(|name| name.starts_with("tool."));
    check(&talk, &all, "tool_name=get_current_time", of_tool).await;
    check(&talk, &all, "tool_name=get_current", |_| false).await;
    let tagged = |event: &Value| event["data"]["message"]["tags"][0] == "urgent";
    check(&talk, &all, "tags=urgent", tagged).await;
    check(&talk, &all, "tags=nobody&tags=a%22b", tagged).await;
    check(&talk, &all, "tags=URGENT", |_| false).await;
    check(&talk, &all, "tags=nobody", |_| false).await;

    let says = |text: &'static str| {
        move |event: &Value| {
            fn texts(value: &Value, text: &str) -> bool {
                match value {
                    Value::String(own) => own.to_lowercase().contains(text),
                    Value::Array(items) => items.iter().any(|item| texts(item, text)),
                    // What is filled in when an event is shown does not stand in it.
                    Value::Object(members) => members
                        .iter()
                        .any(|(name, member)| !matches!(&**name, "messages" | "accumulated") && texts(member, text)),
                    _ => false,
                }
            }
            texts(&event["data"], text)
        }
    };
    for (query, text) in [
        ("q=krak%C3%B3w", "kraków"),
        ("q=KRAK%C3%93W", "kraków"),
        ("q=100%25", "100%"),
        ("q=%22sure%22", "\"sure\""),
        ("q=snake_case", "snake_case"),
        ("q=SNAKE_CASE", "snake_case"),
        ("q=back%5Cslash", "back\\slash"),
        ("q=get_current_time", "get_current_time"),
    ] {
        assert!(all.iter().any(says(text)), "{text} is somewhere");
        check(&talk, &all, query, says(text)).await;
    }
    let both = |event: &Value| says("time")(event) && says("sure")(event);
    check(&talk, &all, "q=sure+time", both).await;
    // Names of members are no texts; and what looks like a pattern is none.
    for nothing in ["q=tool_call_id", "q=snake-case", "q=k%25w", "q=nowhere"] {
        check(&talk, &all, nothing, |_| false).await;
    }
    check(&talk, &all, "q=+", |_| true).await;
}

#[tokio::test]
async fn around_an_event() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let all = talk.list("").await;
    let n = all.len() as i64;
    let check = async |sequence: i64, query: &str, wanted: Vec<i64>| {
        let id = all[sequence as usize - 1]["id"].as_str().expect("an id");
        let query = format!("?around={id}{query}");
        assert_eq!(sequences(&talk.list(&query).await), wanted, "{query}");
    };
    check(10, "&window=2", (8..=12).collect()).await;
    check(10, "&window=0", vec![10]).await;
    check(1, "&window=3", (1..=4).collect()).await;
    check(n, "&window=3", (n - 3..=n).collect()).await;
    check(10, "", (1..=n).collect()).await;
    check(10, "&window=100000", (1..=n).collect()).await;
    check(10, "&window=2&order_desc=true", (8..=12).rev().collect()).await;
    let inputs = sequences(&talk.list("?types=input.message").await);
    check(inputs[1] + 2, "&window=1&types=input.message", inputs[1..].to_vec()).await;
    check(inputs[1], "&window=1&types=input.message", inputs.clone()).await;
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let id = talk.list("?limit=1").await[0]["id"].as_str().expect("an id").to_owned();
    let check = async |query: &str, field: &str| {
        world.get(&format!("{}/events?{query}", talk.path)).await.check_problem(400, field);
    };
    for cursor in [format!("since_id={id}"), "after_sequence=0".to_owned(), "before_sequence=9".to_owned()] {
        check(&format!("around={id}&{cursor}"), "around").await;
    }
    check("around=event_00000000000000000000000000000000", "around").await;
    check("around=7", "around").await;
    check(&format!("around={id}&window=-1"), "window").await;
    check("from_ts=yesterday", "from_ts").await;
    check("to_ts=1", "to_ts").await;
    check("turn_id=turn_1", "turn_id").await;
    check("trace_id=x", "trace_id").await;
    check("exec_id=turn_00000000000000000000000000000000", "exec_id").await;
    check("q=%00", "q").await;
    check("tool_name=%00", "tool_name").await;
    check(&format!("q={}", "x".repeat(501)), "q").await;
    check(&format!("tags={}", "x".repeat(501)), "tags").await;
    check(&"tags=x&".repeat(41), "tags").await;
}
