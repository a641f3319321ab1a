//! Who made a model, told from its name. Clients know these vendors alone and fail on any other.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SIMULATED;

/// Who made a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is the vendor's own name")]
pub enum Vendor {
    OpenAi,
    Anthropic,
    Google,
    Nvidia,
    Qwen,
    Microsoft,
    MiniMax,
    MoonShot,
    Xai,
    LlmSim,
}

/// How the names of a vendor's models begin.
const BEGINNINGS: &[(&str, Vendor)] = &[
    ("gpt-", Vendor::OpenAi),
    ("chatgpt-", Vendor::OpenAi),
    ("o1", Vendor::OpenAi),
    ("o3", Vendor::OpenAi),
    ("o4", Vendor::OpenAi),
    ("claude", Vendor::Anthropic),
    ("gemini", Vendor::Google),
    ("gemma", Vendor::Google),
    ("nemotron", Vendor::Nvidia),
    ("qwen", Vendor::Qwen),
    ("qwq", Vendor::Qwen),
    ("phi-", Vendor::Microsoft),
    ("mai-", Vendor::Microsoft),
    ("minimax", Vendor::MiniMax),
    ("kimi", Vendor::MoonShot),
    ("moonshot", Vendor::MoonShot),
    ("grok", Vendor::Xai),
];

impl Vendor {
    /// Who made the model that a provider of this type calls so; `None`: nobody whom clients know. Gateways and Bedrock
    /// put the vendor before the name (`openai/gpt-5`, `anthropic.claude-…`), which does not matter.
    pub fn of(provider_type: &str, model_id: &str) -> Option<Self> {
        if provider_type == SIMULATED {
            return Some(Self::LlmSim);
        }
        let name = model_id.to_lowercase();
        let mut names = name.split(['/', '.', ':']);
        names.find_map(|name| BEGINNINGS.iter().find(|(beginning, _)| name.starts_with(beginning))).map(|(_, it)| *it)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_tell_their_vendor() {
        #[track_caller]
        fn check(provider_type: &str, model_id: &str, expected: Option<&str>) {
            assert_eq!(json!(Vendor::of(provider_type, model_id)), json!(expected), "{provider_type} {model_id}");
        }
        check("openai", "gpt-5.2", Some("openai"));
        check("azure_openai", "o3-mini", Some("openai"));
        check("openrouter", "Anthropic/Claude-Opus-5", Some("anthropic"));
        check("bedrock", "eu.anthropic.claude-sonnet-4", Some("anthropic"));
        check("gemini", "models/gemini-3", Some("google"));
        check("openai_completions", "nvidia/nemotron-4", Some("nvidia"));
        check("fireworks", "accounts/fireworks/models/qwen3", Some("qwen"));
        check("mai", "mai-1", Some("microsoft"));
        check("openrouter", "minimax/minimax-m2", Some("minimax"));
        check("openrouter", "moonshotai/kimi-k2", Some("moonshot"));
        check("openrouter", "x-ai/grok-4", Some("xai"));
        check("llmsim", "echo", Some("llmsim"));
        check("openai", "mistral-large", None);
        check("openai", "", None);
    }
}
