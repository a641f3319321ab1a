//! The request of Chat Completions.

use serde_json::{Map, Value, json};

use super::super::{Call, below, call_id, model_name, origin};
use crate::conversation::{AgentPiece, Answered, Piece, Said, conversation, text_of};
use crate::vendor::{Quirk, Vendor};
use crate::{ModelError, Request};

/// The request as it goes over the wire.
pub(crate) fn encode(request: &Request, vendor: &Vendor) -> Result<Call, ModelError> {
    let url = below(vendor.base(&request.access)?, "chat/completions");
    Ok(Call::new(url, vendor.headers(&request.access)?, &body(request, vendor)))
}

fn body(request: &Request, vendor: &Vendor) -> Value {
    let config = &request.prompt.config;
    let mut body = Map::new();
    body.insert("model".into(), model_name(request).into());
    body.insert("messages".into(), messages(request, vendor).into());
    body.insert("stream".into(), true.into());
    if !vendor.has(Quirk::CountsUnasked) {
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    if vendor.has(Quirk::TellsCost) {
        body.insert("usage".into(), json!({"include": true}));
    }
    if !config.tools.is_empty() {
        let tools = config.tools.iter().map(|tool| {
            let function = json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
            json!({"type": "function", "function": function})
        });
        body.insert("tools".into(), tools.collect());
        if !config.parallel_tool_calls {
            body.insert("parallel_tool_calls".into(), false.into());
        }
    }
    if let Some(effort) = &config.manner.reasoning_effort {
        if vendor.has(Quirk::EffortObject) {
            body.insert("reasoning".into(), json!({"effort": effort}));
        } else if !vendor.has(Quirk::NoEffort) {
            body.insert("reasoning_effort".into(), effort.as_str().into());
        }
    }
    if let Some(schema) = &config.manner.output_schema {
        let format = if vendor.has(Quirk::JsonSchema) {
            json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}})
        } else {
            json!({"type": "json_object"})
        };
        body.insert("response_format".into(), format);
    }
    if vendor.has(Quirk::CacheKey) {
        body.insert("prompt_cache_key".into(), request.conversation.as_str().into());
    }
    Value::Object(body)
}

fn messages(request: &Request, vendor: &Vendor) -> Vec<Value> {
    let mut messages = Vec::new();
    let instructions = request.prompt.config.instructions();
    if !instructions.is_empty() {
        messages.push(json!({"role": "system", "content": instructions}));
    }
    for said in conversation(request, &origin(request)) {
        match said {
            Said::User(pieces) => messages.push(json!({"role": "user", "content": content(&pieces)})),
            Said::Agent(pieces) => messages.push(agent(&pieces, vendor)),
            Said::Results(results) => answers(&results, vendor, &mut messages),
        }
    }
    messages
}

/// Texts alone are one text, which every vendor takes.
fn content(pieces: &[Piece<'_>]) -> Value {
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return text_of(pieces).into();
    }
    pieces.iter().map(part).collect()
}

fn part(piece: &Piece<'_>) -> Value {
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    match piece {
        Piece::Text(text) => json!({"type": "text", "text": text}),
        Piece::Image { media_type, base64 } => image(&format!("data:{media_type};base64,{base64}")),
        Piece::ImageUrl(url) => image(url),
    }
}

fn agent(pieces: &[AgentPiece<'_>], vendor: &Vendor) -> Value {
    let mut message = Map::new();
    message.insert("role".into(), "assistant".into());
    let (mut texts, mut calls) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            AgentPiece::Text(text) => texts.push(*text),
            AgentPiece::Call(call) => calls.push(json!({
                "id": id(&call.id, vendor),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.to_string()},
            })),
            AgentPiece::Own(own) => message.extend(wanted_back(own, vendor)),
        }
    }
    let content = if texts.is_empty() { Value::Null } else { texts.join("\n\n").into() };
    message.insert("content".into(), content);
    if !calls.is_empty() {
        message.insert("tool_calls".into(), calls.into());
    } else if message.get("content") == Some(&Value::Null) {
        // Thoughts alone are no answer that a vendor takes back.
        message.insert("content".into(), "".into());
    }
    Value::Object(message)
}

/// What this vendor wants back of its own: most refuse thoughts in a request.
fn wanted_back(own: &Value, vendor: &Vendor) -> impl Iterator<Item = (String, Value)> {
    let wanted = [("reasoning_content", Quirk::ReasoningBack), ("reasoning_details", Quirk::ReasoningDetailsBack)];
    let keys = wanted.into_iter().filter(|(_, quirk)| vendor.has(*quirk)).map(|(key, _)| key);
    keys.filter_map(|key| Some((key.to_owned(), own.get(key)?.clone()))).collect::<Vec<_>>().into_iter()
}

/// Answers are text here; their images follow in a message of the user.
fn answers(results: &[Answered<'_>], vendor: &Vendor, messages: &mut Vec<Value>) {
    let mut images: Vec<Value> = Vec::new();
    for result in results {
        let mut text = text_of(&result.pieces);
        let pictures = result.pieces.iter().filter(|piece| !matches!(piece, Piece::Text(_)));
        let before = images.len();
        images.extend(pictures.map(part));
        if images.len() > before {
            let note = "(its images follow)";
            text = if text.is_empty() { note.to_owned() } else { format!("{text}\n\n{note}") };
        }
        let text = if result.is_error { format!("Error: {text}") } else { text };
        messages.push(json!({"role": "tool", "tool_call_id": id(&result.call.id, vendor), "content": text}));
    }
    if !images.is_empty() {
        images.insert(0, json!({"type": "text", "text": "The images of the tool results:"}));
        messages.push(json!({"role": "user", "content": images}));
    }
}

fn id(id: &str, vendor: &Vendor) -> String {
    if vendor.has(Quirk::NineLetterCallIds) {
        let is_lawful = |id: &str| id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return call_id(id, is_lawful, "", 9);
    }
    call_id(id, |id| (1..=40).contains(&id.len()), "call_", 12)
}
