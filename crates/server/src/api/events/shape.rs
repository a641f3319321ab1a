//! What an event looks like, for the OpenAPI document. Events are put together as text and never as these structs.

use everruns_core::{EventId, ExecId, MessageId, SessionId, Timestamp, TurnId};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Events, oldest first unless the caller wants otherwise.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct Events {
    data: Vec<Event>,
}

/// Something that happened in a session.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct Event {
    id: EventId,
    /// What happened, such as `input.message` or `turn.completed`.
    r#type: String,
    ts: Timestamp,
    session_id: SessionId,
    /// Its place in the session, from 1 without a gap.
    sequence: i64,
    context: Context,
    /// What belongs to it, by its type.
    data: Map<String, Value>,
}

/// Where in a turn an event belongs; empty for inputs and for the session's own events.
#[derive(ToSchema)]
#[schema(as = EventContext)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct Context {
    #[schema(nullable = false)]
    turn_id: Option<TurnId>,
    #[schema(nullable = false)]
    input_message_id: Option<MessageId>,
    /// One per model call, one per batch of tools.
    #[schema(nullable = false)]
    exec_id: Option<ExecId>,
    #[schema(nullable = false)]
    trace_id: Option<TurnId>,
    /// Beginning and end of one operation share it.
    #[schema(nullable = false)]
    span_id: Option<String>,
    #[schema(nullable = false)]
    parent_span_id: Option<String>,
}
