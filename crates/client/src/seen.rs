//! A noun as the server sent it: typed as far as this client knows it, and whole.

use std::ops::Deref;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A noun and the JSON it was read from. A newer server may say more than this client knows; nothing of it is lost:
/// `json` has every field, and so has what is written again.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<T> {
    /// What this client knows of it.
    pub known: T,
    /// All of it.
    pub json: Value,
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.known
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Seen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let known = T::deserialize(&json).map_err(D::Error::custom)?;
        Ok(Self { known, json })
    }
}

impl<T> Serialize for Seen<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}
