//! The list of events: cursors, limits, filters and their order.

use serde_json::{Value, json};

use crate::talk::{Talk, check_log, sequences};
use crate::wire::Answer;
use crate::world::World;

/// Three turns and their deltas.
pub(crate) async fn three_turns(world: &World) -> Talk<'_> {
    let talk = Talk::with_model(world, "llmsim/echo").await;
    for text in ["one", "two", "three"] {
        talk.ask(text).await;
    }
    talk
}

/// A turn of more than 1,000 events.
async fn long_turn(world: &World) -> Talk<'_> {
    let spec = json!({
        "model_id": "llmsim/tool?name=get_current_time&count=12&rounds=33",
        "capabilities": [{ "ref": "current_time" }],
    });
    let talk = Talk::new(world, spec).await;
    talk.ask("Work").await;
    talk
}

#[tokio::test]
async fn trap_01_a_limit_means_the_last_ones_and_a_cursor_the_first_ones() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let all = talk.list("").await;
    check_log(&all, 1);
    let n = all.len() as i64;
    assert_eq!(n, 34);
    let id = |sequence: i64| all[sequence as usize - 1]["id"].as_str().expect("an id");
    let check = async |query: &str, wanted: Vec<i64>| {
        let listed = talk.list(query).await;
        assert_eq!(sequences(&listed), wanted, "{query}");
        let same = wanted.iter().zip(&listed).all(|(sequence, event)| *event == all[*sequence as usize - 1]);
        assert!(same, "{query}: an event looks the same in every list");
    };
    let newest_first = |range: std::ops::RangeInclusive<i64>| range.rev().collect::<Vec<_>>();

    check("?limit=5", (n - 4..=n).collect()).await;
    check("?limit=1", vec![n]).await;
    check("?limit=1000", (1..=n).collect()).await;
    check("?limit=999999999", (1..=n).collect()).await;
    check("?limit=", (1..=n).collect()).await;
    check("?order_desc=true", newest_first(1..=n)).await;
    check("?order_desc=false&limit=2", vec![n - 1, n]).await;
    check("?order_desc=true&limit=3", newest_first(n - 2..=n)).await;

    check("?after_sequence=0&limit=4", (1..=4).collect()).await;
    check("?after_sequence=4&limit=4", (5..=8).collect()).await;
    check("?after_sequence=4", (5..=n).collect()).await;
    check(&format!("?after_sequence={n}&limit=4"), vec![]).await;
    check(&format!("?after_sequence={n}"), vec![]).await;
    check("?after_sequence=9223372036854775807", vec![]).await;
    check("?after_sequence=4&limit=4&order_desc=true", newest_first(n - 3..=n)).await;

    // The page grows downwards to the `turn.started` of the turn that it would cut in two.
    check("?before_sequence=9&limit=4", (3..=8).collect()).await;
    check("?before_sequence=14&limit=3", (3..=13).collect()).await;
    check("?before_sequence=15&limit=3", (12..=14).collect()).await;
    check("?before_sequence=14&limit=1", vec![13]).await;
    check("?before_sequence=15&limit=1&types=input.message", vec![13]).await;
    check("?before_sequence=9", (1..=8).collect()).await;
    check("?before_sequence=1", vec![]).await;
    check("?before_sequence=0", vec![]).await;
    check("?before_sequence=9&order_desc=true&limit=2", newest_first(3..=8)).await;
    check("?after_sequence=3&before_sequence=9&limit=2", vec![4, 5]).await;
    check("?after_sequence=3&before_sequence=9", (4..=8).collect()).await;

    for sequence in [1, 2, 7, n - 1, n] {
        let since = format!("?since_id={}", id(sequence));
        check(&since, (sequence + 1..=n).collect()).await;
        check(&format!("{since}&limit=2"), (sequence + 1..=n).take(2).collect()).await;
        check(&format!("{since}&after_sequence=5&limit=1"), (sequence.max(5) + 1..=n).take(1).collect()).await;
    }
}

#[tokio::test]
async fn trap_03_filters_come_before_limits() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let all = talk.list("").await;
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<i64> {
        let found = all.iter().filter(|event| wanted(event["type"].as_str().expect("a type")));
        sequences(&found.cloned().collect::<Vec<Value>>())
    };
    let inputs = of(&|name| name == "input.message");
    assert_eq!(inputs.len(), 3);
    let check = async |query: &str, wanted: &[i64]| assert_eq!(sequences(&talk.list(query).await), wanted, "{query}");

    check("?types=input.message", &inputs).await;
    check("?types=input.message&limit=2", &inputs[1..]).await;
    check("?types=input.message&order_desc=true&limit=1", &inputs[2..]).await;
    check("?types=input.message&after_sequence=0&limit=1", &inputs[..1]).await;
    check(&format!("?types=input.message&before_sequence={}", inputs[2]), &inputs[..2]).await;
    check("?types=input.message&types=turn.failed&types=input.message", &inputs).await;
    check("?types=input.message&exclude=turn.completed", &inputs).await;
    check("?types=input.message&exclude=input.message", &[]).await;
    check("?types=turn.failed", &[]).await;
    let whole = of(&|name| !name.ends_with(".delta"));
    check("?exclude=output.message.delta&exclude=reason.thinking.delta", &whole).await;
    check("?exclude=output.message.delta&limit=7", &whole[whole.len() - 7..]).await;
    let of_turns = of(&|name| name.starts_with("turn."));
    check("?types=turn.started&types=turn.completed&types=turn.failed", &of_turns).await;
    let deltas = of(&|name| name == "output.message.delta");
    check("?types=output.message.delta&limit=1", &deltas[2..]).await;
}

#[tokio::test]
async fn a_page_tells_how_many_there_are_without_deltas() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let check = async |query: &str, total: Option<&str>| {
        let answer = world.get(&format!("{}/events{query}", talk.path)).await;
        answer.ok();
        assert_eq!(answer.header("x-total-count"), total, "{query}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{query}");
    };
    check("?limit=1", Some("31")).await;
    check("?limit=1000", Some("31")).await;
    check("?limit=3&types=input.message&after_sequence=5", Some("31")).await;
    check("", None).await;
}

#[tokio::test]
async fn trap_04_long_logs_are_read_forward_to_an_empty_page() {
    let world = World::dev().await;
    let talk = long_turn(&world).await;
    let all = talk.list("").await;
    check_log(&all, 1);
    let n = all.len() as i64;
    assert!(n > 1_000, "{n} events");
    let check = async |query: &str, wanted: Vec<i64>| {
        let listed = talk.list(query).await;
        assert_eq!(sequences(&listed), wanted, "{query}");
    };
    check("?order_desc=true", (1..=n).rev().collect()).await;
    check("?after_sequence=10", (11..=n).collect()).await;
    check("?before_sequence=700", (1..700).collect()).await;
    check("?limit=1000", (n - 999..=n).collect()).await;
    check("?limit=1001", (n - 999..=n).collect()).await;
    check("?limit=5000&after_sequence=1", (2..=1_001).collect()).await;
    check("?limit=5000&order_desc=true", (n - 999..=n).rev().collect()).await;

    let mut paged = Vec::new();
    loop {
        let page = talk.list(&format!("?after_sequence={}&limit=400", paged.len())).await;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all, "whoever pages forward reads all and comes to an end");
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::dev().await;
    let talk = three_turns(&world).await;
    let other = Talk::with_model(&world, "llmsim/echo").await;
    let foreign = other.list("").await[0]["id"].clone();
    let own = talk.list("?limit=1").await[0]["id"].as_str().expect("an id").to_owned();
    // The same event, a second later: no such event.
    let moved = format!("event_{:012x}{}", u64::from_str_radix(&own[6..18], 16).expect("hex") + 1_000, &own[18..]);
    let check = async |query: &str, status: u16, text: &str| {
        let answer: Answer = world.get(&format!("{}/events{query}", talk.path)).await;
        answer.check_problem(status, text);
    };
    check(&format!("?since_id={}", foreign.as_str().expect("an id")), 400, "since_id").await;
    check(&format!("?since_id={moved}"), 400, "since_id").await;
    check("?since_id=event_00000000000000000000000000000000", 400, "since_id").await;
    check("?since_id=event_ffffffffffffffffffffffffffffffff&limit=5", 400, "since_id").await;
    for malformed in ["x", "event_", "event_0197", "7", "session_00000000000000000000000000000000", "%00"] {
        check(&format!("?since_id={malformed}"), 400, "since_id").await;
    }
    check("?limit=0", 400, "limit").await;
    check("?limit=-1", 400, "limit").await;
    check("?limit=ten", 400, "limit").await;
    check("?limit=1.5", 400, "limit").await;
    check("?limit=99999999999999999999", 400, "limit").await;
    check("?after_sequence=-1", 400, "after_sequence").await;
    check("?after_sequence=x", 400, "after_sequence").await;
    check("?before_sequence=x", 400, "before_sequence").await;
    check("?order_desc=yes", 400, "order_desc").await;
    check("?types=turn.done", 400, "types").await;
    check("?types=turn.completed&types=nonsense", 400, "types").await;
    check("?exclude=nonsense", 400, "exclude").await;
    let many = "types=turn.completed&".repeat(41);
    check(&format!("?{many}"), 400, "types").await;

    let gone = "/v1/sessions/session_00000000000000000000000000000000/events";
    world.get(gone).await.check_problem(404, "session");
    world.get("/v1/sessions/session_1/events").await.check_problem(400, "id");
}
