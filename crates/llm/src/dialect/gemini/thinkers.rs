//! How models of Gemini are told to think: by a budget of tokens until 2.5, by a level since.

use serde_json::{Value, json};

use super::super::effort::nearest;

/// Whether a model belongs to Gemini 3 or to what came after.
pub(super) fn is_third(model: &str) -> bool {
    let is_older = ["gemini-1", "gemini-2"].iter().any(|prefix| model.starts_with(prefix));
    model.starts_with("gemini-") && !is_older
}

/// `thinkingConfig`; `None` for models that do not think, which refuse it.
pub(super) fn thinking(model: &str, wanted: Option<&str>) -> Option<Value> {
    let draws_or_speaks = ["-image", "-tts"].iter().any(|word| model.contains(word));
    if draws_or_speaks {
        return None;
    }
    let mut config = json!({"includeThoughts": true});
    if model.starts_with("gemini-2.5") {
        if let Some(budget) = wanted.and_then(|wanted| budget(model, wanted)) {
            config["thinkingBudget"] = budget.into();
        }
        return Some(config);
    }
    if !is_third(model) {
        return None;
    }
    if let Some(wanted) = wanted {
        config["thinkingLevel"] = nearest(levels(model), wanted).into();
    }
    Some(config)
}

fn levels(model: &str) -> &'static [&'static str] {
    if model.starts_with("gemini-3-pro") {
        &["low", "high"]
    } else if model.contains("-pro") {
        &["low", "medium", "high"]
    } else {
        &["minimal", "low", "medium", "high"]
    }
}

/// Tokens for an effort, within what the model allows.
fn budget(model: &str, effort: &str) -> Option<u32> {
    let (least, most, can_rest) = if model.contains("-pro") {
        (128, 32_768, false)
    } else if model.contains("-lite") {
        (512, 24_576, true)
    } else {
        (1, 24_576, true)
    };
    let tokens: u32 = match effort {
        "none" if can_rest => return Some(0),
        "none" => least,
        "minimal" => 512,
        "low" => 1_024,
        "medium" => 8_192,
        "high" => 24_576,
        "xhigh" => most,
        _ => return None,
    };
    Some(tokens.clamp(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(model: &str, wanted: &str, expected: Value) {
        let mut told = thinking(model, Some(wanted)).unwrap_or_default();
        if let Some(told) = told.as_object_mut() {
            assert_eq!(told.remove("includeThoughts"), Some(json!(true)));
        }
        assert_eq!(told, expected, "{model} {wanted}");
    }

    #[test]
    fn models_are_told_what_they_take() {
        check("gemini-2.5-flash", "none", json!({"thinkingBudget": 0}));
        check("gemini-2.5-pro", "none", json!({"thinkingBudget": 128}));
        check("gemini-2.5-pro", "xhigh", json!({"thinkingBudget": 32_768}));
        check("gemini-2.5-flash-lite", "minimal", json!({"thinkingBudget": 512}));
        check("gemini-2.5-flash", "medium", json!({"thinkingBudget": 8_192}));
        check("gemini-2.5-flash", "xhigh", json!({"thinkingBudget": 24_576}));
        check("gemini-3-pro-preview", "medium", json!({"thinkingLevel": "high"}));
        check("gemini-3.1-pro-preview", "medium", json!({"thinkingLevel": "medium"}));
        check("gemini-3-flash-preview", "none", json!({"thinkingLevel": "minimal"}));
        check("gemini-flash-latest", "xhigh", json!({"thinkingLevel": "high"}));
        check("gemini-2.0-flash", "high", Value::Null);
        check("gemini-2.5-flash-image", "high", Value::Null);
        check("gemma-3-27b-it", "high", Value::Null);
        assert_eq!(thinking("gemini-3-flash", None), Some(json!({"includeThoughts": true})));
    }
}
