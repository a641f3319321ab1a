//! The request of Responses.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::super::{Call, below, call_id, model_name, origin};
use super::thinkers::thinking;
use crate::conversation::{AgentPiece, Answered, Piece, Said, conversation, text_of};
use crate::vendor::{Quirk, Vendor};
use crate::{Access, ModelError, Request};

/// The request as it goes over the wire.
pub(crate) fn encode(request: &Request, vendor: &Vendor) -> Result<Call, ModelError> {
    let url = below(&base(&request.access, vendor)?, "responses");
    Ok(Call::new(url, vendor.headers(&request.access)?, &body(request, vendor)))
}

/// Azure shows its users the address of a resource without the path below which it answers.
fn base<'a>(access: &'a Access, vendor: &Vendor) -> Result<Cow<'a, str>, ModelError> {
    let base = vendor.base(access)?;
    if !vendor.has(Quirk::ResourceAddress) {
        return Ok(base.into());
    }
    let bare = base.split(['?', '#']).next().unwrap_or(base).trim_end_matches('/');
    let path = bare.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    Ok(match path {
        "" => format!("{bare}/openai/v1").into(),
        "openai" => format!("{bare}/v1").into(),
        _ => bare.into(),
    })
}

fn body(request: &Request, vendor: &Vendor) -> Value {
    let config = &request.prompt.config;
    let mut body = Map::new();
    body.insert("model".into(), model_name(request).into());
    let instructions = config.instructions();
    if !instructions.is_empty() {
        body.insert("instructions".into(), instructions.into());
    }
    body.insert("input".into(), input(request).into());
    body.insert("stream".into(), true.into());
    body.insert("store".into(), false.into());
    if !config.tools.is_empty() {
        let tools = config.tools.iter().map(|tool| {
            json!({"type": "function", "name": tool.name, "description": tool.description,
                "parameters": tool.parameters, "strict": false})
        });
        body.insert("tools".into(), tools.collect());
        body.insert("parallel_tool_calls".into(), config.parallel_tool_calls.into());
    }
    if let Some(effort) = thinking(model_name(request), config.manner.reasoning_effort.as_deref()) {
        let mut reasoning = json!({"summary": "auto"});
        if let Some(effort) = effort {
            reasoning["effort"] = effort.into();
        }
        body.insert("reasoning".into(), reasoning);
        body.insert("include".into(), json!(["reasoning.encrypted_content"]));
    }
    if let Some(schema) = &config.manner.output_schema {
        let format = json!({"type": "json_schema", "name": "answer", "schema": schema});
        body.insert("text".into(), json!({"format": format}));
    }
    if vendor.has(Quirk::CacheKey) && !request.conversation.is_empty() {
        body.insert("prompt_cache_key".into(), request.conversation.as_str().into());
    }
    Value::Object(body)
}

fn input(request: &Request) -> Vec<Value> {
    let mut input = Vec::new();
    for said in conversation(request, &origin(request)) {
        match said {
            Said::User(pieces) => {
                let content: Vec<Value> = pieces.iter().map(part).collect();
                input.push(json!({"type": "message", "role": "user", "content": content}));
            }
            Said::Agent(pieces) => agent(&pieces, &mut input),
            Said::Results(results) => input.extend(results.iter().map(output)),
        }
    }
    input
}

fn part(piece: &Piece<'_>) -> Value {
    let image = |url: &str| json!({"type": "input_image", "image_url": url, "detail": "auto"});
    match piece {
        Piece::Text(text) => json!({"type": "input_text", "text": text}),
        Piece::Image { media_type, base64 } => image(&format!("data:{media_type};base64,{base64}")),
        Piece::ImageUrl(url) => image(url),
    }
}

/// An item for each piece, in their order. Text goes as the short form of a message: the long one wants the id of an
/// item, which text of another provider does not have.
fn agent(pieces: &[AgentPiece<'_>], input: &mut Vec<Value>) {
    let mut phase = None;
    for piece in pieces {
        match piece {
            AgentPiece::Own(own) => match own.get("type").and_then(Value::as_str) {
                Some("reasoning") => input.extend(reasoning(own)),
                Some("message") => phase = own.get("phase"),
                _ => {}
            },
            AgentPiece::Text(text) => {
                let mut message = json!({"type": "message", "role": "assistant", "content": text});
                if let Some(phase) = phase.take() {
                    message["phase"] = phase.clone();
                }
                input.push(message);
            }
            AgentPiece::Call(call) => input.push(json!({
                "type": "function_call",
                "call_id": id(&call.id),
                "name": call.name,
                "arguments": call.arguments.to_string(),
            })),
        }
    }
    // A thought is refused without what it led to: the answer was cut off, or the rest of it was empty.
    while input.last().is_some_and(|item| item["type"] == "reasoning") {
        input.pop();
    }
}

/// A thought as it came, without what only the provider may say of it. One that is not encrypted was left behind with the
/// provider, who has not kept it.
fn reasoning(own: &Value) -> Option<Value> {
    own.get("encrypted_content")?.as_str().filter(|text| !text.is_empty())?;
    let mut item = Map::new();
    for key in ["type", "id", "summary", "content", "encrypted_content"] {
        match own.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(none)) if key == "content" && none.is_empty() => {}
            Some(value) => drop(item.insert(key.into(), value.clone())),
        }
    }
    Some(Value::Object(item))
}

/// The answer to a call: a text, or texts and images.
fn output(answered: &Answered<'_>) -> Value {
    let output: Value = if answered.is_error {
        format!("Error: {}", text_of(&answered.pieces)).into()
    } else if answered.pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        text_of(&answered.pieces).into()
    } else {
        answered.pieces.iter().map(part).collect()
    };
    json!({"type": "function_call_output", "call_id": id(&answered.call.id), "output": output})
}

fn id(id: &str) -> String {
    call_id(id, |id| (1..=64).contains(&id.len()), "call_", 12)
}
