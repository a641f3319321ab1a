//! The vendors that stand for their dialects, and how each is set up.

use everruns_simulator::Settings;
use serde_json::{Value, json};

use super::canary::CANARY;

/// A provider type that speaks a dialect, and a model that thinks in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vendor {
    pub(super) provider_type: &'static str,
    pub(super) model: &'static str,
    /// What its base address has behind the server's.
    path: &'static str,
    /// Whether its requests are signed, so that the key itself never travels.
    is_signed: bool,
}

pub(super) const VENDORS: &[Vendor] = &[
    Vendor { provider_type: "openai", model: "gpt-5", path: "/v1", is_signed: false },
    Vendor { provider_type: "openai_completions", model: "any-model", path: "/v1", is_signed: false },
    Vendor { provider_type: "anthropic", model: "claude-sonnet-4-5", path: "/v1", is_signed: false },
    Vendor { provider_type: "gemini", model: "gemini-2.5-pro", path: "/v1beta", is_signed: false },
    Vendor {
        provider_type: "bedrock",
        model: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        path: "",
        is_signed: true,
    },
];

/// Newer models, which are asked in another way.
pub(super) const MORE: &[Vendor] = &[
    Vendor { provider_type: "anthropic", model: "claude-opus-5-5", path: "/v1", is_signed: false },
    Vendor { provider_type: "gemini", model: "gemini-3-pro-preview", path: "/v1beta", is_signed: false },
];

impl Vendor {
    /// The provider to be made, under this name.
    pub(super) fn spec(&self, name: &str, url: &str) -> Value {
        let base_url = format!("{url}{}", self.path);
        let mut spec = json!({"name": name, "provider_type": self.provider_type, "base_url": base_url});
        if self.is_signed {
            spec["credentials"] =
                json!({"access_key_id": "AKIDPROVE", "secret_access_key": CANARY, "region": "eu-north-1"});
        } else {
            spec["api_key"] = CANARY.into();
        }
        spec
    }

    /// A provider that takes that key and no other.
    pub(super) fn settings(&self) -> Settings {
        match self.is_signed {
            true => Settings { secret: Some(CANARY.to_owned()), ..Settings::default() },
            false => Settings { key: Some(CANARY.to_owned()), ..Settings::default() },
        }
    }
}
