//! The conversation of a prompt in the one form that all dialects write from: who speaks changes with every entry, and
//! what a provider would refuse (empty texts, unknown images) is not in it.

use std::borrow::Cow;
use std::sync::Arc;

use everruns_core::message::{ContentPart, Message, Role, ToolCall, ToolResult};
use everruns_core::provider_items::ProviderItem;
use serde_json::Value;

use crate::Request;
use crate::images::Images;

/// What one side says, until the other one speaks.
#[derive(Debug, PartialEq)]
pub(crate) enum Said<'a> {
    /// The user.
    User(Vec<Piece<'a>>),
    /// The model.
    Agent(Vec<AgentPiece<'a>>),
    /// The answers to the calls of the model's entry before, in their order.
    Results(Vec<Answered<'a>>),
}

/// Text or an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    /// Text that is not empty.
    Text(Cow<'a, str>),
    /// An image in the request itself.
    Image {
        /// Such as `image/png`.
        media_type: Cow<'a, str>,
        /// Its bytes.
        base64: Cow<'a, str>,
    },
    /// An image that the provider fetches.
    ImageUrl(Cow<'a, str>),
}

/// A piece of what the model said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AgentPiece<'a> {
    /// The provider's own item, as it came.
    Own(&'a Value),
    /// Text that is not empty.
    Text(&'a str),
    /// A call.
    Call(&'a ToolCall),
}

/// The answer to a call.
#[derive(Debug, PartialEq)]
pub(crate) struct Answered<'a> {
    /// The call.
    pub(crate) call: &'a ToolCall,
    /// What came out.
    pub(crate) pieces: Vec<Piece<'a>>,
    /// Whether it went wrong.
    pub(crate) is_error: bool,
}

/// The conversation of a request, for a provider that reads the items of this `origin`.
pub(crate) fn conversation<'a>(request: &'a Request, origin: &str) -> Vec<Said<'a>> {
    let mut said: Vec<Said<'a>> = Vec::new();
    let mut calls = Vec::new().into_iter();
    for message in &request.prompt.messages {
        match message.role {
            Role::System => {}
            Role::User => {
                let pieces = pieces(&message.content, &request.images);
                match said.last_mut() {
                    Some(Said::User(before)) => before.extend(pieces),
                    _ => said.push(Said::User(pieces)),
                }
            }
            Role::Agent => {
                let pieces = agent_pieces(message, origin);
                calls = message.tool_calls().collect::<Vec<_>>().into_iter();
                match said.last_mut() {
                    Some(Said::Agent(before)) => before.extend(pieces),
                    _ if pieces.is_empty() => {}
                    _ => said.push(Said::Agent(pieces)),
                }
            }
            Role::ToolResult => {
                let results = message.content.iter().filter_map(|part| match part {
                    ContentPart::ToolResult(result) => Some(result),
                    _ => None,
                });
                let answered =
                    results.zip(calls.by_ref()).map(|(result, call)| answered(call, result, &request.images));
                match said.last_mut() {
                    Some(Said::Results(before)) => before.extend(answered),
                    _ => said.push(Said::Results(answered.collect())),
                }
            }
        }
    }
    // Logs of older builds may have it so; most providers want a user to speak last.
    if matches!(said.last(), Some(Said::Agent(_))) {
        said.push(Said::User(vec![Piece::Text("(go on)".into())]));
    }
    for entry in &mut said {
        if let Said::User(pieces) = entry
            && pieces.is_empty()
        {
            pieces.push(Piece::Text("(an empty message)".into()));
        }
    }
    said
}

fn pieces<'a>(content: &'a [ContentPart], images: &'a Arc<Images>) -> Vec<Piece<'a>> {
    content.iter().filter_map(|part| piece(part, images)).collect()
}

fn piece<'a>(part: &'a ContentPart, images: &'a Arc<Images>) -> Option<Piece<'a>> {
    match part {
        ContentPart::Text { text } => text_piece(text),
        ContentPart::Image { base64: Some(base64), media_type, .. } => Some(Piece::Image {
            media_type: media_type.as_deref().unwrap_or("image/png").into(),
            base64: base64.into(),
        }),
        ContentPart::Image { url: Some(url), .. } => Some(match data_url(url) {
            Some((media_type, base64)) => Piece::Image { media_type: media_type.into(), base64: base64.into() },
            None => Piece::ImageUrl(url.into()),
        }),
        ContentPart::Image { .. } => None,
        ContentPart::ImageFile { image_id, filename } => Some(uploaded(image_id, images).unwrap_or_else(|| {
            let name = filename.as_deref().unwrap_or(image_id);
            Piece::Text(format!("(the image {name} cannot be shown any more)").into())
        })),
        ContentPart::ToolCall(_) | ContentPart::ToolResult(_) => None,
    }
}

fn uploaded<'a>(id: &str, images: &'a Images) -> Option<Piece<'a>> {
    let image = images.by_id.get(id)?;
    Some(Piece::Image { media_type: image.media_type.as_str().into(), base64: image.base64.as_str().into() })
}

fn text_piece(text: &str) -> Option<Piece<'_>> {
    (!text.trim().is_empty()).then(|| Piece::Text(text.into()))
}

/// The two halves of `data:image/png;base64,…`.
fn data_url(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix("data:")?.split_once(";base64,")
}

fn agent_pieces<'a>(message: &'a Message, origin: &str) -> Vec<AgentPiece<'a>> {
    let mut texts = message.content.iter().filter_map(ContentPart::as_text);
    let text = |text: &'a str| (!text.trim().is_empty()).then_some(AgentPiece::Text(text));
    let items = message.provider_items.as_deref().filter(|items| items.origin == origin);
    let Some(items) = items else {
        let texts = texts.filter_map(text);
        return texts.chain(message.tool_calls().map(AgentPiece::Call)).collect();
    };
    // The text of an answer is one part; where it is not, the message is not the one that the items were written for.
    let mut rest = texts.next_back().unwrap_or_default();
    let mut calls = message.tool_calls();
    let mut pieces = Vec::with_capacity(items.items.len());
    for item in &items.items {
        match item {
            ProviderItem::Own(own) => pieces.push(AgentPiece::Own(own)),
            ProviderItem::Text(bytes) => {
                let (now, later) = rest.split_at_checked(*bytes).unwrap_or((rest, ""));
                rest = later;
                pieces.extend(text(now));
            }
            ProviderItem::Call => pieces.extend(calls.next().map(AgentPiece::Call)),
        }
    }
    pieces.extend(text(rest));
    pieces.extend(calls.map(AgentPiece::Call));
    pieces
}

fn answered<'a>(call: &'a ToolCall, result: &'a ToolResult, images: &'a Arc<Images>) -> Answered<'a> {
    if let Some(error) = &result.error {
        let text = if error.is_empty() { "the call failed" } else { error };
        return Answered { call, pieces: vec![Piece::Text(text.into())], is_error: true };
    }
    let pieces = result.result.as_ref().map(|value| result_pieces(value, images)).unwrap_or_default();
    let pieces = if pieces.is_empty() { vec![Piece::Text("(nothing)".into())] } else { pieces };
    Answered { call, pieces, is_error: false }
}

/// A result is text, or a JSON value, or a list of content parts.
fn result_pieces<'a>(value: &'a Value, images: &'a Arc<Images>) -> Vec<Piece<'a>> {
    match value {
        Value::String(text) => text_piece(text).into_iter().collect(),
        Value::Array(parts) if !parts.is_empty() && parts.iter().all(is_part) => {
            parts.iter().filter_map(|part| owned_piece(part, images)).collect()
        }
        other => vec![Piece::Text(other.to_string().into())],
    }
}

fn is_part(value: &Value) -> bool {
    let kind = value.get("type").and_then(Value::as_str);
    match kind {
        Some("text") => value.get("text").is_some_and(Value::is_string),
        Some("image") => value.get("base64").or(value.get("url")).is_some_and(Value::is_string),
        Some("image_file") => value.get("image_id").is_some_and(Value::is_string),
        _ => false,
    }
}

fn owned_piece<'a>(value: &'a Value, images: &'a Arc<Images>) -> Option<Piece<'a>> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if let Some(id) = text("image_id") {
        return uploaded(id, images);
    }
    if let Some(base64) = text("base64") {
        let media_type = text("media_type").or(text("mediaType")).unwrap_or("image/png");
        return Some(Piece::Image { media_type: media_type.into(), base64: base64.into() });
    }
    match text("url") {
        Some(url) => Some(Piece::ImageUrl(url.into())),
        None => text("text").and_then(text_piece),
    }
}

/// The texts of pieces, joined by empty lines.
pub(crate) fn text_of(pieces: &[Piece<'_>]) -> String {
    let texts: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    texts.join("\n\n")
}
