//! The lists of models, as each provider writes them, page by page where it has pages.

use serde_json::{Value, json};

/// Models of a page of Anthropic, if the caller does not say.
const ANTHROPIC_PAGE: usize = 20;
/// Models of a page of Gemini, if the caller does not say.
const GEMINI_PAGE: usize = 50;
const PAGE_MAX: usize = 1_000;

/// OpenAI's list, which has no pages.
pub fn openai(models: &[String], created: u64) -> Value {
    let model =
        |id: &String| json!({ "id": id, "object": "model", "created": created, "owned_by": "everruns-simulator" });
    json!({ "object": "list", "data": models.iter().map(model).collect::<Vec<_>>() })
}

/// Anthropic's list: `limit` models behind `after_id`, or before `before_id`.
pub fn anthropic(models: &[String], query: &[(String, String)]) -> Value {
    let limit = number(query, "limit").unwrap_or(ANTHROPIC_PAGE).clamp(1, PAGE_MAX);
    let place = |key: &str| value(query, key).and_then(|id| models.iter().position(|model| model == id));
    let (page, has_more) = match (place("after_id"), place("before_id")) {
        (Some(after), _) => first(&models[after + 1..], limit),
        (None, Some(before)) => {
            let start = before.saturating_sub(limit);
            (&models[start..before], start > 0)
        }
        (None, None) => first(models, limit),
    };
    let model =
        |id: &String| json!({ "type": "model", "id": id, "display_name": id, "created_at": "2026-01-01T00:00:00Z" });
    json!({
        "data": page.iter().map(model).collect::<Vec<_>>(),
        "has_more": has_more,
        "first_id": page.first(),
        "last_id": page.last(),
    })
}

/// Gemini's list: `pageSize` models from where `pageToken` says.
pub fn gemini(models: &[String], query: &[(String, String)]) -> Value {
    let limit = number(query, "pageSize").unwrap_or(GEMINI_PAGE).clamp(1, PAGE_MAX);
    let start = number(query, "pageToken").unwrap_or(0).min(models.len());
    let (page, has_more) = first(&models[start..], limit);
    let model = |id: &String| {
        json!({
            "name": format!("models/{id}"),
            "version": "001",
            "displayName": id,
            "description": "A simulated model",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 2,
            "thinking": true,
        })
    };
    let mut list = json!({ "models": page.iter().map(model).collect::<Vec<_>>() });
    if has_more {
        list["nextPageToken"] = (start + limit).to_string().into();
    }
    list
}

/// Bedrock's list, which has no pages.
pub fn bedrock(models: &[String]) -> Value {
    let model = |id: &String| {
        json!({
            "modelArn": format!("arn:aws:bedrock:us-east-1::foundation-model/{id}"),
            "modelId": id,
            "modelName": id,
            "providerName": "Everruns",
            "inputModalities": ["TEXT", "IMAGE"],
            "outputModalities": ["TEXT"],
            "responseStreamingSupported": true,
            "customizationsSupported": [],
            "inferenceTypesSupported": ["ON_DEMAND"],
            "modelLifecycle": { "status": "ACTIVE" },
        })
    };
    json!({ "modelSummaries": models.iter().map(model).collect::<Vec<_>>() })
}

fn first(models: &[String], limit: usize) -> (&[String], bool) {
    (&models[..limit.min(models.len())], models.len() > limit)
}

fn value<'a>(query: &'a [(String, String)], key: &str) -> Option<&'a str> {
    query.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

fn number(query: &[(String, String)], key: &str) -> Option<usize> {
    value(query, key)?.parse().ok()
}
