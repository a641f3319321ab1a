//! The book of models: every provider and model that an organization has, and which one a text names.
//!
//! A text is a model's id, `provider/model`, or the provider's own name for the model. Callers' texts are kept as they
//! are; they are looked up when they are written and again when a turn opens.

use super::{Model, Offered, Profile, Provider, ProviderStatus, SIMULATED, ServedBy, Source};
use crate::{ModelId, ProviderId};

/// A model and what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The model.
    pub model: Model,
    /// What is known about it.
    pub profile: Option<Profile>,
}

impl Entry {
    /// What somebody says goes over what is known; of a model of which nobody knows anything that alone is its profile.
    fn new(model: Model, known: Option<Profile>) -> Self {
        let profile = match &model.overrides {
            Some(said) => {
                let (name, family) = (model.display_name.clone(), model.model_id.clone());
                Some(said.over(known.unwrap_or_else(|| Profile { name, family, ..Profile::default() })))
            }
            None => known,
        };
        Self { model, profile }
    }
}

/// What an organization has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Its providers, oldest first, the built-in one last.
    pub providers: Vec<Provider>,
    /// Its models in the order of their providers, each provider's oldest first.
    pub entries: Vec<Entry>,
    /// The model of sessions that name none, if one was chosen for the organization and is there.
    pub default_model: Option<ModelId>,
    /// Providers whose keys no master key of the server opens.
    pub locked: Vec<ProviderId>,
}

/// What stands in every book of a server.
pub struct Ground<'a> {
    /// The providers that every organization has, with what they serve.
    pub built_in: Vec<(Provider, Vec<Offered>)>,
    /// What is known about the model that providers of a type call so.
    pub known: &'a dyn Fn(&str, &str) -> Option<Profile>,
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
    /// Puts what is stored together with what every organization has. A stored row with the id of a built-in model says
    /// whether that is enabled and liked, and what is said over what is known of it.
    pub fn new(
        mut providers: Vec<Provider>,
        mut models: Vec<Model>,
        default_model: Option<ModelId>,
        ground: Ground<'_>,
    ) -> Self {
        let mut entries = Vec::new();
        for provider in &providers {
            let (mut own, rest): (Vec<Model>, _) =
                models.into_iter().partition(|model| model.provider_id == provider.id);
            models = rest;
            own.sort_by_key(|model| (model.created_at, model.id));
            entries.extend(own.into_iter().map(|model| {
                let known = (ground.known)(&provider.provider_type, &model.model_id);
                Entry::new(model, known)
            }));
        }
        for (provider, offered) in ground.built_in {
            entries.extend(offered.into_iter().map(|offered| {
                let mut model = built_in(&provider, &offered);
                if let Some(set) = models.iter().find(|set| set.id == model.id) {
                    model.enabled = set.enabled;
                    model.is_favorite = set.is_favorite;
                    model.overrides = set.overrides.clone();
                    model.updated_at = set.updated_at;
                }
                Entry::new(model, Some(offered.profile))
            }));
            providers.push(provider);
        }
        let mut book = Self { providers, entries, default_model: None, locked: Vec::new() };
        book.default_model = default_model.filter(|id| book.entry(*id).is_some());
        book
    }

    /// Whether a provider is used, and has the key that it takes, in a form that opens.
    pub fn is_ready(&self, provider: &Provider) -> bool {
        provider.is_ready() && !self.locked.contains(&provider.id)
    }

    /// The model that an organization without a default gets: of the first of these types that is ready, what its
    /// shortlist begins with, else its oldest model for chats. Simulated ones are no choice.
    pub fn elect(&self, types: &[String], shortlist: &dyn Fn(&str) -> Vec<String>) -> Option<ModelId> {
        let rank = |provider: &&Provider| {
            types.iter().position(|known| *known == provider.provider_type).unwrap_or(types.len())
        };
        let mut ready: Vec<&Provider> = self.providers.iter().filter(|provider| self.is_ready(provider)).collect();
        ready.retain(|provider| provider.provider_type != SIMULATED);
        ready.sort_by_key(rank);
        ready.into_iter().find_map(|provider| {
            let usable =
                |entry: &&Entry| entry.model.provider_id == provider.id && entry.model.enabled && !entry.model.is_stale;
            let own = || self.entries.iter().filter(usable);
            let listed = shortlist(&provider.provider_type);
            let first = listed.iter().find_map(|name| own().find(|entry| entry.model.model_id == *name));
            let chats = || own().find(|entry| entry.model.capabilities.iter().any(|word| word == "chat"));
            first.or_else(chats).map(|entry| entry.model.id)
        })
    }

    /// The text that names the organization's default model, if that can be used.
    pub fn default_name(&self) -> Option<String> {
        let name = self.default_model?.to_string();
        self.choose(&name).is_ok().then_some(name)
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

/// A model of a built-in provider; its id is the same in every organization.
fn built_in(provider: &Provider, offered: &Offered) -> Model {
    Model {
        id: ModelId::built_in(provider.id, &offered.model_id),
        provider_id: provider.id,
        model_id: offered.model_id.clone(),
        display_name: offered.profile.name.clone(),
        capabilities: offered.capabilities.clone(),
        enabled: true,
        is_favorite: false,
        source: Source::Predefined,
        is_stale: false,
        overrides: None,
        created_at: provider.created_at,
        updated_at: provider.created_at,
    }
}

#[cfg(test)]
mod tests;
