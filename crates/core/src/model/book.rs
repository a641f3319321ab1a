//! The book of models: every provider and model that an organization has, and which one a text names.
//!
//! A text is a model's id, `provider/model`, or the provider's own name for the model. Callers' texts are kept as they
//! are; they are looked up when they are written and again when a turn opens.

use super::{Model, Offered, Profile, Provider, ProviderStatus, SIMULATED, SIMULATOR, ServedBy, Source};
use crate::{ModelId, Timestamp};

/// A model and what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The model.
    pub model: Model,
    /// What is known about it.
    pub profile: Option<Profile>,
}

/// What an organization has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Its providers, oldest first, the built-in one last.
    pub providers: Vec<Provider>,
    /// Its models in the order of their providers, each provider's oldest first.
    pub entries: Vec<Entry>,
}

/// The model that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What the driver needs: the provider's type, a slash, and the provider's name for the model.
    pub model: String,
    /// Whose it is.
    pub served_by: ServedBy,
}

/// Why a text names no model that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChosen {
    /// There is no such model.
    #[error("names an unknown model; use an id, `provider/model` or a name of `GET /v1/models`, such as `llmsim/echo`")]
    Unknown,
    /// It or its provider is switched off.
    #[error("names a model that is switched off; enable it and its provider, or choose another")]
    Disabled,
}

/// How a text names a provider, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Id,
    Name,
    Type,
}

impl Book {
    /// Puts what is stored together with the simulated models that every organization has. A stored row with the id of
    /// a built-in model says whether that is enabled and liked.
    pub fn new(mut providers: Vec<Provider>, mut models: Vec<Model>, simulated: Vec<Offered>) -> Self {
        let mut entries = Vec::new();
        for provider in &providers {
            let (mut own, rest): (Vec<Model>, _) =
                models.into_iter().partition(|model| model.provider_id == provider.id);
            models = rest;
            own.sort_by_key(|model| (model.created_at, model.id));
            entries.extend(own.into_iter().map(|model| {
                let known = simulated.iter().find(|offered| offered.model_id == model.model_id);
                let known = known.filter(|_| provider.provider_type == SIMULATED);
                Entry { profile: known.map(|offered| offered.profile.clone()), model }
            }));
        }
        if !simulated.is_empty() {
            providers.push(simulator());
        }
        for offered in simulated {
            let built_in = built_in(&offered);
            let set = models.iter().find(|model| model.id == built_in.id);
            let model = match set {
                Some(set) => {
                    Model { enabled: set.enabled, is_favorite: set.is_favorite, updated_at: set.updated_at, ..built_in }
                }
                None => built_in,
            };
            entries.push(Entry { model, profile: Some(offered.profile) });
        }
        Self { providers, entries }
    }

    /// The provider with this id.
    pub fn provider(&self, id: crate::ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// The model with this id.
    pub fn entry(&self, id: ModelId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.model.id == id)
    }

    /// The model that a text names. Of several that can be used, the provider that is named best and oldest wins.
    pub fn choose(&self, text: &str) -> Result<Chosen, NotChosen> {
        let id: Option<ModelId> = text.parse().ok();
        let found = self.entries.iter().filter_map(|entry| {
            let provider = self.provider(entry.model.provider_id)?;
            let (how, name) = if id == Some(entry.model.id) {
                (Match::Id, entry.model.model_id.as_str())
            } else {
                named(provider, &entry.model, text)?
            };
            let usable = entry.model.enabled && provider.status == ProviderStatus::Active;
            Some((!usable, how, entry, provider, name))
        });
        // The first of equals: `min_by_key` keeps the order of the book.
        match found.min_by_key(|(unusable, how, ..)| (*unusable, *how)) {
            None => Err(NotChosen::Unknown),
            Some((true, ..)) => Err(NotChosen::Disabled),
            Some((false, _, entry, provider, name)) => Ok(Chosen {
                model: format!("{}/{name}", provider.provider_type),
                served_by: ServedBy { model_id: entry.model.id, provider_id: provider.id },
            }),
        }
    }
}

/// How the text names the provider's model, and by which name the driver is asked for it.
fn named<'a>(provider: &Provider, model: &Model, text: &'a str) -> Option<(Match, &'a str)> {
    let split = text.split_once('/').and_then(|(before, name)| {
        let how = if before.parse() == Ok(provider.id) {
            Match::Id
        } else if before.eq_ignore_ascii_case(&provider.name) {
            Match::Name
        } else if before == provider.provider_type {
            Match::Type
        } else {
            return None;
        };
        is_name(provider, model, name).then_some((how, name))
    });
    split.or_else(|| is_name(provider, model, text).then_some((Match::Type, text)))
}

/// Simulated models take parameters behind their names.
fn is_name(provider: &Provider, model: &Model, name: &str) -> bool {
    let bare = name.split_once('?').map(|(bare, _)| bare).filter(|_| provider.provider_type == SIMULATED);
    model.model_id == name || bare == Some(model.model_id.as_str())
}

/// The provider of the simulated models that every organization has.
fn simulator() -> Provider {
    let at = made_at(SIMULATOR.0);
    Provider {
        id: SIMULATOR,
        name: "Simulated models".to_owned(),
        provider_type: SIMULATED.to_owned(),
        base_url: None,
        api_key_set: false,
        status: ProviderStatus::Active,
        is_built_in: true,
        last_synced_at: None,
        created_at: at,
        updated_at: at,
    }
}

/// A model of that provider; its id is the same in every organization.
fn built_in(offered: &Offered) -> Model {
    let id = ModelId::built_in(SIMULATOR, &offered.model_id);
    let at = made_at(SIMULATOR.0);
    Model {
        id,
        provider_id: SIMULATOR,
        model_id: offered.model_id.clone(),
        display_name: offered.profile.name.clone(),
        capabilities: offered.capabilities.clone(),
        enabled: true,
        is_favorite: false,
        source: Source::Predefined,
        is_stale: false,
        created_at: at,
        updated_at: at,
    }
}

/// The time that an id carries: what is built in was made when its id was.
fn made_at(id: uuid::Uuid) -> Timestamp {
    Timestamp::from_micros(((id.as_u128() >> 80) as i64).saturating_mul(1_000))
}

#[cfg(test)]
mod tests;
