//! Work beside the turn: `task.*`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A piece of work beside the turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionTask {
    /// Its id.
    pub id: String,
    /// What kind of work.
    pub kind: String,
    /// For people.
    pub display_name: String,
    /// `queued`, `running`, `awaiting_input`, `succeeded`, `failed` or `canceled`.
    pub state: String,
    /// Everything else about it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A message to or from a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskMessage {
    /// Its id.
    pub id: String,
    /// The task.
    pub task_id: String,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// Text and data parts.
    pub content: Vec<Value>,
    /// Everything else about it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

macro_rules! with_task {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// The task as it is now.
            pub task: SessionTask,
        }
    )*};
}

with_task! {
    /// A task was made.
    TaskCreated;
    /// A task changed.
    TaskUpdated;
}

macro_rules! with_task_message {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// The task.
            pub task_id: String,
            /// The message.
            pub message: TaskMessage,
        }
    )*};
}

with_task_message! {
    /// A task was told something.
    TaskMessageSent;
    /// A task said something.
    TaskMessageReceived;
}
