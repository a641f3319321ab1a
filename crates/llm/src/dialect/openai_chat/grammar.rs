//! What a request must be, by the strictest vendor's rules.

use serde_json::Value;

/// Whether a body is lawful; else what is wrong with it.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    let messages = body["messages"].as_array().filter(|list| !list.is_empty()).ok_or("there are no messages")?;
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let place = |what: &str| format!("messages[{index}]: {what}");
        let role = message["role"].as_str().unwrap_or_default();
        if role != "tool" && !open.is_empty() {
            return Err(place(&format!("the calls {open:?} are not answered")));
        }
        match role {
            "system" if index > 0 => return Err(place("instructions stand first")),
            "system" | "user" => content(&message["content"]).map_err(|what| place(&what))?,
            "assistant" => {
                let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
                for call in calls {
                    let id =
                        call["id"].as_str().filter(|id| !id.is_empty()).ok_or_else(|| place("a call has no id"))?;
                    let function = &call["function"];
                    if open.contains(&id) || !function["name"].is_string() || !function["arguments"].is_string() {
                        return Err(place("a call is there twice, or has no name or arguments"));
                    }
                    open.push(id);
                }
                if calls.is_empty() && !message["content"].is_string() {
                    return Err(place("it has neither text nor calls"));
                }
            }
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap_or_default();
                let known = open.iter().position(|open| *open == id).ok_or_else(|| place("it answers no call"))?;
                open.remove(known);
                content(&message["content"]).map_err(|what| place(&what))?;
            }
            role => return Err(place(&format!("there is no role `{role}`"))),
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("the calls {open:?} are not answered")) }
}

/// A text, or texts and images, at least one.
fn content(content: &Value) -> Result<(), String> {
    let parts = match content {
        Value::String(text) if !text.trim().is_empty() => return Ok(()),
        Value::Array(parts) if !parts.is_empty() => parts,
        _ => return Err("it has no content".to_owned()),
    };
    let is_empty = |part: &&Value| match part["type"].as_str() {
        Some("text") => part["text"].as_str().is_none_or(|text| text.trim().is_empty()),
        Some("image_url") => !part["image_url"]["url"].is_string(),
        _ => true,
    };
    parts.iter().find(is_empty).map_or(Ok(()), |part| Err(format!("a part is empty or unknown: {part}")))
}
