//! Sessions: one conversation, its settings and its state.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::agent::{Layer, null_as_default};
use crate::{AgentId, HarnessId, OrgId, PrincipalId, SessionId, Spent, Timestamp, WorkspaceId};

/// What a session does right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum SessionStatus {
    /// Made, no turn yet.
    #[serde(rename = "started")]
    Started,
    /// A turn runs.
    #[serde(rename = "active")]
    Active,
    /// The last turn ended.
    #[serde(rename = "idle")]
    Idle,
    /// A turn waits for a client's tool results.
    #[serde(rename = "waitingfortoolresults")]
    WaitingForToolResults,
}

impl SessionStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::WaitingForToolResults => "waitingfortoolresults",
        }
    }

    /// The status that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Started, Self::Active, Self::Idle, Self::WaitingForToolResults]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// What the caller says about a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionSpec {
    /// The agent, if any.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// For people.
    #[serde(default)]
    pub title: Option<String>,
    /// Language, BCP 47.
    #[serde(default)]
    pub locale: Option<String>,
    /// The model, instead of the agent's.
    #[serde(default)]
    pub model_id: Option<String>,
    /// Instructions that come before the agent's.
    #[serde(default)]
    pub system_prompt: Option<String>,
    /// The identity that unattended work runs under.
    #[serde(default)]
    pub agent_identity_id: Option<String>,
    /// Hints for every turn.
    #[serde(default, deserialize_with = "null_as_default")]
    pub hints: Map<String, Value>,
    /// The rest.
    #[serde(flatten)]
    pub layer: Layer,
}

/// A session as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The organization.
    pub organization_id: OrgId,
    /// The harness it started from.
    pub harness_id: HarnessId,
    /// Its files.
    pub workspace_id: WorkspaceId,
    /// Who made it.
    pub owner_principal_id: PrincipalId,
    /// What the caller said.
    #[serde(flatten)]
    pub spec: SessionSpec,
    /// What it does right now.
    pub status: SessionStatus,
    /// What clients may switch on for it.
    #[serde(default)]
    pub features: Vec<String>,
    /// Tokens spent so far.
    #[serde(default)]
    pub usage: Option<Spent>,
    /// Whether the caller pinned it.
    #[serde(default)]
    pub is_pinned: Option<bool>,
    /// How the first message begins.
    #[serde(default)]
    pub preview: Option<String>,
    /// How the latest answer begins.
    #[serde(default)]
    pub output_preview: Option<String>,
    /// The session that it is a fork of.
    #[serde(default)]
    pub forked_from_session_id: Option<SessionId>,
    /// The last event that it took over.
    #[serde(default)]
    pub forked_from_sequence: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub updated_at: Timestamp,
    /// When its first turn started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// When its last turn ended.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
}
