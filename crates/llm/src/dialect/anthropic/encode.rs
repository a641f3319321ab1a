//! The request of Anthropic's Messages.

use serde_json::{Map, Value, json};

use super::super::claude::{Claude, Thinking, closed};
use super::super::turns::{CallIds, Side, Turns, called_tools, input, is_common, object_schema, tool_name};
use super::super::{Call, below, model_name, origin};
use super::VERSION;
use crate::conversation::{AgentPiece, Answered, Piece, Said, conversation};
use crate::vendor::Vendor;
use crate::{ModelError, Request};

/// The request as it goes over the wire.
pub(crate) fn encode(request: &Request, vendor: &Vendor) -> Result<Call, ModelError> {
    let url = below(vendor.base(&request.access)?, "messages");
    let mut headers = vendor.headers(&request.access)?;
    headers.push((VERSION.0, VERSION.1.to_owned()));
    let said = conversation(request, &origin(request));
    let claude = Claude::of(model_name(request));
    let thinking = claude.thinking(request.prompt.config.manner.reasoning_effort.as_deref(), &said);
    headers.extend(thinking.beta.map(|beta| ("anthropic-beta", beta.to_owned())));
    Ok(Call::new(url, headers, &body(request, &said, claude, thinking)))
}

fn body(request: &Request, said: &[Said<'_>], claude: &Claude, thinking: Thinking) -> Value {
    let config = &request.prompt.config;
    let mut body = Map::new();
    body.insert("model".into(), model_name(request).into());
    body.insert("max_tokens".into(), claude.answer_tokens.into());
    body.insert("stream".into(), true.into());
    let instructions = config.instructions();
    if !instructions.trim().is_empty() {
        let mut block = json!({"type": "text", "text": instructions});
        mark(&mut block);
        body.insert("system".into(), json!([block]));
    }
    body.insert("messages".into(), messages(said, thinking.gives_back).into());
    tools(request, said, &mut body);
    body.extend(thinking.field.map(|field| ("thinking".to_owned(), field)));
    let mut output = Map::new();
    output.extend(thinking.effort.map(|effort| ("effort".to_owned(), effort.into())));
    if let Some(schema) = config.manner.output_schema.as_ref().filter(|_| claude.holds_schema) {
        output.insert("format".into(), json!({"type": "json_schema", "schema": closed(schema)}));
    }
    if !output.is_empty() {
        body.insert("output_config".into(), output.into());
    }
    Value::Object(body)
}

/// What is sent up to here is kept by the provider for the next request.
fn mark(block: &mut Value) {
    block["cache_control"] = json!({"type": "ephemeral"});
}

fn tools(request: &Request, said: &[Said<'_>], body: &mut Map<String, Value>) {
    let config = &request.prompt.config;
    let mut tools: Vec<Value> = config
        .tools
        .iter()
        .map(|tool| {
            let schema = object_schema(&tool.parameters);
            json!({"name": tool.name, "description": tool.description, "input_schema": schema})
        })
        .collect();
    let choice = match tools.last_mut() {
        Some(last) => {
            mark(last);
            (!config.parallel_tool_calls).then(|| json!({"type": "auto", "disable_parallel_tool_use": true}))
        }
        // Calls in the conversation need tools in the request, also where there are none any more.
        None => {
            tools = called_tools(said)
                .into_iter()
                .map(|name| json!({"name": name, "input_schema": {"type": "object"}}))
                .collect();
            (!tools.is_empty()).then(|| json!({"type": "none"}))
        }
    };
    if !tools.is_empty() {
        body.insert("tools".into(), tools.into());
    }
    body.extend(choice.map(|choice| ("tool_choice".to_owned(), choice)));
}

fn messages(said: &[Said<'_>], gives_back: bool) -> Vec<Value> {
    let mut turns = Turns::default();
    let mut ids = CallIds::default();
    for entry in said {
        match entry {
            Said::User(pieces) => turns.say(Side::User, pieces.iter().filter_map(block).collect()),
            Said::Agent(pieces) => turns.say(Side::Agent, agent(pieces, gives_back, &mut ids)),
            Said::Results(results) => turns.say(Side::User, results.iter().map(|it| result(it, &ids)).collect()),
        }
    }
    let mut turns = turns.framed(text);
    // The newest turn, and the one before it, which the last request marked: there the provider finds what it kept.
    for blocks in turns.of_user_backwards().take(2) {
        blocks.last_mut().map(mark);
    }
    turns.into_messages()
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn block(piece: &Piece<'_>) -> Option<Value> {
    Some(match piece {
        Piece::Text(said) if said.trim().is_empty() => return None,
        Piece::Text(said) => text(said),
        Piece::Image { media_type, base64 } if is_common(media_type) => {
            json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": base64}})
        }
        Piece::Image { media_type, .. } => text(&format!("(an image of the type {media_type}, which cannot be shown)")),
        Piece::ImageUrl(url) if url.starts_with("https://") => {
            json!({"type": "image", "source": {"type": "url", "url": url}})
        }
        Piece::ImageUrl(_) => text("(an image with an address that cannot be shown)"),
    })
}

fn agent<'a>(pieces: &[AgentPiece<'a>], gives_back: bool, ids: &mut CallIds<'a>) -> Vec<Value> {
    // Thoughts that nothing came of are no end of a message.
    let ends = pieces.iter().rposition(|piece| !matches!(piece, AgentPiece::Own(_))).map_or(0, |last| last + 1);
    let blocks = pieces[..ends].iter().filter_map(|piece| match piece {
        AgentPiece::Own(own) => gives_back.then(|| (*own).clone()),
        AgentPiece::Text(said) => Some(text(said)),
        AgentPiece::Call(call) => {
            let id = ids.of_call(call);
            Some(json!({"type": "tool_use", "id": id, "name": tool_name(&call.name), "input": input(call)}))
        }
    });
    blocks.collect()
}

fn result(answered: &Answered<'_>, ids: &CallIds<'_>) -> Value {
    let mut blocks: Vec<Value> = answered.pieces.iter().filter_map(block).collect();
    let mut result = json!({"type": "tool_result", "tool_use_id": ids.of_result(answered.call)});
    if answered.is_error {
        result["is_error"] = true.into();
        if blocks.is_empty() {
            blocks.push(text("the call failed"));
        }
    }
    if !blocks.is_empty() {
        result["content"] = blocks.into();
    }
    result
}
