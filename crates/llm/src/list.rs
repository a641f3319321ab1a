//! The models that a provider serves now: its list, page by page, without those that no agent can talk to.

use std::collections::HashSet;
use std::time::Duration;

use everruns_core::limits::{PROVIDER_LIST_BYTES_MAX, PROVIDER_LIST_PAGES_MAX, PROVIDER_LIST_SECONDS_MAX};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::time::timeout;

use crate::dialect::{Dialect, anthropic, below};
use crate::failure::{late, unreadable};
use crate::vendor::{Quirk, Vendor};
use crate::{Access, Http, ModelError};

/// The names of the models that the provider serves; `None`: it has no list of them.
pub(crate) async fn list(vendor: &Vendor, http: &Http, access: &Access) -> Result<Option<Vec<String>>, ModelError> {
    // Azure tells what it could serve, and not which deployments the resource has; Bedrock tells it at another address.
    if vendor.has(Quirk::ResourceAddress) || vendor.dialect == Dialect::BedrockConverse {
        return Ok(None);
    }
    let wait = Duration::from_secs(PROVIDER_LIST_SECONDS_MAX);
    match timeout(wait, pages(vendor, http, access)).await {
        Ok(names) => names.map(Some),
        Err(_) => Err(late("the provider did not tell all of its models", wait)),
    }
}

async fn pages(vendor: &Vendor, http: &Http, access: &Access) -> Result<Vec<String>, ModelError> {
    let base = vendor.base(access)?;
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    let mut next = None;
    for _ in 0..PROVIDER_LIST_PAGES_MAX {
        let mut headers = vendor.headers(access)?;
        if vendor.dialect == Dialect::Anthropic {
            headers.push((anthropic::VERSION.0, anthropic::VERSION.1.to_owned()));
        }
        let url = address(vendor.dialect, base, next.as_deref());
        let body = http.get(&url, headers, access, PROVIDER_LIST_BYTES_MAX).await?;
        let page = read(vendor.dialect, &serde_json::from_slice(&body).map_err(unreadable)?)?;
        names.extend(page.names.into_iter().filter(|name| seen.insert(name.clone())));
        next = page.next;
        if next.is_none() {
            return Ok(names);
        }
    }
    Err(unreadable(format!("its list of models has more than {PROVIDER_LIST_PAGES_MAX} pages")))
}

/// Where a page is: the first one, or the one behind `after`.
fn address(dialect: Dialect, base: &str, after: Option<&str>) -> String {
    let (size, key) = match dialect {
        Dialect::Anthropic => ("limit=1000", "after_id"),
        Dialect::Gemini => ("pageSize=1000", "pageToken"),
        _ => return below(base, "models"),
    };
    let after = after.map(|after| format!("&{key}={}", utf8_percent_encode(after, NON_ALPHANUMERIC)));
    below(base, &format!("models?{size}{}", after.unwrap_or_default()))
}

/// A page of a list.
#[derive(Debug, Default, PartialEq)]
struct Page {
    names: Vec<String>,
    /// What the next page is asked for with.
    next: Option<String>,
}

fn read(dialect: Dialect, body: &Value) -> Result<Page, ModelError> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let (key, name) = if dialect == Dialect::Gemini { ("models", "name") } else { ("data", "id") };
    let models = match (body.get(key).unwrap_or(body), dialect) {
        (Value::Array(models), _) => models.as_slice(),
        // Where there is nothing it leaves the list out.
        (Value::Object(_), Dialect::Gemini) => &[],
        _ => return Err(unreadable("there is no list of models in it")),
    };
    let named = models.iter().filter(|model| chats(model)).filter_map(|model| text(model, name));
    let next = match dialect {
        Dialect::Anthropic => text(body, "last_id").filter(|_| body.get("has_more") == Some(&Value::Bool(true))),
        Dialect::Gemini => text(body, "nextPageToken").filter(|token| !token.is_empty()),
        _ => None,
    };
    let bare = |name: String| match name.strip_prefix("models/") {
        Some(bare) if dialect == Dialect::Gemini => bare.to_owned(),
        _ => name,
    };
    Ok(Page { names: named.map(bare).filter(|name| !is_other(name)).collect(), next })
}

/// Whether a model talks, as far as its provider says so: each has a word of its own for it.
fn chats(model: &Value) -> bool {
    let methods = model.get("supportedGenerationMethods").and_then(Value::as_array);
    let generates = methods.is_none_or(|methods| methods.iter().any(|method| method == "generateContent"));
    let kind = model.get("type").and_then(Value::as_str).unwrap_or_default();
    let denies = |pointer: &str| model.pointer(pointer) == Some(&Value::Bool(false));
    generates
        && !matches!(kind, "embedding" | "image" | "video" | "audio" | "moderation" | "rerank" | "transcribe")
        && !denies("/supports_chat")
        && !denies("/capabilities/completion_chat")
}

/// Whether a model does something else than talk, as far as its name says so.
fn is_other(name: &str) -> bool {
    let name = name.to_lowercase();
    OTHERS.iter().any(|word| name.contains(word))
}

const OTHERS: &[&str] = &[
    "embed",
    "tts",
    "whisper",
    "transcribe",
    "dall-e",
    "-image",
    "moderation",
    "rerank",
    "realtime",
    "-audio",
    "sora",
    "babbage",
    "davinci",
    "-live-",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(dialect: Dialect, body: Value, names: &[&str], next: Option<&str>) {
        let expected =
            Page { names: names.iter().map(|name| name.to_string()).collect(), next: next.map(str::to_owned) };
        assert_eq!(read(dialect, &body), Ok(expected), "{body}");
    }

    #[test]
    fn lists_of_every_form() {
        use Dialect::*;
        let ids = |ids: &[&str]| ids.iter().map(|id| json!({"id": id, "object": "model"})).collect::<Vec<_>>();
        let openai = ids(&[
            "gpt-5",
            "text-embedding-3-small",
            "tts-1-hd",
            "whisper-1",
            "dall-e-3",
            "gpt-image-1",
            "omni-moderation-latest",
            "gpt-4o-realtime-preview",
            "gpt-4o-audio-preview",
            "o3",
            "davinci-002",
        ]);
        check(OpenaiResponses, json!({"object": "list", "data": openai}), &["gpt-5", "o3"], None);
        let together =
            json!([{"id": "meta-llama/Llama-3", "type": "chat"}, {"id": "black-forest/flux", "type": "image"}]);
        check(OpenaiChat, together, &["meta-llama/Llama-3"], None);
        let mistral = json!({"data": [{"id": "mistral-large", "capabilities": {"completion_chat": true}},
            {"id": "mistral-ocr", "capabilities": {"completion_chat": false}}]});
        check(OpenaiChat, mistral, &["mistral-large"], None);
        check(OpenaiChat, json!({"data": [{"id": "a", "supports_chat": false}, {"name": "b"}]}), &[], None);
        let claude = |more: bool| json!({"data": ids(&["claude-a"]), "has_more": more, "last_id": "claude-a"});
        check(Anthropic, claude(true), &["claude-a"], Some("claude-a"));
        check(Anthropic, claude(false), &["claude-a"], None);
        let model = |name: &str, method: &str| json!({"name": name, "supportedGenerationMethods": [method]});
        let gemini = json!({"nextPageToken": "t=", "models": [model("models/gemini-3-pro", "generateContent"),
            model("models/imagen-4", "predict"), model("models/gemini-2.5-flash-preview-tts", "generateContent"),
            model("tunedModels/mine", "generateContent")]});
        check(Gemini, gemini, &["gemini-3-pro", "tunedModels/mine"], Some("t="));
        check(Gemini, json!({}), &[], None);
    }

    #[test]
    fn pages_have_addresses() {
        let base = "https://example.com/v1/";
        assert_eq!(address(Dialect::OpenaiChat, base, Some("x")), "https://example.com/v1/models");
        assert_eq!(address(Dialect::Anthropic, base, None), "https://example.com/v1/models?limit=1000");
        let next = "https://example.com/v1/models?pageSize=1000&pageToken=a%2Bb%26c%3D";
        assert_eq!(address(Dialect::Gemini, base, Some("a+b&c=")), next);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for body in [json!({"data": {}}), json!("hello"), json!({"object": "list"}), Value::Null] {
            assert!(read(Dialect::OpenaiChat, &body).is_err(), "{body}");
        }
        assert!(read(Dialect::Gemini, &json!([1])).is_ok_and(|page| page.names.is_empty()));
    }
}
