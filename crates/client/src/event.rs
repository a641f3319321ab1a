//! An event as the API shows it.

use everruns_core::{EventId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something that happened in a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id; the cursor for what comes after it.
    pub id: EventId,
    /// What happened, such as `turn.completed`. Newer servers may send words this client does not know.
    #[serde(rename = "type")]
    pub type_name: String,
    /// When.
    pub ts: Timestamp,
    /// Where.
    pub session_id: SessionId,
    /// Its place in the session, from 1, without gaps.
    pub sequence: i64,
    /// Turn, message and spans it belongs to; empty for events of the session itself.
    #[serde(default)]
    pub context: Value,
    /// What the type says; shapes are in the API's documentation.
    pub data: Value,
    /// What else a newer server says of it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Event {
    /// Whether its turn is over, whatever came of it.
    pub fn ends_turn(&self) -> bool {
        matches!(self.type_name.as_str(), "turn.completed" | "turn.failed" | "turn.cancelled" | "turn.sealed")
    }
}
