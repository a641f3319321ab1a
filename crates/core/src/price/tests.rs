//! Costs by hand, by the rules of each vendor.

use serde_json::{Value, json};

use super::*;

/// What a call costs, billionths of a dollar: tokens of input, output, read from and written to a cache.
#[track_caller]
fn check(cost: &Value, [input, output, read, written]: [u32; 4], nanos: u64) {
    let price = Price::pinned(&serde_json::from_value(cost.clone()).expect("prices")).expect("it costs something");
    let usage =
        Usage { input_tokens: input, output_tokens: output, cache_read_tokens: read, cache_creation_tokens: written };
    assert_eq!(price.of(usage), Nanos::new(nanos), "{usage:?}");
    let text = serde_json::to_string(&price).expect("it is written");
    assert_eq!(serde_json::from_str::<Price>(&text).expect("it is read"), price, "{text}");
}

#[test]
fn a_price_without_caches_counts_them_as_input() {
    let groq = json!({ "input": 0.15, "output": 0.6 });
    check(&groq, [0, 0, 0, 0], 0);
    // 1,000 · $0.15/M + 500 · $0.60/M = $0.00045
    check(&groq, [1_000, 500, 0, 0], 450_000);
    check(&groq, [600, 500, 300, 100], 450_000);
    check(&groq, [1, 0, 0, 0], 150);
}

#[test]
fn openai_reads_caches_cheaper_and_bills_long_prompts_whole() {
    let luna = json!({
        "input": 0.1, "output": 0.5, "cache_read": 0.01, "cache_write": 0.125,
        "cost_tiers": [{ "above_tokens": 272_000, "input": 0.2, "output": 0.75, "cache_read": 0.02, "cache_write": 0.25 }],
    });
    // 1,024 · 0.1 + 200 · 0.5 + 8,192 · 0.01 + 0 = 102.4 + 100 + 81.92 = 284.32 millionths of a dollar
    check(&luna, [1_024, 200, 8_192, 0], 284_320);
    // At the threshold still the lower price: 272,000 · 0.1 + 1,000 · 0.5
    check(&luna, [272_000, 1_000, 0, 0], 27_700_000);
    // One token more, cached, and all of it costs more: 272,000 · 0.2 + 1,000 · 0.75 + 1 · 0.02
    check(&luna, [272_000, 1_000, 1, 0], 55_150_020);
}

#[test]
fn anthropic_writes_caches_dearer() {
    let opus = json!({ "input": 5.0, "output": 25.0, "cache_read": 0.5, "cache_write": 6.25 });
    // 12 · 5 + 340 · 25 + 20,000 · 0.5 + 4,000 · 6.25 = 60 + 8,500 + 10,000 + 25,000 = 43,560 millionths
    check(&opus, [12, 340, 20_000, 4_000], 43_560_000);
}

#[test]
fn gemini_counts_thoughts_as_output() {
    let flash = json!({ "input": 0.75, "output": 3.75, "cache_read": 0.075 });
    // 900 fresh, 100 cached, 40 of answer and 60 of thought: 900 · 0.75 + 100 · 0.075 + 100 · 3.75 = 1,057.5 millionths
    check(&flash, [900, 100, 100, 0], 1_057_500);
}

#[test]
fn bedrock_costs_more_in_a_region() {
    let global = json!({ "input": 5.0, "output": 25.0, "cache_read": 0.5, "cache_write": 6.25 });
    let europe = json!({ "input": 5.5, "output": 27.5, "cache_read": 0.55, "cache_write": 6.875 });
    check(&global, [1_000, 1_000, 1_000, 1_000], 36_750_000);
    // The same, a tenth more: 5.5 + 27.5 + 0.55 + 6.875 = 40.425 thousandths
    check(&europe, [1_000, 1_000, 1_000, 1_000], 40_425_000);
}

#[test]
fn deepseek_reads_caches_for_next_to_nothing() {
    let flash = json!({ "input": 0.3, "output": 1.2, "cache_read": 0.006 });
    // 64 · 0.3 + 10 · 1.2 + 1,984 · 0.006 = 19.2 + 12 + 11.904 = 43.104 millionths
    check(&flash, [64, 10, 1_984, 0], 43_104);
}

#[test]
fn fractions_are_rounded_once() {
    let cheap = json!({ "input": 0.0005, "output": 0.0004 });
    // 0.5 and 0.4 billionths
    check(&cheap, [1, 0, 0, 0], 1);
    check(&cheap, [0, 1, 0, 0], 0);
    check(&cheap, [1, 1, 0, 0], 1);
    check(&cheap, [3, 0, 0, 0], 2);
    // As much as there can be does not overflow.
    check(&json!({ "input": 1e6, "output": 1e6 }), [u32::MAX; 4], u64::MAX);
}

#[test]
fn what_costs_nothing_is_not_counted() {
    let free = Cost { input: 0.0, output: 0.0, cache_read: None, cache_write: None, cost_tiers: Vec::new() };
    assert_eq!(Price::pinned(&free), None);
    assert!(Price::pinned(&Cost { output: 0.1, ..free }).is_some());
}
