//! Agents, and the layer of settings that agents, harnesses and sessions share.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::capability::CapabilityRef;
use crate::config::NetworkAccessList;
use crate::tool::ToolDefinition;
use crate::{AgentId, AgentVersionId, HarnessId, Spent, Timestamp};

/// Where a resource stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    Active,
    /// Hidden from lists, kept for reference.
    Archived,
    /// Gone.
    Deleted,
}

impl Status {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }

    /// The status that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Archived, Self::Deleted].into_iter().find(|status| status.as_str() == word)
    }
}

/// A file that every new session's workspace starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InitialFile {
    /// Path from the workspace root.
    pub path: String,
    /// Its content, in `encoding`.
    pub content: String,
    /// `text` or `base64`.
    #[serde(default = "text")]
    pub encoding: String,
    /// Whether the agent may not change it.
    #[serde(default)]
    pub is_readonly: bool,
}

fn text() -> String {
    "text".to_owned()
}

/// Takes `null` for an absent list or map, as some clients send it.
pub fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// What harnesses, agents and sessions may each add; `config::resolve` lays one over the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Layer {
    /// The owner's labels.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// Capabilities switched on.
    #[serde(default, deserialize_with = "null_as_default")]
    pub capabilities: Vec<CapabilityRef>,
    /// Client-side tools.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tools: Vec<ToolDefinition>,
    /// Files of a new workspace.
    #[serde(default, deserialize_with = "null_as_default")]
    pub initial_files: Vec<InitialFile>,
    /// MCP servers by name.
    #[serde(default, deserialize_with = "null_as_default", rename = "mcpServers", alias = "mcp_servers")]
    pub mcp_servers: Map<String, Value>,
    /// Hosts that tools may reach.
    #[serde(default)]
    #[schema(value_type = Option<NetworkAccessList>)]
    pub network_access: Option<Value>,
    /// Reason steps of a turn since its last input.
    #[serde(default)]
    pub max_iterations: Option<u32>,
    /// Whether calls of one answer may run at the same time.
    #[serde(default)]
    pub parallel_tool_calls: Option<bool>,
}

/// What the caller says about an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentSpec {
    /// Slug, unique among the organization's live agents.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub display_name: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// The agent's instructions.
    pub system_prompt: String,
    /// The model, such as `llmsim/echo`; absent: the harness's or the server's default.
    #[serde(default, alias = "model")]
    pub default_model_id: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub layer: Layer,
}

/// What the database keeps of an agent: all that its owner decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentDocument {
    /// The harness its sessions start from.
    pub harness_id: HarnessId,
    /// What the caller said.
    #[serde(flatten)]
    pub spec: AgentSpec,
}

/// Where an agent comes from and which of its versions sessions run; its settings can change without it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lineage {
    /// The version that its sessions run; absent: the agent as it is.
    #[serde(default)]
    pub default_version_id: Option<AgentVersionId>,
    /// The agent that it was forked from.
    #[serde(default)]
    pub forked_from_agent_id: Option<AgentId>,
    /// The version that it was forked from.
    #[serde(default)]
    pub forked_from_version_id: Option<AgentVersionId>,
    /// The agent at the beginning of all the forks.
    #[serde(default)]
    pub root_agent_id: Option<AgentId>,
}

/// An agent as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The harness its sessions start from.
    pub harness_id: HarnessId,
    /// What the caller said.
    #[serde(flatten)]
    pub spec: AgentSpec,
    /// Where it comes from.
    #[serde(flatten)]
    pub lineage: Lineage,
    /// Where it stands in its life.
    pub status: Status,
    /// Tokens that its sessions spent.
    #[serde(default)]
    pub usage: Option<Spent>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was archived.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}
