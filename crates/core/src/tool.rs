//! Tools: what a model may call, who answers, and what a crash in the middle means.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A tool that a client defines and answers, as agents and sessions carry it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolDefinition {
    /// `client_side`; what the server answers comes from capabilities.
    #[serde(rename = "type", default)]
    pub kind: ToolKind,
    /// The name the model calls.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Whatever else the client said about it (`display_name`, `hints`, …), kept and given back.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Who answers a tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    /// The client, through `POST …/tool-results`.
    #[default]
    ClientSide,
    /// The server.
    Builtin,
}

/// What may happen to a call that was started and whose result is missing after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SideEffectClass {
    /// Has no effect: run it again.
    Pure,
    /// Has an effect once per key: run it again with the same key.
    Idempotent,
    /// Must not run twice: tell the model that the outcome is unknown.
    AtMostOnce,
}

/// A tool as a turn's pinned configuration holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// The name the model calls.
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Who answers.
    pub answered_by: AnsweredBy,
}

/// Who answers a tool of a pinned configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// The client.
    Client,
    /// A capability of this server.
    Capability {
        /// Which one.
        id: String,
        /// What a crash means for its calls.
        class: SideEffectClass,
    },
}
