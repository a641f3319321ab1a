//! The event vocabulary: one typed enum over every type of the log, and how an event is stored and shown.
//!
//! Each event has public data, which readers see, and may have a private part, which never leaves the server. The
//! log keeps both as JSON with a type and a version; what this build does not know survives as [`EventData::Unknown`].

mod act;
mod envelope;
mod input;
mod llm;
mod notice;
mod output;
mod reason;
mod session;
mod task;
mod turn;
mod voice;

pub use act::*;
pub use envelope::*;
pub use input::*;
pub use llm::*;
pub use notice::*;
pub use output::*;
pub use reason::*;
pub use session::*;
pub use task::*;
pub use turn::*;
pub use voice::*;

use std::borrow::Cow;

use serde::Serialize;

use crate::Timestamp;

/// Stored data that does not fit its own type: the record was damaged or written by a faulty build.
#[derive(Debug, thiserror::Error)]
#[error("event of type {type_name} cannot be read: {source}")]
pub struct CorruptEvent {
    type_name: String,
    source: serde_json::Error,
}

/// An event as the log stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The type's name on the wire.
    pub type_name: Cow<'static, str>,
    /// The version of the payload's form.
    pub version: i64,
    /// Public data, a JSON object.
    pub data: String,
    /// Private data, a JSON object.
    pub private: Option<String>,
}

/// An event that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Where in a turn it belongs; none for inputs and for the session's own events.
    pub context: Option<Context>,
    /// What happened.
    pub data: EventData,
}

/// An event read back from the log, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the session's log, from 1.
    pub sequence: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub data: EventData,
}

fn json<T: Serialize>(payload: &T) -> String {
    serde_json::to_string(payload).expect("event payloads have string keys and finite numbers")
}

macro_rules! private_of {
    ($payload:ident) => {{
        let _ = $payload;
        None
    }};
    ($payload:ident private) => {
        Some(json(&$payload.private))
    };
}

macro_rules! set_private {
    ($payload:ident, $text:ident) => {{
        let _ = ($text, &mut $payload);
    }};
    ($payload:ident, $text:ident private) => {
        if let Some(text) = $text {
            $payload.private = serde_json::from_str(text)?;
        }
    };
}

macro_rules! events {
    ($($variant:ident = $name:literal v $version:literal $($private:ident)?;)*) => {
        /// What happened: every type of the log.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each variant is its payload, documented there")]
        pub enum EventData {
            $($variant($variant),)*
            /// A type or version that this build does not know; kept as it is.
            Unknown(Encoded),
        }

        $(impl From<$variant> for EventData {
            fn from(payload: $variant) -> Self {
                Self::$variant(payload)
            }
        })*

        /// The names of all known types.
        pub const TYPES: &[&str] = &[$($name,)*];

        impl EventData {
            /// The type's name on the wire.
            pub fn type_name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $name,)*
                    Self::Unknown(encoded) => &encoded.type_name,
                }
            }

            /// The form in which the log stores it.
            pub fn encode(&self) -> Encoded {
                match self {
                    $(Self::$variant(payload) => Encoded {
                        type_name: Cow::Borrowed($name),
                        version: $version,
                        data: json(payload),
                        private: private_of!(payload $($private)?),
                    },)*
                    Self::Unknown(encoded) => encoded.clone(),
                }
            }

            fn decode_known(type_name: &str, version: i64, data: &str, private: Option<&str>)
                -> Result<Option<Self>, serde_json::Error> {
                Ok(match type_name {
                    $($name if version <= $version => {
                        #[allow(unused_mut, reason = "only payloads with a private part are changed")]
                        let mut payload: $variant = serde_json::from_str(data)?;
                        set_private!(payload, private $($private)?);
                        Some(Self::$variant(payload))
                    })*
                    _ => None,
                })
            }
        }
    };
}

events! {
    InputMessage = "input.message" v 1;
    InputSteered = "input.steered" v 1;
    InputDequeued = "input.dequeued" v 1 private;
    InputDropped = "input.dropped" v 1;
    OutputMessageStarted = "output.message.started" v 1;
    OutputMessageDelta = "output.message.delta" v 1 private;
    OutputMessageReplaced = "output.message.replaced" v 1;
    OutputMessageCompleted = "output.message.completed" v 1 private;
    TurnStarted = "turn.started" v 1;
    TurnCompleted = "turn.completed" v 1;
    TurnFailed = "turn.failed" v 1;
    TurnCancelled = "turn.cancelled" v 1 private;
    TurnSealed = "turn.sealed" v 1;
    ReasonStarted = "reason.started" v 1;
    ReasonCompleted = "reason.completed" v 1;
    ReasonRecovered = "reason.recovered" v 1;
    ReasonThinkingStarted = "reason.thinking.started" v 1;
    ReasonThinkingDelta = "reason.thinking.delta" v 1 private;
    ReasonThinkingCompleted = "reason.thinking.completed" v 1;
    ReasonItem = "reason.item" v 1 private;
    ActStarted = "act.started" v 1;
    ActCompleted = "act.completed" v 1;
    ToolStarted = "tool.started" v 1;
    ToolCompleted = "tool.completed" v 1;
    ToolProgress = "tool.progress" v 1;
    ToolOutputDelta = "tool.output.delta" v 1;
    ToolCallRequested = "tool.call_requested" v 1;
    ToolCallRepaired = "tool.call_repaired" v 1;
    TranscriptRepaired = "transcript.repaired" v 1;
    LlmGeneration = "llm.generation" v 1 private;
    SessionStarted = "session.started" v 1;
    SessionActivated = "session.activated" v 1;
    SessionIdled = "session.idled" v 1;
    TaskCreated = "task.created" v 1;
    TaskUpdated = "task.updated" v 1;
    TaskMessageSent = "task.message.sent" v 1;
    TaskMessageReceived = "task.message.received" v 1;
    ContextCompacting = "context.compacting" v 1;
    ContextCompacted = "context.compacted" v 1;
    FileWritten = "file.written" v 1;
    BudgetWarning = "budget.warning" v 1;
    BudgetPaused = "budget.paused" v 1;
    BudgetExhausted = "budget.exhausted" v 1;
    BudgetResumed = "budget.resumed" v 1;
    CapabilityUsage = "capability.usage" v 1;
    VoiceSessionStarted = "voice.session.started" v 1;
    VoiceInputTranscriptDelta = "voice.input_transcript.delta" v 1;
    VoiceInputTranscriptCompleted = "voice.input_transcript.completed" v 1;
    VoiceOutputTranscriptDelta = "voice.output_transcript.delta" v 1;
    VoiceOutputTranscriptCompleted = "voice.output_transcript.completed" v 1;
    VoiceSessionEnded = "voice.session.ended" v 1;
    VoiceSessionFailed = "voice.session.failed" v 1;
}

impl EventData {
    /// Reads the stored form. A type or version that this build does not know becomes [`EventData::Unknown`].
    pub fn decode(encoded: Encoded) -> Result<Self, CorruptEvent> {
        let known = Self::decode_known(&encoded.type_name, encoded.version, &encoded.data, encoded.private.as_deref());
        match known {
            Ok(Some(data)) => Ok(data),
            Ok(None) => Ok(Self::Unknown(encoded)),
            Err(source) => Err(CorruptEvent { type_name: encoded.type_name.into_owned(), source }),
        }
    }

    /// Whether no event of its turn may follow, but the session's own.
    pub fn ends_turn(&self) -> bool {
        matches!(self, Self::TurnCompleted(_) | Self::TurnFailed(_) | Self::TurnCancelled(_) | Self::TurnSealed(_))
    }
}

/// Whether events of this type carry pieces of something that a later event carries whole.
pub fn is_delta(type_name: &str) -> bool {
    type_name.ends_with(".delta") || type_name == "tool.progress"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_types_and_versions_survive() {
        #[track_caller]
        fn check(type_name: &str, version: i64, data: &str, private: Option<&str>) {
            let encoded = Encoded {
                type_name: type_name.to_owned().into(),
                version,
                data: data.to_owned(),
                private: private.map(str::to_owned),
            };
            let decoded = EventData::decode(encoded.clone()).unwrap();
            assert!(matches!(decoded, EventData::Unknown(_)), "{type_name}");
            assert_eq!(decoded.encode(), encoded);
        }
        check("schedule.triggered", 1, r#"{"schedule_id":"sched_1"}"#, None);
        check("turn.started", 2, r#"{"brand":"new"}"#, Some(r#"{"x":1}"#));
    }

    #[test]
    fn a_damaged_record_is_an_error() {
        let encoded = Encoded { type_name: "turn.started".into(), version: 1, data: "{}".into(), private: None };
        assert!(EventData::decode(encoded).unwrap_err().to_string().contains("turn.started"));
    }

    #[test]
    fn private_data_is_not_in_public_data() {
        let delta = OutputMessageDelta {
            turn_id: crate::TurnId::from_u128(7),
            message_id: crate::MessageId::from_u128(8),
            delta: "Hi".into(),
            private: DeltaPrivate { offset: 41 },
        };
        let encoded = EventData::from(delta.clone()).encode();
        assert!(!encoded.data.contains("41"));
        assert_eq!(EventData::decode(encoded).unwrap(), EventData::from(delta));
    }
}
