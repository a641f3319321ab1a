//! What Converse wants of a request.

use serde_json::Value;

use super::super::grammar::{self, Block, Turn, list, plain, word};

/// Marks for the cache.
const MARKS_MAX: usize = 4;

/// Whether the API takes such a body; if not, why not.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    let system = body["system"].as_array().into_iter().flatten();
    for block in system.filter(|block| block.get("cachePoint").is_none()) {
        word(block, "text")?;
    }
    let mut has_tools = false;
    if body.get("toolConfig").is_some() {
        for tool in list(&body["toolConfig"], "tools")?.iter().filter(|tool| tool.get("cachePoint").is_none()) {
            let spec = &tool["toolSpec"];
            plain(word(spec, "name")?, 64)?;
            if spec.pointer("/inputSchema/json/type").and_then(Value::as_str) != Some("object") {
                return Err(format!("a tool's schema is no object's: {tool}"));
            }
            if spec.get("description").is_some() {
                word(spec, "description")?;
            }
            has_tools = true;
        }
    }
    let lists = [&body["system"], &body["toolConfig"]["tools"]].into_iter();
    let lists = lists.chain(list(body, "messages")?.iter().map(|message| &message["content"]));
    let blocks = lists.filter_map(Value::as_array).flatten();
    let marks = blocks.filter(|block| block.get("cachePoint").is_some()).count();
    if marks > MARKS_MAX {
        return Err(format!("{marks} marks for the cache, at most {MARKS_MAX} may be there"));
    }
    let own = &body["additionalModelRequestFields"];
    let thinks = own.pointer("/thinking/type").and_then(Value::as_str) == Some("enabled");
    let budget = own.pointer("/thinking/budget_tokens").and_then(Value::as_u64).unwrap_or(0);
    let max_tokens = body.pointer("/inferenceConfig/maxTokens").and_then(Value::as_u64).unwrap_or(0);
    if thinks && !(1_024..max_tokens).contains(&budget) {
        return Err(format!("a budget of {budget} tokens is not between 1024 and `maxTokens`"));
    }
    let turns = list(body, "messages")?.iter().map(turn).collect::<Result<Vec<_>, _>>()?;
    grammar::check(&turns, has_tools, thinks)
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

/// A block has one member, which says what it is.
fn block(block: &Value) -> Result<Block<'_>, String> {
    let mut members = block.as_object().into_iter().flatten();
    let (Some((kind, value)), None) = (members.next(), members.next()) else {
        return Err(format!("a block has one member: {block}"));
    };
    match kind.as_str() {
        "text" => Ok(Block::Text(word(block, "text")?)),
        "image" => {
            let format = word(value, "format")?;
            word(&value["source"], "bytes")?;
            if !matches!(format, "png" | "jpeg" | "gif" | "webp") {
                return Err(format!("`{format}` is no format of images"));
            }
            Ok(Block::Image)
        }
        "reasoningContent" => {
            match value.get("reasoningText") {
                Some(thought) => word(thought, "signature")?,
                None => word(value, "redactedContent")?,
            };
            Ok(Block::Thought)
        }
        "toolUse" => {
            Ok(Block::Call { id: word(value, "toolUseId")?, name: word(value, "name")?, input: &value["input"] })
        }
        "toolResult" => {
            for inner in list(value, "content")? {
                if !matches!(self::block(inner)?, Block::Text(_) | Block::Image) {
                    return Err(format!("a result of something else than texts and images: {inner}"));
                }
            }
            Ok(Block::Result { id: word(value, "toolUseId")? })
        }
        "cachePoint" => Ok(Block::Mark),
        other => Err(format!("`{other}` is no block")),
    }
}
