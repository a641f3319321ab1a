//! `/v1/harnesses`: what agents and sessions start from.

use std::fmt::Display;

use everruns_core::HarnessId;
use everruns_core::agent::Status;
use everruns_core::harness::HarnessSpec;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Error, Revisions, Seen};

/// The harnesses of the caller's organization, the built-in ones among them.
#[derive(Clone, Copy, Debug)]
pub struct Harnesses<'a>(pub(crate) &'a Client);

/// A harness as the API shows it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Harness {
    /// Its id.
    pub id: HarnessId,
    /// What its owner said.
    #[serde(flatten)]
    pub spec: HarnessSpec,
    /// Whether it came with the server and cannot be changed.
    #[serde(default)]
    pub is_built_in: bool,
    /// Where it stands in its life.
    pub status: Status,
}

/// A harness that the server suggests.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HarnessExample {
    /// What to call it.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// For people.
    pub description: String,
    /// The harness it would build on.
    pub parent_name: Option<String>,
}

/// Which harnesses to list. The default is all live ones.
#[derive(Clone, Debug, Default)]
pub struct ListHarnesses {
    /// Words that must all occur in the harness's name or texts.
    pub search: Option<String>,
    /// Archived ones too.
    pub include_archived: bool,
}

impl<'a> Harnesses<'a> {
    /// What harnesses were, and the way back.
    pub fn revisions(&self) -> Revisions<'a, Harness> {
        Revisions::new(self.0, "harnesses")
    }

    /// Makes a harness. `spec` is a [`HarnessSpec`] or anything that serializes to such an object.
    pub async fn create<T: Serialize + ?Sized>(&self, spec: &T) -> Result<Seen<Harness>, Error> {
        self.0.post(&["harnesses"]).json(spec).answer().await
    }

    /// The harnesses; the list comes whole.
    pub async fn list(&self, options: &ListHarnesses) -> Result<Vec<Seen<Harness>>, Error> {
        let call = self.0.get(&["harnesses"]).query("search", options.search.as_ref());
        call.flag("include_archived", options.include_archived).items().await
    }

    /// The harness; 404 if it is deleted.
    pub async fn get(&self, harness: impl Display) -> Result<Seen<Harness>, Error> {
        self.0.get(&["harnesses", &harness.to_string()]).answer().await
    }

    /// Changes the fields that `changes` has and leaves the others. Built-in ones cannot be changed.
    pub async fn update<T>(&self, harness: impl Display, changes: &T) -> Result<Seen<Harness>, Error>
    where
        T: Serialize + ?Sized,
    {
        self.0.patch(&["harnesses", &harness.to_string()]).json(changes).answer().await
    }

    /// Takes the harness out of use. Built-in ones stay.
    pub async fn delete(&self, harness: impl Display) -> Result<(), Error> {
        self.0.delete(&["harnesses", &harness.to_string()]).done().await
    }

    /// A new harness with the same configuration and another name.
    pub async fn copy(&self, harness: impl Display) -> Result<Seen<Harness>, Error> {
        self.0.post(&["harnesses", &harness.to_string(), "copy"]).json(&json!({})).answer().await
    }

    /// Sessions, tokens and times of the harness, in numbers.
    pub async fn stats(&self, harness: impl Display) -> Result<Value, Error> {
        self.0.get(&["harnesses", &harness.to_string(), "stats"]).answer().await
    }

    /// Harnesses that the server suggests.
    pub async fn examples(&self) -> Result<Vec<Seen<HarnessExample>>, Error> {
        self.0.get(&["harness-examples"]).answer().await
    }
}
