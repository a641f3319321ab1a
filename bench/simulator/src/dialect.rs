//! The wire formats, and which of them a request speaks.

use bytes::Bytes;
use hyper::Method;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::chunk::Chunk;
use crate::failure::{Failure, Refusal};
use crate::transcript::Transcript;
use crate::{anthropic, bedrock, chat, gemini, models, openai, responses};

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI Responses.
    Responses,
    /// OpenAI Chat Completions.
    Chat,
    /// Anthropic Messages.
    Anthropic,
    /// Google Gemini.
    Gemini,
    /// Amazon Bedrock Converse.
    Bedrock,
}

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// An answer of a model. The model and whether to stream stand in the body where the path does not say.
    Answer { model: Option<String>, streams: Option<bool> },
    /// The list of models.
    Models,
}

impl Dialect {
    /// What a request to this path wants, in which format. Any prefix will do, so that a client may put what it likes
    /// before the part that makes the format.
    pub(crate) fn of(head: &Parts) -> Option<(Self, Wish)> {
        let path = head.uri.path();
        let names_model = |model: String, streams| Wish::Answer { model: Some(model), streams: Some(streams) };
        let of_body = Wish::Answer { model: None, streams: None };
        match head.method {
            Method::GET if path.ends_with("/foundation-models") => Some((Self::Bedrock, Wish::Models)),
            Method::GET if path.ends_with("/models") => {
                let is_gemini = path.ends_with("/v1beta/models") || head.headers.contains_key("x-goog-api-key");
                let dialect = match head.headers.contains_key("anthropic-version") {
                    true => Self::Anthropic,
                    false if is_gemini => Self::Gemini,
                    false => Self::Chat,
                };
                Some((dialect, Wish::Models))
            }
            Method::POST if path.ends_with("/chat/completions") => {
                // Azure names the deployment in the path.
                let model = between(path, "/deployments/", "/chat/completions");
                Some((Self::Chat, Wish::Answer { model, streams: None }))
            }
            Method::POST if path.ends_with("/responses") => Some((Self::Responses, of_body)),
            Method::POST if path.ends_with("/messages") => Some((Self::Anthropic, of_body)),
            Method::POST => {
                let gemini =
                    |verb, streams| Some((Self::Gemini, names_model(between(path, "/models/", verb)?, streams)));
                let bedrock =
                    |verb, streams| Some((Self::Bedrock, names_model(between(path, "/model/", verb)?, streams)));
                gemini(":generateContent", false)
                    .or_else(|| gemini(":streamGenerateContent", true))
                    .or_else(|| bedrock("/converse-stream", true))
                    .or_else(|| bedrock("/converse", false))
            }
            _ => None,
        }
    }

    /// The events of an answer.
    pub fn stream(self, answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
        match self {
            Self::Responses => responses::stream(answer, call),
            Self::Chat => chat::stream(answer, call),
            Self::Anthropic => anthropic::stream(answer, call),
            Self::Gemini => gemini::stream(answer, call),
            Self::Bedrock => bedrock::stream(answer, call),
        }
    }

    /// The answer in one piece.
    pub fn whole(self, answer: &Answer, call: &Call<'_>) -> Value {
        match self {
            Self::Responses => responses::whole(answer, call),
            Self::Chat => chat::whole(answer, call),
            Self::Anthropic => anthropic::whole(answer, call),
            Self::Gemini => gemini::whole(answer, call),
            Self::Bedrock => bedrock::whole(answer, call),
        }
    }

    /// The conversation of a lawful request; else what the provider would say.
    pub fn check(self, call: &Call<'_>) -> Result<Transcript, Failure> {
        match self {
            Self::Responses => responses::check(call),
            Self::Chat => chat::check(call),
            Self::Anthropic => anthropic::check(call),
            Self::Gemini => gemini::check(call),
            Self::Bedrock => bedrock::check(call),
        }
    }

    /// A failure as an HTTP answer.
    pub fn refusal(self, failure: &Failure, call: &Call<'_>) -> Refusal {
        match self {
            Self::Responses | Self::Chat => openai::refusal(failure, call),
            Self::Anthropic => anthropic::refusal(failure, call),
            Self::Gemini => gemini::refusal(failure, call),
            Self::Bedrock => bedrock::refusal(failure, call),
        }
    }

    /// A failure within a stream, behind so many chunks.
    pub fn broken(self, failure: &Failure, call: &Call<'_>, chunks: usize) -> Chunk {
        match self {
            Self::Responses => responses::broken(failure, call, chunks),
            Self::Chat => chat::broken(failure, call),
            Self::Anthropic => anthropic::broken(failure, call),
            Self::Gemini => gemini::broken(failure, call),
            Self::Bedrock => bedrock::broken(failure, call),
        }
    }

    /// What it sends to show that it lives.
    pub fn heartbeat(self) -> Bytes {
        match self {
            Self::Responses => Bytes::from_static(responses::HEARTBEAT),
            Self::Chat => Bytes::from_static(chat::HEARTBEAT),
            Self::Anthropic => Bytes::from_static(anthropic::HEARTBEAT),
            Self::Gemini => Bytes::from_static(gemini::HEARTBEAT),
            Self::Bedrock => bedrock::heartbeat(),
        }
    }

    /// The content type of its streams.
    pub(crate) fn stream_type(self) -> &'static str {
        match self {
            Self::Bedrock => "application/vnd.amazon.eventstream",
            Self::Responses | Self::Chat | Self::Anthropic | Self::Gemini => "text/event-stream; charset=utf-8",
        }
    }

    /// The list of models, or the page of it that is asked for.
    pub(crate) fn models(self, models: &[String], created: u64, query: &str) -> Value {
        match self {
            Self::Responses | Self::Chat => models::openai(models, created),
            Self::Anthropic => models::anthropic(models, &pairs(query)),
            Self::Gemini => models::gemini(models, &pairs(query)),
            Self::Bedrock => models::bedrock(models),
        }
    }
}

/// The pairs of a query, decoded.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

/// What stands between two parts of a path, decoded.
fn between(path: &str, before: &str, behind: &str) -> Option<String> {
    let (_, rest) = path.split_once(before)?;
    let (found, _) = rest.rsplit_once(behind)?;
    percent_decode_str(found).decode_utf8().ok().map(|text| text.into_owned())
}
