//! The request of Converse.

use everruns_core::Timestamp;
use serde_json::{Map, Value, json};

use super::super::claude::{Claude, Thinking, closed};
use super::super::turns::{CallIds, Side, Turns, called_tools, input, is_common, object_schema, tool_name};
use super::super::{Call, below, model_name, origin};
use super::sign::{Signer, piece};
use crate::conversation::{AgentPiece, Answered, Piece, Said, conversation};
use crate::{Access, ModelError, Request};

/// The request as it goes over the wire.
pub(crate) fn encode(request: &Request, now: Timestamp) -> Result<Call, ModelError> {
    let access = &request.access;
    let base = match &access.base_url {
        Some(base) => base.clone(),
        None => format!("https://bedrock-runtime.{}.amazonaws.com", region(access)?),
    };
    let url = below(&base, &format!("model/{}/converse-stream", piece(model_name(request))));
    let headers = vec![("accept", "application/vnd.amazon.eventstream".to_owned())];
    let mut call = Call::new(url, headers, &body(request));
    match access.key("api_key").filter(|_| access.key("access_key_id").is_none()) {
        Some(key) => call.headers.push(("authorization", format!("Bearer {key}"))),
        None => {
            let signer = Signer::of(access, region(access)?, "bedrock")?;
            call.headers.extend(signer.headers(&call.url, Some("application/json"), &call.body, now));
        }
    }
    Ok(call)
}

/// The region that the provider names, or that stands in its address.
fn region(access: &Access) -> Result<&str, ModelError> {
    let named = access.base_url.as_deref().and_then(|url| {
        let (_, rest) = url.split_once("://bedrock-runtime.")?;
        rest.split_once(".amazonaws.com").map(|(region, _)| region)
    });
    access.key("region").or(named).map_or_else(|| access.required("region"), Ok)
}

/// Who made a model, as far as requests differ by it.
enum Maker {
    Claude(&'static Claude),
    Nova,
    Other,
}

impl Maker {
    fn of(model: &str) -> Self {
        if model.contains("claude") {
            Self::Claude(Claude::of(model))
        } else if model.contains("amazon.nova") {
            Self::Nova
        } else {
            Self::Other
        }
    }
}

/// Where a model takes marks up to which the provider keeps what it was sent.
struct Marks {
    system: bool,
    elsewhere: bool,
}

impl Marks {
    fn of(maker: &Maker, model: &str) -> Self {
        const WITHOUT: &[&str] =
            &["claude-v2", "claude-instant", "claude-3-haiku", "claude-3-sonnet", "claude-3-opus", "claude-3-5-sonnet"];
        match maker {
            Maker::Claude(_) => {
                let takes = !WITHOUT.iter().any(|name| model.contains(name));
                Self { system: takes, elsewhere: takes }
            }
            // It refuses them among tools and behind results.
            Maker::Nova => Self { system: !model.contains("nova-2"), elsewhere: false },
            Maker::Other => Self { system: false, elsewhere: false },
        }
    }
}

fn mark() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

fn body(request: &Request) -> Value {
    let config = &request.prompt.config;
    let model = model_name(request);
    let said = conversation(request, &origin(request));
    let maker = Maker::of(model);
    let marks = Marks::of(&maker, model);
    let effort = config.manner.reasoning_effort.as_deref();
    let thinking = match &maker {
        Maker::Claude(claude) => claude.thinking(effort, &said),
        Maker::Nova | Maker::Other => Thinking { gives_back: true, ..Thinking::default() },
    };
    let mut body = Map::new();
    let instructions = config.instructions();
    if !instructions.trim().is_empty() {
        let mut system = vec![text(&instructions)];
        system.extend(marks.system.then(mark));
        body.insert("system".into(), system.into());
    }
    body.insert("messages".into(), messages(&said, thinking.gives_back, &maker, &marks).into());
    let tools = tools(request, &said, &marks);
    if !tools.is_empty() {
        body.insert("toolConfig".into(), json!({"tools": tools}));
    }
    let mut own = Map::new();
    match &maker {
        Maker::Claude(claude) => {
            body.insert("inferenceConfig".into(), json!({"maxTokens": claude.answer_tokens}));
            if let Some(schema) = config.manner.output_schema.as_ref().filter(|_| claude.holds_schema) {
                let schema = json!({"name": "answer", "schema": closed(schema).to_string()});
                let format = json!({"type": "json_schema", "structure": {"jsonSchema": schema}});
                body.insert("outputConfig".into(), json!({"textFormat": format}));
            }
            // Older ones do not know the wish for one call at a time here.
            if claude.holds_schema && !config.parallel_tool_calls && !config.tools.is_empty() {
                own.insert("tool_choice".into(), json!({"type": "auto", "disable_parallel_tool_use": true}));
            }
        }
        Maker::Nova if model.contains("nova-2") => own.extend(effort.and_then(reasoning)),
        Maker::Nova | Maker::Other => {}
    }
    own.extend(thinking.field.map(|field| ("thinking".to_owned(), field)));
    own.extend(thinking.effort.map(|effort| ("output_config".to_owned(), json!({"effort": effort}))));
    own.extend(thinking.beta.map(|beta| ("anthropic_beta".to_owned(), json!([beta]))));
    if !own.is_empty() {
        body.insert("additionalModelRequestFields".into(), own.into());
    }
    Value::Object(body)
}

/// How Nova is told to think.
fn reasoning(effort: &str) -> Option<(String, Value)> {
    let effort = match effort {
        "none" => return None,
        "minimal" | "low" => "low",
        "medium" => "medium",
        _ => "high",
    };
    Some(("reasoningConfig".to_owned(), json!({"type": "enabled", "maxReasoningEffort": effort})))
}

fn tools(request: &Request, said: &[Said<'_>], marks: &Marks) -> Vec<Value> {
    let spec = |name: &str, description: &str, schema: Value| {
        let mut spec = json!({"name": name, "inputSchema": {"json": schema}});
        if !description.trim().is_empty() {
            spec["description"] = description.into();
        }
        json!({"toolSpec": spec})
    };
    let tools = request.prompt.config.tools.iter();
    let mut tools: Vec<Value> =
        tools.map(|tool| spec(&tool.name, &tool.description, object_schema(&tool.parameters))).collect();
    if tools.is_empty() {
        // Calls in the conversation need tools in the request, also where there are none any more.
        let gone = "It is not there any more; do not call it.";
        return called_tools(said).iter().map(|name| spec(name, gone, json!({"type": "object"}))).collect();
    }
    tools.extend(marks.elsewhere.then(mark));
    tools
}

fn messages(said: &[Said<'_>], gives_back: bool, maker: &Maker, marks: &Marks) -> Vec<Value> {
    let mut turns = Turns::default();
    let mut ids = CallIds::default();
    for entry in said {
        match entry {
            Said::User(pieces) => turns.say(Side::User, pieces.iter().filter_map(block).collect()),
            Said::Agent(pieces) => turns.say(Side::Agent, agent(pieces, gives_back, &mut ids)),
            Said::Results(results) => {
                turns.say(Side::User, results.iter().map(|it| result(it, &ids, maker)).collect());
            }
        }
    }
    let mut turns = turns.framed(text);
    if marks.elsewhere {
        // The newest turn, and the one before it, which the last request marked: there the provider finds what it kept.
        for blocks in turns.of_user_backwards().take(2) {
            blocks.push(mark());
        }
    }
    turns.into_messages()
}

fn text(text: &str) -> Value {
    json!({"text": text})
}

fn block(piece: &Piece<'_>) -> Option<Value> {
    Some(match piece {
        Piece::Text(said) if said.trim().is_empty() => return None,
        Piece::Text(said) => text(said),
        Piece::Image { media_type, base64 } if is_common(media_type) => {
            let format = media_type.trim_start_matches("image/");
            json!({"image": {"format": format, "source": {"bytes": base64}}})
        }
        Piece::Image { media_type, .. } => text(&format!("(an image of the type {media_type}, which cannot be shown)")),
        Piece::ImageUrl(url) => text(&format!("(an image at {url}, which cannot be shown from there)")),
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
            Some(json!({"toolUse": {"toolUseId": id, "name": tool_name(&call.name), "input": input(call)}}))
        }
    });
    blocks.collect()
}

fn result(answered: &Answered<'_>, ids: &CallIds<'_>, maker: &Maker) -> Value {
    let mut blocks: Vec<Value> = answered.pieces.iter().filter_map(block).collect();
    if blocks.is_empty() {
        blocks.push(text(if answered.is_error { "the call failed" } else { "(nothing)" }));
    }
    let mut result = json!({"toolUseId": ids.of_result(answered.call)});
    if answered.is_error {
        match maker {
            Maker::Claude(_) | Maker::Nova => result["status"] = "error".into(),
            // Others do not know the word.
            Maker::Other => blocks.insert(0, text("Error:")),
        }
    }
    result["content"] = blocks.into();
    json!({"toolResult": result})
}
