//! Names find their profiles, and a wrong file is refused by the part that is wrong.

use everruns_core::model::Effort;
use serde_json::{Value, json};

use super::*;

/// The prices for input and output, dollars, and the name.
fn known(provider_type: &str, model_id: &str) -> Option<(String, f64, f64)> {
    let profile = Profiles::default().profile(provider_type, model_id)?;
    let cost = profile.cost.expect("all that is built in has a price");
    Some((profile.name, cost.input, cost.output))
}

#[test]
fn names_find_profiles() {
    #[track_caller]
    fn check(provider_type: &str, model_id: &str, expected: Option<(&str, f64, f64)>) {
        let expected = expected.map(|(name, input, output)| (name.to_owned(), input, output));
        assert_eq!(known(provider_type, model_id), expected, "{provider_type} {model_id}");
    }
    let gpt = Some(("GPT-5.2", 1.75, 14.0));
    check("openai", "gpt-5.2", gpt);
    check("openai", "gpt-5.2-2025-12-11", gpt);
    check("openai", "gpt-5.2-2031-01-01", gpt);
    check("azure_openai", "gpt-5.2", gpt);
    check("azure_openai", "GPT-5.2", gpt);
    check("openrouter", "openai/gpt-5.2", gpt);
    check("openrouter", "openai/gpt-5.2:free", None);
    check("openrouter", "gpt-5.2", None);
    check("openai", "gpt-5.22", None);
    check("openai", "gpt-9", None);
    check("openai", "", None);
    check("vllm", "gpt-5.2", None);
    let haiku = Some(("Claude Haiku 4.5", 1.0, 5.0));
    check("anthropic", "claude-haiku-4-5", haiku);
    check("anthropic", "claude-haiku-4-5-20251001", haiku);
    check("anthropic", "claude-haiku-4-5-latest", haiku);
    check("openrouter", "anthropic/claude-haiku-4.5", haiku);
    check("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", haiku);
    check("bedrock", "global.anthropic.claude-haiku-4-5-20251001-v1:0", haiku);
    check("bedrock", "anthropic.claude-haiku-4-5", haiku);
    check("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", Some(("Claude Haiku 4.5", 1.1, 5.5)));
    check("bedrock", "us.anthropic.claude-opus-5", Some(("Claude Opus 5", 5.5, 27.5)));
    check("bedrock", "xx.anthropic.claude-opus-5", None);
    check("bedrock", "claude-of-nobody", None);
    check("gemini", "models/gemini-3.8-flash", Some(("Gemini 3.8 Flash", 0.75, 3.75)));
    check("openrouter", "google/gemini-3.8-flash", Some(("Gemini 3.8 Flash", 0.75, 3.75)));
    check("fireworks", "accounts/fireworks/models/kimi-k3", known("fireworks", "kimi-k3").as_ref().map(borrowed));
    assert!(known("fireworks", "kimi-k3").is_some());
    check("groq", "openai/gpt-oss-120b", Some(("GPT-OSS 120B", 0.15, 0.6)));
    check("deepseek", "deepseek-v3", Some(("DeepSeek V3", 0.27, 1.1)));
    check("deepseek", "deepseek-v9", None);
}

fn borrowed((name, input, output): &(String, f64, f64)) -> (&str, f64, f64) {
    (name, *input, *output)
}

#[test]
fn a_profile_says_what_its_model_does() {
    let profile = Profiles::default().profile("openai", "gpt-6-luna").expect("it is known");
    let limits = profile.limits.expect("limits");
    assert_eq!((limits.context, limits.output, limits.input), (1_050_000, 128_000, Some(922_000)));
    let cost = profile.cost.expect("a price");
    assert_eq!((cost.cache_read, cost.cache_write), (Some(0.01), Some(0.125)));
    assert_eq!((cost.cost_tiers[0].above_tokens, cost.cost_tiers[0].input), (272_000, 0.2));
    let efforts: Vec<Effort> = profile.reasoning_effort.expect("efforts").values.iter().map(|it| it.value).collect();
    assert_eq!(efforts, [Effort::None, Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh]);
    assert!(profile.reasoning && profile.tool_call && profile.structured_output && !profile.open_weights);
}

#[test]
fn every_shortlist_is_known_and_every_vendor_has_one() {
    let profiles = Profiles::default();
    for vendor in profiles.vendors() {
        let offered = profiles.shortlist(vendor);
        assert!(!offered.is_empty(), "{vendor}");
        for Offered { model_id, capabilities, profile } in offered {
            assert!(profile.cost.is_some(), "{vendor} {model_id} has no price");
            assert!(
                ["chat", "tools"].iter().all(|word| capabilities.iter().any(|it| it == word)),
                "{vendor} {model_id}"
            );
        }
    }
    assert!(profiles.shortlist("ollama").is_empty());
    let (source, date) = profiles.source();
    assert!(source.starts_with("litellm") && date.starts_with("2026-"));
    assert!(Profiles::shipped().len() < 150_000);
}

#[test]
fn a_wrong_file_is_refused_by_its_part() {
    let file = |change: &dyn Fn(&mut Value)| {
        let mut file = json!({
            "source": "me", "date": "2026-11-25", "vendors": ["openai"], "shortlists": { "openai": ["gpt"] },
            "models": { "openai": { "gpt": { "name": "GPT", "family": "gpt", "cost": { "input": 1.0, "output": 2.0 } } } },
        });
        change(&mut file);
        Profiles::parse(&file.to_string())
            .map(|profiles| profiles.shortlist("openai").len())
            .map_err(|it| it.to_string())
    };
    let check = |change: &dyn Fn(&mut Value), expected: &str| {
        let error = file(change).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    };
    assert_eq!(file(&|_| {}), Ok(1));
    check(&|file| file["source"] = "".into(), "`source`");
    check(&|file| file["vendors"] = json!(["acme"]), "`acme` is no type");
    check(&|file| file["models"] = json!({ "acme": {} }), "`acme` is no type");
    check(&|file| file["models"]["openai"]["gpt"]["cost"]["input"] = json!(-1), "`models.openai.gpt.cost.input`");
    check(&|file| file["models"]["openai"]["gpt"]["limits"] = json!({ "context": 3e9, "output": 1 }), "not a file");
    check(&|file| file["models"]["openai"]["gpt"]["name"] = Value::Null, "not a file");
    let region = json!([{ "of": ["us"], "cost": { "input": 1.0, "output": -2.0 } }]);
    check(&|file| file["models"]["openai"]["gpt"]["regions"] = region.clone(), "`models.openai.gpt.cost.output`");
    assert!(Profiles::parse("{").is_err());
}

#[test]
fn files_are_compared() {
    let file = |models: Value| {
        let file = json!({ "source": "me", "date": "2026-11-25", "vendors": [], "shortlists": {}, "models": { "openai": models } });
        Profiles::parse(&file.to_string()).expect("profiles")
    };
    let model = |name: &str| json!({ "name": name, "family": "f" });
    let before = file(json!({ "a": model("A"), "b-2025-01-01": model("B"), "c": model("C") }));
    let after = file(json!({ "a": model("A"), "b-2025-01-01": model("other"), "d": model("D"), "e": model("E") }));
    assert_eq!((before.count(), after.count()), (3, 4));
    assert_eq!(after.changes_since(&before), Changes { new: 2, different: 1, gone: 1 });
    assert_eq!(after.changes_since(&after), Changes::default());
    assert!(Profiles::default().count() > 200);
}
