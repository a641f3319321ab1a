//! `/v1/{agents,harnesses}/{id}/revisions`: what it was, who made it so and why, what differs, and the way back.

use std::fmt::Display;
use std::marker::PhantomData;

use everruns_core::{PrincipalId, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::page::{self, Items};
use crate::{Client, Error, Page, Seen};

/// The history of a kind of thing, `T`.
#[derive(Debug)]
pub struct Revisions<'a, T> {
    client: &'a Client,
    /// The first part of the path.
    kind: &'static str,
    nouns: PhantomData<T>,
}

/// A revision. In a list it has no document.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Revision {
    /// Counts the changes, from 1.
    pub version: i64,
    /// The name then.
    pub name: String,
    /// `active`, `archived` or `deleted`.
    pub status: String,
    /// Who made it.
    pub principal_id: Option<PrincipalId>,
    /// Why, in the caller's words.
    pub change_reason: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// What its owner decided.
    pub document: Option<Value>,
}

/// What differs between two revisions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RevisionDiff {
    /// The version that counts as the old one.
    pub from: i64,
    /// The version that counts as the new one.
    pub to: i64,
    /// One entry per value.
    pub differences: Vec<Value>,
}

impl<'a, T: DeserializeOwned> Revisions<'a, T> {
    pub(crate) fn new(client: &'a Client, kind: &'static str) -> Self {
        Self { client, kind, nouns: PhantomData }
    }

    /// One page of the history, newest first.
    pub async fn list(
        &self,
        of: impl Display,
        offset: Option<u32>,
        limit: Option<u32>,
    ) -> Result<Page<Seen<Revision>>, Error> {
        let call = self.client.get(&[self.kind, &of.to_string(), "revisions"]);
        call.query("offset", offset).query("limit", limit).answer().await
    }

    /// The whole history, page by page, newest first.
    pub fn all(&self, of: impl Display) -> Items<Seen<Revision>> {
        let (kind, of) = (self.kind, of.to_string());
        page::all(self.client.clone(), 0, move |client| client.get(&[kind, &of, "revisions"]))
    }

    /// One revision with its document.
    pub async fn get(&self, of: impl Display, version: i64) -> Result<Seen<Revision>, Error> {
        self.client.get(&[self.kind, &of.to_string(), "revisions", &version.to_string()]).answer().await
    }

    /// What differs between two revisions.
    pub async fn diff(&self, of: impl Display, from: i64, to: i64) -> Result<Seen<RevisionDiff>, Error> {
        let (of, from, to) = (of.to_string(), from.to_string(), to.to_string());
        self.client.get(&[self.kind, &of, "revisions", &from, "diff", &to]).answer().await
    }

    /// Makes it what it was, as a new revision.
    pub async fn restore(&self, of: impl Display, version: i64) -> Result<Seen<T>, Error> {
        let (of, version) = (of.to_string(), version.to_string());
        self.client.post(&[self.kind, &of, "revisions", &version, "restore"]).answer().await
    }
}
