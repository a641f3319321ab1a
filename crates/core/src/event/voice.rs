//! Voice: `voice.*`.

use serde::{Deserialize, Serialize};

/// A voice connection opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceSessionStarted {
    /// The connection.
    pub voice_connection_id: String,
    /// The model.
    pub model: String,
    /// The voice.
    pub voice: String,
    /// How sound travels.
    pub transport: String,
    /// How hard the model thinks.
    pub reasoning_effort: String,
}

macro_rules! transcripts {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// The connection.
            pub voice_connection_id: String,
            /// All of the text so far.
            pub accumulated: String,
            /// The new text.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub delta: Option<String>,
            /// The provider's id of the item.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub item_id: Option<String>,
            /// The provider's id of the answer.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub response_id: Option<String>,
            /// `commentary` or `final_answer`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub phase: Option<String>,
        }
    )*};
}

transcripts! {
    /// More of what the person says.
    VoiceInputTranscriptDelta;
    /// What the person said.
    VoiceInputTranscriptCompleted;
    /// More of what the agent says.
    VoiceOutputTranscriptDelta;
    /// What the agent said.
    VoiceOutputTranscriptCompleted;
}

/// A voice connection closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceSessionEnded {
    /// The connection.
    pub voice_connection_id: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From start to end, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

/// A voice connection broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceSessionFailed {
    /// The connection.
    pub voice_connection_id: String,
    /// What went wrong.
    pub error: String,
}
