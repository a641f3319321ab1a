//! What a provider wants back with a message that its model wrote, exactly as it gave it: reasoning with its signature,
//! encrypted items. Kept in the private part of the log and never shown.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::json_bytes;

/// The pieces of a message in the order in which the provider gave them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderItems {
    /// Who gave them: nobody else can read them.
    pub origin: String,
    /// In their order; text and calls stand in the message itself.
    pub items: Vec<ProviderItem>,
}

/// One piece of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderItem {
    /// The provider's own, in its form.
    Own(Value),
    /// So many more bytes of the message's text.
    Text(usize),
    /// The message's next tool call.
    Call,
}

impl ProviderItems {
    /// None yet, of this origin.
    pub fn of(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), items: Vec::new() }
    }

    /// More text came.
    pub fn text(&mut self, bytes: usize) {
        match self.items.last_mut() {
            Some(ProviderItem::Text(before)) => *before += bytes,
            _ if bytes > 0 => self.items.push(ProviderItem::Text(bytes)),
            _ => {}
        }
    }

    /// Bytes that count towards the prompt budget.
    pub fn bytes(&self) -> usize {
        let own = self.items.iter().filter_map(|item| match item {
            ProviderItem::Own(own) => Some(json_bytes(own)),
            _ => None,
        });
        own.sum()
    }

    /// Them, if there is anything that the message itself does not have.
    pub fn worth_keeping(self) -> Option<Self> {
        self.items.iter().any(|item| matches!(item, ProviderItem::Own(_))).then_some(self)
    }
}
