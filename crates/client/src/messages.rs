//! `/v1/sessions/{id}/messages` and `/tool-results`: what the caller says.

use everruns_core::SessionId;
use everruns_core::message::{ContentPart, Controls, Message, Role, ToolResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Client, Error, Seen};

/// The messages of sessions.
#[derive(Clone, Copy, Debug)]
pub struct Messages<'a>(pub(crate) &'a Client);

/// A message to send. [`NewMessage::text`] makes a plain one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewMessage {
    /// What is said.
    pub message: Said,
    /// How its turn shall be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controls: Option<Controls>,
    /// The caller's own data; the agent does not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// The caller's labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who wrote it, when it came from another system: `{"actor_id": …, "source": …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_actor: Option<Map<String, Value>>,
    /// What shall become of it while a turn runs: `steer` (otherwise), `queue`, `interrupt`, `rollback` or `reject`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// The last event that the caller knows; 409 if the session went on since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_sequence: Option<i64>,
}

/// The part of a message that the agent reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Said {
    /// [`Role::User`].
    pub role: Role,
    /// Texts and images.
    pub content: Vec<ContentPart>,
}

impl NewMessage {
    /// The user says `text`.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            message: Said { role: Role::User, content: vec![ContentPart::text(text)] },
            controls: None,
            metadata: None,
            tags: Vec::new(),
            external_actor: None,
            delivery: None,
            expected_sequence: None,
        }
    }
}

/// The answer to tool results.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ToolResultsAccepted {
    /// How many results were taken.
    pub accepted: u32,
    /// The session's status: `active`, or `waitingfortoolresults` while some are missing.
    pub status: String,
}

impl Messages<'_> {
    /// The user says `text`. Returns when the message is stored; the turn runs on its own.
    pub async fn create(&self, session: SessionId, text: impl Into<String>) -> Result<Seen<Message>, Error> {
        self.send(session, &NewMessage::text(text)).await
    }

    /// Sends a message with everything that may come with it: a [`NewMessage`] or anything that serializes to such an
    /// object. Returns when it is stored.
    pub async fn send<T: Serialize + ?Sized>(&self, session: SessionId, request: &T) -> Result<Seen<Message>, Error> {
        self.0.post(&["sessions", &session.to_string(), "messages"]).json(request).answer().await
    }

    /// All messages, oldest first.
    pub async fn list(&self, session: SessionId) -> Result<Vec<Seen<Message>>, Error> {
        self.0.get(&["sessions", &session.to_string(), "messages"]).items().await
    }

    /// Answers calls of client-side tools, as a `tool.call_requested` event asked for. 409 when the session does not
    /// wait for results.
    pub async fn tool_results(&self, session: SessionId, results: &[ToolResult]) -> Result<ToolResultsAccepted, Error> {
        let call = self.0.post(&["sessions", &session.to_string(), "tool-results"]);
        call.json(&json!({ "tool_results": results })).answer().await
    }
}
