//! Messages of a session and their content parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::config::{ErrorDisclosure, Reasoning};
use crate::provider_items::ProviderItems;
use crate::{MessageId, SessionId, Timestamp};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MessageRole)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions; never listed as a message.
    System,
    /// The person or program that called the agent.
    User,
    /// The agent.
    Agent,
    /// The answer to a tool call.
    ToolResult,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentPart {
    /// Plain text or Markdown.
    Text {
        /// The text.
        text: String,
    },
    /// An image inside the message.
    Image {
        /// Where it can be fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// Its bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
        /// What the bytes are, such as `image/png`.
        #[serde(default, skip_serializing_if = "Option::is_none", alias = "mediaType")]
        media_type: Option<String>,
    },
    /// An image that was uploaded before.
    ImageFile {
        /// The upload's id.
        #[serde(alias = "imageId")]
        image_id: String,
        /// The upload's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// The agent asks for a tool. In agent messages only.
    ToolCall(ToolCall),
    /// What a tool answered. In tool result messages only.
    ToolResult(ToolResult),
}

impl ContentPart {
    /// A text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The text of a text part.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            _ => None,
        }
    }

    /// Bytes that count towards the prompt budget.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text { text } => text.len(),
            Self::Image { base64, url, .. } => {
                base64.as_ref().map_or(0, String::len) + url.as_ref().map_or(0, String::len)
            }
            Self::ImageFile { image_id, .. } => image_id.len(),
            Self::ToolCall(call) => call.name.len() + json_bytes(&call.arguments),
            Self::ToolResult(result) => {
                result.result.as_ref().map_or(0, json_bytes) + result.error.as_ref().map_or(0, String::len)
            }
        }
    }
}

/// Length of a value as JSON, near enough for a budget.
pub fn json_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| json_bytes(item) + 1).sum::<usize>() + 1,
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + 4 + json_bytes(value)).sum::<usize>() + 1,
        _ => 8,
    }
}

/// A model's wish to run a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// The provider's id, opaque.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// The tool's arguments: a JSON object.
    pub arguments: Value,
}

/// The answer to a [`ToolCall`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolResult {
    /// The id of the call.
    pub tool_call_id: String,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// What went wrong; when set, the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How one turn shall be run; each overrides the session and the agent for that turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Controls {
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "modelId")]
    pub model_id: Option<String>,
    /// Reasoning settings, such as `{"effort": "low"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Reasoning>)]
    pub reasoning: Option<Value>,
    /// Language of the answer, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Free hints for tools and clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints: Option<Map<String, Value>>,
    /// How much an error tells: `generic`, `standard` or `detailed`.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "errorDisclosure")]
    #[schema(value_type = Option<ErrorDisclosure>)]
    pub error_disclosure: Option<String>,
    /// JSON Schema that the answer is held to, if the model can.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "outputSchema")]
    #[schema(value_type = Option<Object>)]
    pub output_schema: Option<Value>,
}

/// A message of a session.
///
/// In an event's payload `session_id` and `sequence` are absent, since the envelope has them; the REST API always
/// fills them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The sequence of the event that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Vec<ContentPart>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// How its turn shall be run, if the caller said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controls: Option<Controls>,
    /// The caller's own data; the agent does not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// The caller's labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who wrote it, when it came from another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ExternalActor>)]
    pub external_actor: Option<Map<String, Value>>,
    /// What the provider wants back with it. It is for the model alone and never written with the message.
    #[serde(skip)]
    pub provider_items: Option<Arc<ProviderItems>>,
}

/// Who wrote a message in another system.
#[derive(ToSchema)]
pub struct ExternalActor {
    /// The writer's id there.
    #[schema(min_length = 1)]
    pub actor_id: String,
    /// Which system, such as `slack`.
    #[schema(min_length = 1)]
    pub source: String,
    /// What people call the writer.
    pub actor_name: Option<String>,
    /// More about the writer.
    pub metadata: Option<BTreeMap<String, String>>,
}

impl Message {
    /// A message with nothing but its content.
    pub fn new(id: MessageId, role: Role, content: Vec<ContentPart>, created_at: Timestamp) -> Self {
        Self {
            id,
            session_id: None,
            sequence: None,
            role,
            content,
            created_at,
            controls: None,
            metadata: None,
            tags: Vec::new(),
            external_actor: None,
            provider_items: None,
        }
    }

    /// The text parts, joined by line breaks.
    pub fn text(&self) -> String {
        let parts: Vec<&str> = self.content.iter().filter_map(ContentPart::as_text).collect();
        parts.join("\n")
    }

    /// The tool calls in it.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.content.iter().filter_map(|part| match part {
            ContentPart::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// Bytes that count towards the prompt budget.
    pub fn bytes(&self) -> usize {
        let items = self.provider_items.as_ref().map_or(0, |items| items.bytes());
        self.content.iter().map(ContentPart::bytes).sum::<usize>() + items
    }
}

/// The first `limit` characters of a text, on one line.
pub fn preview(text: &str, limit: usize) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(limit).collect()
}
