//! Capabilities: named bundles of tools and instructions that agents switch on by id.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::tool::Tool;

/// How an agent, harness or session names a capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CapabilityRef {
    /// The capability's id.
    #[serde(rename = "ref")]
    pub id: String,
    /// Its settings.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub config: Value,
}

/// A capability as the catalogue describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Capability {
    /// Constant id, such as `current_time`.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// What it gives an agent.
    pub description: &'static str,
    /// What it adds to the system prompt, if anything.
    pub system_prompt: Option<&'static str>,
    /// The tools it brings.
    pub tools: Vec<Tool>,
}
