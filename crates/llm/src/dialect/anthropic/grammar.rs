//! What Anthropic wants of a request.

use serde_json::Value;

use super::super::grammar::{self, Block, Turn, list, plain, word};

/// Blocks that may be marked for the cache.
const MARKS_MAX: usize = 4;

/// Whether the API takes such a body; if not, why not.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    word(body, "model")?;
    let max_tokens = body["max_tokens"].as_u64().filter(|tokens| *tokens > 0).ok_or("`max_tokens` is missing")?;
    for block in body["system"].as_array().into_iter().flatten() {
        word(block, "text")?;
    }
    let tools = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    for tool in tools {
        plain(word(tool, "name")?, 128)?;
        if tool.pointer("/input_schema/type").and_then(Value::as_str) != Some("object") {
            return Err(format!("a tool's schema is no object's: {tool}"));
        }
    }
    if body.get("tool_choice").is_some() && tools.is_empty() {
        return Err("`tool_choice` without tools".to_owned());
    }
    let marks = marks(body);
    if marks > MARKS_MAX {
        return Err(format!("{marks} blocks are marked for the cache, at most {MARKS_MAX} may be"));
    }
    let thinks = body.pointer("/thinking/type").and_then(Value::as_str) == Some("enabled");
    let budget = body.pointer("/thinking/budget_tokens").and_then(Value::as_u64).unwrap_or(0);
    if thinks && !(1_024..max_tokens).contains(&budget) {
        return Err(format!("a budget of {budget} tokens is not between 1024 and `max_tokens`"));
    }
    let turns = list(body, "messages")?.iter().map(turn).collect::<Result<Vec<_>, _>>()?;
    grammar::check(&turns, !tools.is_empty(), thinks)
}

fn marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            let inner = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "input" | "input_schema"));
            usize::from(fields.contains_key("cache_control")) + inner.map(|(_, value)| marks(value)).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(marks).sum(),
        _ => 0,
    }
}

fn turn(message: &Value) -> Result<Turn<'_>, String> {
    let is_user = match word(message, "role")? {
        "user" => true,
        "assistant" => false,
        other => return Err(format!("`{other}` is no role")),
    };
    let blocks = list(message, "content")?.iter().map(block).collect::<Result<_, _>>()?;
    Ok(Turn { is_user, blocks })
}

fn block(block: &Value) -> Result<Block<'_>, String> {
    match word(block, "type")? {
        "text" => Ok(Block::Text(word(block, "text")?)),
        "image" => {
            let source = &block["source"];
            match word(source, "type")? {
                "url" => word(source, "url")?,
                _ => word(source, "media_type").and_then(|_| word(source, "data"))?,
            };
            Ok(Block::Image)
        }
        "thinking" | "redacted_thinking" if block.get("cache_control").is_some() => {
            Err("a thought is marked for the cache".to_owned())
        }
        "thinking" => word(block, "signature").map(|_| Block::Thought),
        "redacted_thinking" => word(block, "data").map(|_| Block::Thought),
        "tool_use" => Ok(Block::Call { id: word(block, "id")?, name: word(block, "name")?, input: &block["input"] }),
        "tool_result" => {
            for inner in block["content"].as_array().into_iter().flatten() {
                if !matches!(self::block(inner)?, Block::Text(_) | Block::Image) {
                    return Err(format!("a result of something else than texts and images: {inner}"));
                }
            }
            if block["is_error"] == true && block["content"].as_array().is_none_or(Vec::is_empty) {
                return Err("an error without a word".to_owned());
            }
            Ok(Block::Result { id: word(block, "tool_use_id")? })
        }
        other => Err(format!("`{other}` is no block")),
    }
}
