//! `/v1/providers`: where models come from.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Client, Error, Seen};

/// The providers of the caller's organization.
#[derive(Clone, Copy, Debug)]
pub struct Providers<'a>(pub(crate) &'a Client);

/// A provider. Its key is never shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Provider {
    /// Its id, `provider_…`.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it speaks, such as `openai` or `llmsim`.
    pub provider_type: String,
    /// Where it is, if not at its usual place.
    pub base_url: Option<String>,
    /// Whether a key was given.
    #[serde(default)]
    pub api_key_set: bool,
    /// Where it stands in its life.
    pub status: Option<String>,
}

impl Providers<'_> {
    /// Makes a provider of `name`, `provider_type` and, if it needs them, `api_key` and `base_url`.
    pub async fn create<T: Serialize + ?Sized>(&self, spec: &T) -> Result<Seen<Provider>, Error> {
        self.0.post(&["providers"]).json(spec).answer().await
    }

    /// The providers; the list comes whole.
    pub async fn list(&self) -> Result<Vec<Seen<Provider>>, Error> {
        self.0.get(&["providers"]).items().await
    }

    /// The provider with this id.
    pub async fn get(&self, id: impl Display) -> Result<Seen<Provider>, Error> {
        self.0.get(&["providers", &id.to_string()]).answer().await
    }

    /// Changes the fields that `changes` has and leaves the others.
    pub async fn update<T: Serialize + ?Sized>(&self, id: impl Display, changes: &T) -> Result<Seen<Provider>, Error> {
        self.0.patch(&["providers", &id.to_string()]).json(changes).answer().await
    }

    /// Deletes the provider and its models.
    pub async fn delete(&self, id: impl Display) -> Result<(), Error> {
        self.0.delete(&["providers", &id.to_string()]).done().await
    }

    /// Asks the provider which models it has, and takes them over.
    pub async fn sync_models(&self, id: impl Display) -> Result<Value, Error> {
        self.0.post(&["providers", &id.to_string(), "sync-models"]).answer().await
    }
}
