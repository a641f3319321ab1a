//! The wire formats, and which of them a request speaks.

use bytes::Bytes;
use hyper::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::chunk::Chunk;
use crate::failure::{Failure, Refusal};
use crate::transcript::Transcript;
use crate::{anthropic, chat, openai, responses};

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI Responses.
    Responses,
    /// OpenAI Chat Completions.
    Chat,
    /// Anthropic Messages.
    Anthropic,
}

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// An answer of a model. The model and whether to stream stand in the body where the path does not say.
    Answer { model: Option<String>, streams: Option<bool> },
}

impl Dialect {
    /// What a request to this path wants, in which format. Any prefix will do, so that a client may put what it likes
    /// before the part that makes the format.
    pub(crate) fn of(method: &Method, path: &str) -> Option<(Self, Wish)> {
        let of_body = Wish::Answer { model: None, streams: None };
        if method != Method::POST {
            return None;
        }
        if path.ends_with("/chat/completions") {
            // Azure names the deployment in the path.
            let model = between(path, "/deployments/", "/chat/completions");
            return Some((Self::Chat, Wish::Answer { model, streams: None }));
        }
        if path.ends_with("/responses") {
            return Some((Self::Responses, of_body));
        }
        if path.ends_with("/messages") {
            return Some((Self::Anthropic, of_body));
        }
        None
    }

    /// The events of an answer.
    pub fn stream(self, answer: &Answer, call: &Call<'_>) -> Vec<Chunk> {
        match self {
            Self::Responses => responses::stream(answer, call),
            Self::Chat => chat::stream(answer, call),
            Self::Anthropic => anthropic::stream(answer, call),
        }
    }

    /// The answer in one piece.
    pub fn whole(self, answer: &Answer, call: &Call<'_>) -> Value {
        match self {
            Self::Responses => responses::whole(answer, call),
            Self::Chat => chat::whole(answer, call),
            Self::Anthropic => anthropic::whole(answer, call),
        }
    }

    /// The conversation of a lawful request; else what the provider would say.
    pub fn check(self, call: &Call<'_>) -> Result<Transcript, Failure> {
        match self {
            Self::Responses => responses::check(call),
            Self::Chat => chat::check(call),
            Self::Anthropic => anthropic::check(call),
        }
    }

    /// A failure as an HTTP answer.
    pub fn refusal(self, failure: &Failure, call: &Call<'_>) -> Refusal {
        match self {
            Self::Responses | Self::Chat => openai::refusal(failure, call),
            Self::Anthropic => anthropic::refusal(failure, call),
        }
    }

    /// A failure within a stream, behind so many chunks.
    pub fn broken(self, failure: &Failure, call: &Call<'_>, chunks: usize) -> Chunk {
        match self {
            Self::Responses => responses::broken(failure, call, chunks),
            Self::Chat => chat::broken(failure, call),
            Self::Anthropic => anthropic::broken(failure, call),
        }
    }

    /// What it sends to show that it lives.
    pub fn heartbeat(self) -> Bytes {
        match self {
            Self::Responses => Bytes::from_static(responses::HEARTBEAT),
            Self::Chat => Bytes::from_static(chat::HEARTBEAT),
            Self::Anthropic => Bytes::from_static(anthropic::HEARTBEAT),
        }
    }

    /// The content type of its streams.
    pub(crate) fn stream_type(self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }
}

/// What stands between two parts of a path, decoded.
fn between(path: &str, before: &str, behind: &str) -> Option<String> {
    let (_, rest) = path.split_once(before)?;
    let (found, _) = rest.rsplit_once(behind)?;
    percent_decode_str(found).decode_utf8().ok().map(|text| text.into_owned())
}
