//! Vendors: rows of data over the dialects. A new vendor is a new row.

use everruns_core::ErrorCode;

use crate::dialect::Dialect;
use crate::{Access, ModelError};

/// Where and how a vendor is spoken to.
#[derive(Debug)]
pub(crate) struct Vendor {
    /// The provider's type.
    pub(crate) provider_type: &'static str,
    /// The dialect it speaks.
    pub(crate) dialect: Dialect,
    /// Where it answers; `None`: each provider says so itself.
    pub(crate) base_url: Option<&'static str>,
    /// How it is shown the key.
    pub(crate) auth: Auth,
    /// Where it differs from the others of its dialect.
    pub(crate) quirks: &'static [Quirk],
}

/// How a key is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// `Authorization: Bearer`.
    Bearer,
    /// The same where there is a key; servers on one's own machine need none.
    BearerIfAny,
    /// A header of its own.
    Header(&'static str),
}

/// How a vendor differs from its dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// It refuses `stream_options` and counts tokens without being asked.
    CountsUnasked,
    /// Ids of calls have exactly nine letters and digits.
    NineLetterCallIds,
    /// Effort is an object, `reasoning: {"effort": …}`.
    EffortObject,
    /// It knows no `reasoning_effort`.
    NoEffort,
    /// It wants `reasoning_content` back with messages that have calls.
    ReasoningBack,
    /// It wants `reasoning_details` back.
    ReasoningDetailsBack,
    /// It tells the cost when asked with `usage: {"include": true}`.
    TellsCost,
    /// It keeps prompts in a cache by `prompt_cache_key`.
    CacheKey,
    /// It holds answers to a JSON schema (`response_format`).
    JsonSchema,
    /// Its base may be the address of a resource, which answers further below.
    ResourceAddress,
}

use Auth::{Bearer, BearerIfAny, Header};
use Dialect::{Anthropic, BedrockConverse, Gemini, OpenaiChat, OpenaiResponses};
use Quirk::*;

#[rustfmt::skip]
const VENDORS: &[Vendor] = &[
    row("openai", OpenaiResponses, Some("https://api.openai.com/v1"), Bearer, &[CacheKey]),
    row("azure_openai", OpenaiResponses, None, Header("api-key"), &[CacheKey, ResourceAddress]),
    row("gemini", Gemini, Some("https://generativelanguage.googleapis.com/v1beta"), Header("x-goog-api-key"), &[]),
    row("openrouter", OpenaiChat, Some("https://openrouter.ai/api/v1"), Bearer,
        &[EffortObject, ReasoningDetailsBack, TellsCost, JsonSchema]),
    row("groq", OpenaiChat, Some("https://api.groq.com/openai/v1"), Bearer, &[JsonSchema]),
    row("mistral", OpenaiChat, Some("https://api.mistral.ai/v1"), Bearer,
        &[CountsUnasked, NineLetterCallIds, NoEffort, JsonSchema]),
    row("deepseek", OpenaiChat, Some("https://api.deepseek.com/v1"), Bearer, &[ReasoningBack, NoEffort]),
    row("xai", OpenaiChat, Some("https://api.x.ai/v1"), Bearer, &[JsonSchema]),
    row("together", OpenaiChat, Some("https://api.together.xyz/v1"), Bearer, &[JsonSchema]),
    row("fireworks", OpenaiChat, Some("https://api.fireworks.ai/inference/v1"), Bearer, &[JsonSchema]),
    row("ollama", OpenaiChat, Some("http://localhost:11434/v1"), BearerIfAny, &[JsonSchema]),
    row("vllm", OpenaiChat, Some("http://localhost:8000/v1"), BearerIfAny, &[JsonSchema]),
    row("lmstudio", OpenaiChat, Some("http://localhost:1234/v1"), BearerIfAny, &[JsonSchema]),
    // It signs, and its address has the region in it.
    row("bedrock", BedrockConverse, None, BearerIfAny, &[]),
    row("anthropic", Anthropic, Some("https://api.anthropic.com/v1"), Header("x-api-key"), &[]),
    row("mai", OpenaiChat, None, Header("api-key"), &[NoEffort]),
    row("openai_completions", OpenaiChat, None, BearerIfAny, &[JsonSchema]),
];

const fn row(
    provider_type: &'static str,
    dialect: Dialect,
    base_url: Option<&'static str>,
    auth: Auth,
    quirks: &'static [Quirk],
) -> Vendor {
    Vendor { provider_type, dialect, base_url, auth, quirks }
}

impl Vendor {
    /// All of them.
    pub(crate) fn all() -> &'static [Self] {
        VENDORS
    }

    /// The one whose providers are of this type.
    #[cfg(test)]
    pub(crate) fn of(provider_type: &str) -> &'static Self {
        VENDORS.iter().find(|vendor| vendor.provider_type == provider_type).expect("a vendor")
    }

    /// The headers that show the key.
    pub(crate) fn headers(&self, access: &Access) -> Result<Vec<(&'static str, String)>, ModelError> {
        let bearer = |key: &str| vec![("authorization", format!("Bearer {key}"))];
        Ok(match self.auth {
            Auth::Bearer => bearer(access.required("api_key")?),
            Auth::BearerIfAny => access.key("api_key").map(bearer).unwrap_or_default(),
            Auth::Header(name) => vec![(name, access.required("api_key")?.to_owned())],
        })
    }

    /// The address below which this provider answers.
    pub(crate) fn base<'a>(&self, access: &'a Access) -> Result<&'a str, ModelError>
    where
        'static: 'a,
    {
        access.base_url.as_deref().or(self.base_url).ok_or_else(|| {
            let message = "the provider has no `base_url`, which providers of its type need";
            ModelError::permanent(ErrorCode::ProviderMisconfigured, message)
        })
    }

    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_vendor_has_one_row_and_a_plain_address() {
        let types: HashSet<&str> = VENDORS.iter().map(|vendor| vendor.provider_type).collect();
        assert_eq!(types.len(), VENDORS.len());
        for url in VENDORS.iter().filter_map(|vendor| vendor.base_url) {
            assert!(url.starts_with("http") && !url.ends_with('/'), "{url}");
        }
    }
}
