//! Harnesses: what sessions start from. The built-in ones exist in every organization from the start.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::HarnessId;
use crate::agent::Layer;

/// A harness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Harness {
    /// Its id.
    pub id: HarnessId,
    /// Slug, unique in the organization.
    pub name: String,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Instructions that come before the agent's.
    pub system_prompt: String,
    /// The model of sessions that name none.
    pub default_model_id: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub layer: Layer,
}

/// The harness that sessions get when nothing else is named.
pub const GENERIC: HarnessId = HarnessId::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001);

/// The harnesses that every organization has, read-only.
pub fn built_in() -> Vec<Harness> {
    vec![Harness {
        id: GENERIC,
        name: "generic".to_owned(),
        display_name: Some("Generic".to_owned()),
        description: Some("The plain start of a session: a helpful assistant without extra capabilities.".to_owned()),
        system_prompt: "You are a helpful assistant.".to_owned(),
        default_model_id: None,
        layer: Layer::default(),
    }]
}
