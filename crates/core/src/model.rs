//! Models and the providers that serve them, as the API shows them; [`book`] finds the one that somebody names.

pub mod book;
mod profile;
mod vendor;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ModelId, ProviderId, Timestamp};

pub use profile::{
    Cost, CostTier, Effort, EffortChoice, Efforts, Limits, Modalities, Modality, Profile, ProfileChange,
};
pub use vendor::Vendor;

/// The words for the ways to speak with a provider. New ones come last: the ids of built-in providers are made of their
/// places.
pub const PROVIDER_TYPES: &[&str] = &[
    "openai",
    "openrouter",
    "azure_openai",
    "openai_completions",
    "anthropic",
    "gemini",
    "llmsim",
    "bedrock",
    "mai",
    "fireworks",
    "groq",
    "mistral",
    "deepseek",
    "xai",
    "together",
    "ollama",
    "vllm",
    "lmstudio",
];

/// The word for the simulated models, which need no key.
pub const SIMULATED: &str = "llmsim";

/// Types whose servers usually stand in one's own network and ask for no key.
pub const KEYLESS: &[&str] = &[SIMULATED, "ollama", "vllm", "lmstudio"];

/// The provider of the simulated models that every organization has, read-only.
pub const SIMULATOR: ProviderId = ProviderId::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0010);

impl ProviderId {
    /// The built-in provider of this type, the same in every organization.
    pub fn built_in(provider_type: &str) -> Self {
        if provider_type == SIMULATED {
            return SIMULATOR;
        }
        let place = PROVIDER_TYPES.iter().position(|known| *known == provider_type).unwrap_or(PROVIDER_TYPES.len());
        Self::from_u128(SIMULATOR.0.as_u128() + 0x100 + place as u128)
    }
}

/// Whether a provider is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderStatus {
    /// Yes.
    Active,
    /// Somebody switched it off.
    Disabled,
}

impl ProviderStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// The status that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Disabled].into_iter().find(|status| status.as_str() == word)
    }
}

/// Who serves models. Its keys are never shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// For people, and for `name/model`.
    pub name: String,
    /// How to speak with it: one of [`PROVIDER_TYPES`].
    pub provider_type: String,
    /// Where it answers; none: where providers of this type usually do.
    pub base_url: Option<String>,
    /// Whether a key is stored for it.
    pub api_key_set: bool,
    /// Whether it is used.
    pub status: ProviderStatus,
    /// Whether every organization has it from the start; it cannot be changed then.
    pub is_built_in: bool,
    /// When its models were last asked for.
    pub last_synced_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Provider {
    /// Whether it is used and has the key that it takes. One of another address may do without.
    pub fn is_ready(&self) -> bool {
        let needs_key = !KEYLESS.contains(&self.provider_type.as_str()) && self.base_url.is_none();
        self.status == ProviderStatus::Active && (self.api_key_set || !needs_key)
    }

    /// The provider of this type that every organization has; it was made when its id was.
    pub fn built_in(provider_type: &str, name: &str) -> Self {
        let id = ProviderId::built_in(provider_type);
        let at = Timestamp::from_micros(((id.0.as_u128() >> 80) as i64).saturating_mul(1_000));
        Self {
            id,
            name: name.to_owned(),
            provider_type: provider_type.to_owned(),
            base_url: None,
            api_key_set: provider_type != SIMULATED,
            status: ProviderStatus::Active,
            is_built_in: true,
            last_synced_at: None,
            created_at: at,
            updated_at: at,
        }
    }
}

/// How a model came into the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somebody added it.
    Manual,
    /// Its provider told of it.
    Discovered,
    /// It came with the server.
    Predefined,
}

impl Source {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Discovered => "discovered",
            Self::Predefined => "predefined",
        }
    }

    /// The source that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Manual, Self::Discovered, Self::Predefined].into_iter().find(|source| source.as_str() == word)
    }
}

/// A model of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// Who serves it.
    pub provider_id: ProviderId,
    /// What its provider calls it.
    pub model_id: String,
    /// For people.
    pub display_name: String,
    /// What it is good for, such as `chat`.
    pub capabilities: Vec<String>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether somebody likes it.
    pub is_favorite: bool,
    /// How it came into the list.
    pub source: Source,
    /// Whether its provider did not tell of it any more when it was last asked.
    pub is_stale: bool,
    /// What somebody says of it over what is known.
    #[serde(skip)]
    pub overrides: Option<ProfileChange>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A model that a driver says it serves.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// What the provider calls it.
    pub model_id: String,
    /// What it is good for, such as `chat`.
    pub capabilities: Vec<String>,
    /// What is known about it.
    pub profile: Profile,
}

/// Whose model a turn is pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedBy {
    /// The model.
    pub model_id: ModelId,
    /// Who serves it.
    pub provider_id: ProviderId,
}
