//! The dialects in which providers are spoken to. Each is a folder: `encode.rs` writes the request, `decode.rs` reads the
//! answer as its bytes come; both are pure.

pub(crate) mod anthropic;
mod bedrock_converse;
mod claude;
mod effort;
mod gemini;
mod grammar;
#[cfg(test)]
mod histories;
mod lawful;
mod openai_chat;
mod openai_responses;
#[cfg(test)]
mod story;
mod turns;

pub use lawful::lawful;

use everruns_core::Timestamp;
use serde_json::Value;

use crate::sse::Frames;
use crate::vendor::Vendor;
use crate::{ModelError, Part, Request};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's Chat Completions, which many others speak too.
    OpenaiChat,
    /// Google's Gemini.
    Gemini,
    /// OpenAI's Responses.
    OpenaiResponses,
    /// Anthropic's Messages.
    Anthropic,
    /// Amazon Bedrock's Converse.
    BedrockConverse,
}

/// A request as it goes over the wire.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// Where to.
    pub url: String,
    /// Beside `content-type`, which is JSON. Some are secret.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// With a JSON body.
    pub(crate) fn new(url: String, headers: Vec<(&'static str, String)>, body: &Value) -> Self {
        Self { url, headers, body: serde_json::to_vec(body).expect("a value is JSON") }
    }
}

/// Reads an answer as its bytes come.
pub(crate) trait Decoder: Send {
    /// Takes more bytes; what they complete is put behind `out`.
    fn push(&mut self, bytes: &[u8], out: &mut Vec<Part>) -> Result<(), ModelError>;

    /// The bytes ended.
    fn finish(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError>;
}

/// Reads an answer event by event.
pub(crate) trait Events: Send {
    /// Takes the next event.
    fn event(&mut self, name: &str, data: &str, out: &mut Vec<Part>) -> Result<(), ModelError>;

    /// There are no more events.
    fn end(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError>;
}

/// A decoder of server-sent events.
#[derive(Default)]
pub(crate) struct Sse<E> {
    frames: Frames,
    events: E,
}

impl<E: Events> Decoder for Sse<E> {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<Part>) -> Result<(), ModelError> {
        self.frames.push(bytes, &mut |name, data| self.events.event(name, data, out))
    }

    fn finish(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError> {
        self.frames.finish(&mut |name, data| self.events.event(name, data, out))?;
        self.events.end(out)
    }
}

impl Dialect {
    /// The request as it goes over the wire to this vendor at this time.
    pub(crate) fn encode(self, request: &Request, vendor: &Vendor, now: Timestamp) -> Result<Call, ModelError> {
        match self {
            Self::OpenaiChat => openai_chat::encode(request, vendor),
            Self::Gemini => gemini::encode(request, vendor),
            Self::OpenaiResponses => openai_responses::encode(request, vendor),
            Self::Anthropic => anthropic::encode(request, vendor),
            Self::BedrockConverse => bedrock_converse::encode(request, now),
        }
    }

    /// What reads the answer.
    pub(crate) fn decoder(self) -> Box<dyn Decoder> {
        match self {
            Self::OpenaiChat => Box::new(Sse::<openai_chat::Answer>::default()),
            Self::Gemini => Box::new(Sse::<gemini::Answer>::default()),
            Self::OpenaiResponses => Box::new(Sse::<openai_responses::Answer>::default()),
            Self::Anthropic => Box::new(Sse::<anthropic::Answer>::default()),
            Self::BedrockConverse => Box::<bedrock_converse::Framed<bedrock_converse::Answer>>::default(),
        }
    }

    /// Whether a provider that speaks it takes this body of a request; else what is wrong with it.
    pub fn grammar(self, body: &Value) -> Result<(), String> {
        match self {
            Self::OpenaiChat => openai_chat::check(body),
            Self::Gemini => gemini::check(body),
            Self::OpenaiResponses => openai_responses::check(body),
            Self::Anthropic => anthropic::check(body),
            Self::BedrockConverse => bedrock_converse::check(body),
        }
    }
}

/// The body of a request without its secrets, for tests and proofs.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The provider's name for the model of a request.
pub(crate) fn model_name(request: &Request) -> &str {
    request.model.split_once('/').map_or(request.model.as_str(), |(_, name)| name)
}

/// Who can read the items that come with this request's answer.
pub fn origin(request: &Request) -> String {
    match request.served_by {
        Some(by) => format!("{} {}", by.provider_id, request.model),
        None => request.model.clone(),
    }
}

/// An id of a call as the provider takes it: what it made itself it takes back, any other becomes letters and digits that
/// are the same for the call and its answer.
pub(crate) fn call_id(id: &str, is_lawful: impl Fn(&str) -> bool, prefix: &str, letters: usize) -> String {
    if is_lawful(id) {
        return id.to_owned();
    }
    // FNV-1a: it need only be the same each time and different for different ids.
    let hash =
        id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mut rest = hash;
    let digits = (0..letters).map(|_| {
        let digit = (rest % 36) as u32;
        rest /= 36;
        char::from_digit(digit, 36).unwrap_or('0')
    });
    prefix.chars().chain(digits).collect()
}

/// The address of a path below the provider's base.
pub(crate) fn below(base: &str, path: &str) -> String {
    format!("{}/{path}", base.trim_end_matches('/'))
}
