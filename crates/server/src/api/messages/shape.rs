//! What a posted message looks like, for the OpenAPI document. It is taken field by field and never as these structs.

use everruns_core::delivery::Delivery;
use everruns_core::message::{ContentPart, Controls, ExternalActor};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A message, and what stands beside it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct MessageSpec {
    /// What is said.
    message: InputMessage,
    /// How the turn shall be run that reads it.
    controls: Option<Controls>,
    /// The caller's own data; the agent does not read it.
    metadata: Option<Map<String, Value>>,
    /// The caller's labels.
    tags: Option<Vec<String>>,
    /// Who wrote it, when it comes from another system.
    external_actor: Option<ExternalActor>,
    /// What it does to a turn that runs; absent: `steer`.
    delivery: Option<Delivery>,
    /// The last event that the caller knows of: if the session has another one, the message is refused.
    #[schema(minimum = 0)]
    expected_sequence: Option<i64>,
    /// Who shall answer, `part_…`; the session's one agent does.
    addressed_participant_id: Option<String>,
}

/// What is said.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct InputMessage {
    /// Absent: `user`.
    role: Option<InputRole>,
    /// `text`, `image` and `image_file`; with the role `tool_result` only `tool_result`.
    #[schema(min_items = 1)]
    content: Vec<ContentPart>,
}

/// Who speaks in a posted message.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) enum InputRole {
    /// The caller.
    User,
    /// The caller's tools, as old clients send their results.
    ToolResult,
}
