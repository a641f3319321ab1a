//! `/v1/models` and `/v1/providers/{id}/models`: what agents can think with.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::{Client, Error, Seen};

/// The models of the caller's organization.
#[derive(Clone, Copy, Debug)]
pub struct Models<'a>(pub(crate) &'a Client);

/// A model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Model {
    /// Its id, `model_…`.
    pub id: String,
    /// What the provider calls it.
    pub model_id: String,
    /// For people.
    pub display_name: String,
    /// Whose it is.
    pub provider_id: String,
    /// Whose it is, for people; lists and gets have it.
    pub provider_name: Option<String>,
    /// What the provider speaks; lists and gets have it.
    pub provider_type: Option<String>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether the caller marked it.
    #[serde(default)]
    pub is_favorite: bool,
    /// `manual`, `discovered` or `predefined`.
    pub source: String,
}

/// Which models to list. The default is all that can be used.
#[derive(Clone, Debug, Default)]
pub struct ListModels {
    /// Only `manual`, `discovered` or `predefined` ones.
    pub source: Option<String>,
    /// Whether to list those that their provider no longer has too; the server decides otherwise.
    pub include_stale: Option<bool>,
    /// Only those that the caller marked.
    pub favorites_only: bool,
    /// Words that must all occur in the model's texts.
    pub search: Option<String>,
}

impl Models<'_> {
    /// The models of all providers; the list comes whole.
    pub async fn list(&self, options: &ListModels) -> Result<Vec<Seen<Model>>, Error> {
        let call = self.0.get(&["models"]).query("source", options.source.as_ref());
        call.query("include_stale", options.include_stale)
            .flag("favorites_only", options.favorites_only)
            .query("search", options.search.as_ref())
            .items()
            .await
    }

    /// The model with this id.
    pub async fn get(&self, id: impl Display) -> Result<Seen<Model>, Error> {
        self.0.get(&["models", &id.to_string()]).answer().await
    }

    /// The models of one provider; the list comes whole.
    pub async fn list_of(&self, provider: impl Display) -> Result<Vec<Seen<Model>>, Error> {
        self.0.get(&["providers", &provider.to_string(), "models"]).items().await
    }

    /// Adds a model to a provider: `model_id`, `display_name`, and whatever else `spec` has.
    pub async fn create<T: Serialize + ?Sized>(&self, provider: impl Display, spec: &T) -> Result<Seen<Model>, Error> {
        self.0.post(&["providers", &provider.to_string(), "models"]).json(spec).answer().await
    }

    /// Changes the fields that `changes` has and leaves the others.
    pub async fn update<T: Serialize + ?Sized>(&self, id: impl Display, changes: &T) -> Result<Seen<Model>, Error> {
        self.0.patch(&["models", &id.to_string()]).json(changes).answer().await
    }

    /// Takes the model away.
    pub async fn delete(&self, id: impl Display) -> Result<(), Error> {
        self.0.delete(&["models", &id.to_string()]).done().await
    }
}
