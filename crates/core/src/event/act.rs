//! Act phases and tools: `act.*`, `tool.*`, `transcript.repaired`.

use serde::{Deserialize, Serialize};

use crate::TurnId;
use crate::message::{ContentPart, ToolCall};

/// A call as `act.started` lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallSummary {
    /// The provider's id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// The server begins to run tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActStarted {
    /// The calls.
    pub tool_calls: Vec<CallSummary>,
}

/// All tools of the phase are answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActCompleted {
    /// Whether every call got its answer.
    pub completed: bool,
    /// Calls that went well.
    pub success_count: u32,
    /// Calls that did not.
    pub error_count: u32,
    /// From start to end, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

/// The intent to run a tool; committed before it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolStarted {
    /// The call.
    pub tool_call: ToolCall,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolStatus {
    /// Well.
    Success,
    /// Badly; `error` tells.
    Error,
    /// It took too long.
    Timeout,
    /// It was stopped.
    Cancelled,
}

/// A call has its one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCompleted {
    /// The provider's id of the call.
    pub tool_call_id: String,
    /// The tool.
    pub tool_name: String,
    /// Whether it went well.
    pub success: bool,
    /// How it ended.
    pub status: ToolStatus,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Vec<ContentPart>>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From start to end, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The capability that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability_id: Option<String>,
}

/// A running tool tells how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolProgress {
    /// The provider's id of the call.
    pub tool_call_id: String,
    /// The tool.
    pub tool_name: String,
    /// What it tells.
    pub message: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// A running tool prints something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolOutputDelta {
    /// The provider's id of the call.
    pub tool_call_id: String,
    /// The tool.
    pub tool_name: String,
    /// What it prints.
    pub delta: String,
    /// `stdout` or `stderr`.
    pub stream: String,
}

/// The client must answer these calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCallRequested {
    /// The calls.
    pub tool_calls: Vec<ToolCall>,
    /// The same for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_summaries: Vec<CallSummary>,
}

/// A malformed call was mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCallRepaired {
    /// The turn.
    pub turn_id: TurnId,
    /// The provider's id of the call.
    pub tool_call_id: String,
    /// The tool.
    pub tool_name: String,
    /// What was done.
    pub outcome: String,
}

/// A missing answer was filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranscriptRepaired {
    /// The provider's id of the call.
    pub tool_call_id: String,
    /// The tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// `replay` or `synthesize`.
    pub action: String,
}
