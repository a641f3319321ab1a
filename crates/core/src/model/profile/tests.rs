//! What is said goes over what is known, and what cannot be is refused by name.

use serde_json::{Value, json};

use super::*;

#[test]
fn what_is_said_goes_over_what_is_known() {
    let known: Profile = serde_json::from_value(json!({
        "name": "GPT", "family": "gpt", "tool_call": true, "cost": { "input": 1.0, "output": 2.0, "cache_read": 0.1 },
        "limits": { "context": 100, "output": 10 },
    }))
    .expect("a profile");
    let shown = |change: Value| {
        let change: ProfileChange = serde_json::from_value(change).expect("a change");
        assert_eq!(change.fault(), None);
        json!(change.over(known.clone()))
    };
    let as_known = json!({
        "name": "GPT", "family": "gpt", "attachment": false, "reasoning": false, "temperature": false, "tool_call": true,
        "structured_output": false, "open_weights": false,
        "cost": { "input": 1.0, "output": 2.0, "cache_read": 0.1 }, "limits": { "context": 100, "output": 10 },
    });
    assert_eq!(shown(json!({})), as_known);
    let mut expected = as_known.clone();
    expected["tool_call"] = false.into();
    expected["cost"] = json!({ "input": 3.0, "output": 4.0 });
    expected["knowledge"] = "2026-01".into();
    let change = json!({ "tool_call": false, "cost": { "input": 3.0, "output": 4.0 }, "knowledge": "2026-01" });
    assert_eq!(shown(change), expected);
    assert_eq!(known.fault(), None);
}

#[test]
fn what_cannot_be_is_named() {
    #[track_caller]
    fn check(change: Value, expected: Option<&str>) {
        let change: ProfileChange = serde_json::from_value(change).expect("a change");
        assert_eq!(change.fault().map(|(member, _)| member).as_deref(), expected, "{change:?}");
    }
    let cost = |member: &str, value: Value| {
        let mut cost = json!({ "input": 1.0, "output": 1.0 });
        cost[member] = value;
        json!({ "cost": cost })
    };
    let tier = |above: i32, input: f64| json!({ "above_tokens": above, "input": input, "output": 1.0 });
    let text = |count: usize| json!({ "description": "é".repeat(count) });
    check(json!({ "name": "" }), Some("name"));
    check(json!({ "family": "a\0" }), Some("family"));
    check(text(TITLE_CHARS_MAX), None);
    check(text(TITLE_CHARS_MAX + 1), Some("description"));
    check(cost("input", json!(-0.1)), Some("cost.input"));
    check(cost("output", json!(PRICE_MAX)), None);
    check(cost("output", json!(PRICE_MAX * 2.0)), Some("cost.output"));
    check(cost("cache_read", json!(-1)), Some("cost.cache_read"));
    check(cost("cache_write", json!(0)), None);
    check(cost("cost_tiers", json!([tier(10, 1.0), tier(20, 1.0)])), None);
    check(cost("cost_tiers", json!([tier(10, 1.0), tier(10, 1.0)])), Some("cost.cost_tiers[1].above_tokens"));
    check(cost("cost_tiers", json!([tier(10, -1.0)])), Some("cost.cost_tiers[0].input"));
    check(cost("cost_tiers", json!(vec![tier(1, 1.0); PROFILE_ITEMS_MAX + 1])), Some("cost.cost_tiers"));
    check(json!({ "limits": { "context": 1, "output": 1, "input": 1 } }), None);
    check(json!({ "limits": { "context": 0, "output": 1 } }), Some("limits.context"));
    check(json!({ "limits": { "context": 1, "output": 1, "max_media": 0 } }), Some("limits.max_media"));
    check(json!({ "modalities": { "input": vec!["text"; PROFILE_ITEMS_MAX + 1], "output": [] } }), Some("modalities"));
    let low = json!({ "name": "Low", "value": "low" });
    check(json!({ "reasoning_effort": { "default": "low", "values": [low] } }), None);
    check(json!({ "reasoning_effort": { "default": "high", "values": [low] } }), Some("reasoning_effort.default"));
    let nameless = json!({ "name": "", "value": "low" });
    check(json!({ "reasoning_effort": { "default": "low", "values": [nameless] } }), Some("reasoning_effort.values"));
}
