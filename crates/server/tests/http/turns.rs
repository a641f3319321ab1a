//! Turns that ended, over all sessions: listed and summed up.

use serde_json::{Value, json};

use crate::talk::Talk;
use crate::world::World;

#[tokio::test]
async fn turns_of_all_sessions_are_listed_and_summed() {
    let world = World::dev().await;
    let (good, bad) =
        (Talk::with_model(&world, "llmsim/echo").await, Talk::with_model(&world, "llmsim/error?kind=auth").await);
    good.ask("One").await;
    world.source.pass(3_600);
    bad.ask("Two").await;
    world.source.pass(3_600);
    good.ask("Three").await;

    let list = world.get("/v1/turns").await.ok();
    let shown: Vec<_> =
        list["data"].as_array().expect("rows").iter().map(|turn| (&turn["session_id"], &turn["outcome"])).collect();
    let expected = [(&good.id, "completed"), (&bad.id, "failed"), (&good.id, "completed")];
    assert_eq!(shown.len(), expected.len(), "{list}");
    for ((session, outcome), (wanted, how)) in shown.into_iter().zip(expected) {
        assert_eq!((session.as_str(), outcome.as_str()), (Some(wanted.as_str()), Some(how)), "{list}");
    }
    let failed = &list["data"][1];
    assert_eq!((&failed["error_code"], failed["error"].is_string()), (&json!("provider_misconfigured"), true));
    let events = world.get(&format!("{}/events?types=turn.failed", bad.path)).await.ok();
    assert_eq!(failed["sequence"], events["data"][0]["sequence"]);
    assert_eq!(failed["turn_id"], events["data"][0]["data"]["turn_id"]);

    let of = async |query: &str| world.get(&format!("/v1/turns?{query}")).await.ok();
    assert_eq!(of("limit=1").await["has_more"], true);
    assert_eq!(of("limit=3").await["has_more"], false);
    let found = of("outcome=failed").await;
    assert_eq!(found["data"], json!([failed]));
    let last = failed["ended_at"].as_str().expect("a time");
    assert_eq!(of(&format!("to_ts={last}")).await["data"].as_array().map(Vec::len), Some(1));

    let stats = world.get("/v1/turns/stats").await.ok();
    let counted = |sums: &Value| ["completed", "failed", "cancelled"].map(|how| sums[how].as_u64().expect("a count"));
    assert_eq!((counted(&stats["total"]), &stats["is_complete"]), ([2, 1, 0], &json!(true)));
    assert!(stats["total"]["output_tokens"].as_u64().is_some_and(|tokens| tokens >= 2), "{stats}");
    assert!(stats["total"]["duration_ms"]["p50"].is_u64() && stats["total"]["duration_ms"]["p95"].is_u64(), "{stats}");
    let hours = stats["buckets"].as_array().expect("buckets");
    let last: Vec<_> = hours[hours.len() - 3..].iter().map(counted).collect();
    assert_eq!((hours.len(), last), (24, vec![[1, 0, 0], [0, 1, 0], [1, 0, 0]]));
    assert_eq!(hours[0]["duration_ms"], Value::Null);
    assert_eq!(world.get("/v1/turns/stats?buckets=2").await.ok()["buckets"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named() {
    let world = World::dev().await;
    for (query, field) in [
        ("outcome=lost", "outcome"),
        ("from_ts=yesterday", "from_ts"),
        ("from_ts=2026-01-02T00:00:00Z&to_ts=2026-01-01T00:00:00Z", "from_ts"),
        ("to_ts=-009999-01-02T02:00:00Z", "to_ts"),
        ("limit=0", "limit"),
    ] {
        world.get(&format!("/v1/turns?{query}")).await.check_problem(400, &format!("`{field}`"));
    }
    world.get("/v1/turns/stats?buckets=0").await.check_problem(400, "`buckets`");
}
