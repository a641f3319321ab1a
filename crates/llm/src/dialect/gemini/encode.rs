//! The request of Gemini.

use everruns_core::ErrorCode;
use everruns_core::message::ToolCall;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::{Call, below, call_id, model_name, origin};
use super::thinkers::{is_third, thinking};
use crate::conversation::{AgentPiece, Answered, Piece, Said, conversation, text_of};
use crate::vendor::Vendor;
use crate::{ModelError, Request};

/// The request as it goes over the wire.
pub(crate) fn encode(request: &Request, vendor: &Vendor) -> Result<Call, ModelError> {
    let path = format!("{}:streamGenerateContent?alt=sse", place(model_name(request))?);
    let url = below(vendor.base(&request.access)?, &path);
    Ok(Call::new(url, vendor.headers(&request.access)?, &body(request)))
}

/// Where a model lives: its name is a part of the address.
fn place(model: &str) -> Result<String, ModelError> {
    if model.split('/').any(|part| matches!(part, "" | "." | "..")) {
        let message = format!("`{model}` cannot be the name of a model of Gemini");
        return Err(ModelError::permanent(ErrorCode::ModelUnavailable, message));
    }
    let parts: Vec<String> = model.split('/').map(|part| utf8_percent_encode(part, IN_A_PATH).to_string()).collect();
    let name = parts.join("/");
    // Tuned models have a place of their own.
    Ok(if name.contains('/') { name } else { format!("models/{name}") })
}

/// What stands as it is in a part of a path.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn body(request: &Request) -> Value {
    let config = &request.prompt.config;
    let model = model_name(request).trim_start_matches("models/");
    let mut body = Map::new();
    let mut generation = Map::new();
    let mut instructions = config.instructions();
    if let Some(thinking) = thinking(model, config.manner.reasoning_effort.as_deref()) {
        generation.insert("thinkingConfig".into(), thinking);
    }
    if let Some(schema) = &config.manner.output_schema {
        if config.tools.is_empty() || is_third(model) {
            generation.insert("responseMimeType".into(), "application/json".into());
            generation.insert("responseJsonSchema".into(), schema.clone());
        } else {
            // Before Gemini 3 a request with tools that wants JSON is refused.
            let gap = if instructions.is_empty() { "" } else { "\n\n" };
            instructions = format!("{instructions}{gap}Write the final answer as JSON of this schema alone: {schema}");
        }
    }
    if !instructions.is_empty() {
        body.insert("systemInstruction".into(), json!({"parts": [{"text": instructions}]}));
    }
    body.insert("contents".into(), contents(request, is_third(model)).into());
    if !config.tools.is_empty() {
        let tools = config.tools.iter().map(
            |tool| json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}),
        );
        let tools: Vec<Value> = tools.collect();
        body.insert("tools".into(), json!([{"functionDeclarations": tools}]));
    }
    if !generation.is_empty() {
        body.insert("generationConfig".into(), generation.into());
    }
    Value::Object(body)
}

/// What was said, the two sides in turns.
fn contents(request: &Request, is_third: bool) -> Vec<Value> {
    let mut contents: Vec<(&str, Vec<Value>)> = Vec::new();
    for said in conversation(request, &origin(request)) {
        let (role, parts) = match said {
            Said::User(pieces) => ("user", pieces.iter().map(part).collect()),
            Said::Agent(pieces) => ("model", agent(&pieces, is_third)),
            Said::Results(results) => ("user", responses(&results, is_third)),
        };
        match contents.last_mut() {
            _ if parts.is_empty() => {}
            Some((before, all)) if *before == role => all.extend(parts),
            _ => contents.push((role, parts)),
        }
    }
    contents.into_iter().map(|(role, parts)| json!({"role": role, "parts": parts})).collect()
}

fn part(piece: &Piece<'_>) -> Value {
    match piece {
        Piece::Text(text) => json!({"text": text}),
        Piece::Image { media_type, base64 } => json!({"inlineData": {"mimeType": media_type, "data": base64}}),
        Piece::ImageUrl(url) if is_file(url) => json!({"fileData": {"fileUri": url}}),
        Piece::ImageUrl(url) => json!({"text": not_fetched(url)}),
    }
}

/// Whether the provider keeps the file itself: it fetches no others.
fn is_file(url: &str) -> bool {
    url.starts_with("gs://") || url.starts_with("https://generativelanguage.googleapis.com/")
}

fn not_fetched(url: &str) -> String {
    format!("(the image {url} cannot be shown: this provider fetches none)")
}

/// What the model said. A signature goes back in the part in which it came.
fn agent(pieces: &[AgentPiece<'_>], is_third: bool) -> Vec<Value> {
    let says_something = |piece: &AgentPiece<'_>| !matches!(piece, AgentPiece::Own(_));
    if !pieces.iter().any(says_something) {
        return Vec::new();
    }
    let mut parts = Vec::with_capacity(pieces.len());
    let mut signed: Option<&Map<String, Value>> = None;
    let mut has_calls = false;
    for piece in pieces {
        let (key, mut part) = match piece {
            // A whole part, such as a signature behind the last text.
            AgentPiece::Own(own) if own.get("text").is_some() => {
                parts.push((*own).clone());
                continue;
            }
            AgentPiece::Own(own) => {
                signed = own.as_object();
                continue;
            }
            AgentPiece::Text(text) => ("text", json!({"text": text})),
            AgentPiece::Call(call) => ("functionCall", json!({"functionCall": function_call(call)})),
        };
        let signed = signed.take().filter(|own| own.get("for").is_some_and(|whose| whose == key));
        let signature = signed.and_then(|own| own.get("thoughtSignature")).cloned();
        // Gemini 3 takes no first call without a signature, and this word where another model made it.
        let is_call = key == "functionCall";
        let is_first_call = is_call && !has_calls;
        has_calls |= is_call;
        let without = (is_third && is_first_call).then(|| json!("skip_thought_signature_validator"));
        if let Some(signature) = signature.or(without) {
            part["thoughtSignature"] = signature;
        }
        parts.push(part);
    }
    parts
}

fn function_call(call: &ToolCall) -> Value {
    let arguments = match &call.arguments {
        Value::Object(_) => call.arguments.clone(),
        // What the model wrote cannot be read, and it is told so in the answer.
        other => json!({"arguments": other}),
    };
    json!({"id": id(&call.id), "name": call.name, "args": arguments})
}

/// The answers of one message in the order of its calls. Images stand within the answer since Gemini 3, before that behind
/// all of them.
fn responses(results: &[Answered<'_>], is_third: bool) -> Vec<Value> {
    let mut images = Vec::new();
    let mut parts: Vec<Value> = Vec::with_capacity(results.len());
    for result in results {
        let shown: Vec<Value> = result.pieces.iter().filter(|piece| is_shown(piece)).map(part).collect();
        let mut response =
            json!({"id": id(&result.call.id), "name": result.call.name, "response": output(result, is_third)});
        if is_third && !shown.is_empty() {
            response["parts"] = shown.into();
        } else {
            images.extend(shown);
        }
        parts.push(json!({"functionResponse": response}));
    }
    if !images.is_empty() {
        parts.push(json!({"text": "The images of the tool results:"}));
        parts.extend(images);
    }
    parts
}

fn is_shown(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Text(_) => false,
        Piece::Image { .. } => true,
        Piece::ImageUrl(url) => is_file(url),
    }
}

fn output(result: &Answered<'_>, is_third: bool) -> Value {
    let mut texts = vec![text_of(&result.pieces)];
    texts.extend(result.pieces.iter().filter_map(|piece| match piece {
        Piece::ImageUrl(url) if !is_file(url) => Some(not_fetched(url)),
        _ => None,
    }));
    if result.pieces.iter().any(is_shown) {
        texts.push(if is_third { "(with images)" } else { "(its images follow)" }.to_owned());
    }
    texts.retain(|text| !text.is_empty());
    let text = texts.join("\n\n");
    if result.is_error {
        return json!({"error": text});
    }
    match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(object) => json!({"output": object}),
        Err(_) => json!({"output": text}),
    }
}

fn id(id: &str) -> String {
    call_id(id, |id| (1..=64).contains(&id.len()), "call_", 12)
}
