//! What a request must be, by the provider's rules.

use serde_json::Value;

/// Whether a body is lawful; else what is wrong with it.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    let items = body["input"].as_array().filter(|items| !items.is_empty()).ok_or("there is no input")?;
    let mut open: Vec<&str> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = |what: &str| format!("input[{index}]: {what}");
        let text = |key: &str| item[key].as_str().unwrap_or_default();
        let needed = |key: &str| match text(key) {
            "" => Err(place(&format!("{key} is missing"))),
            text => Ok(text),
        };
        let kind = text("type");
        match (kind, text("role")) {
            ("message", "user") if open.is_empty() => parts(&item["content"]).map_err(|what| place(&what))?,
            ("message", "user") => return Err(place(&format!("the calls {open:?} are not answered"))),
            ("message", "assistant") if text("content").trim().is_empty() => return Err(place("it says nothing")),
            ("message", "assistant") => {}
            ("reasoning", _) => {
                needed("encrypted_content")?;
                needed("id")?;
                if !item["summary"].is_array() || !item["status"].is_null() {
                    return Err(place("a thought has a summary and no status"));
                }
                if !items.get(index + 1).is_some_and(belongs) {
                    return Err(place("a thought without what it led to"));
                }
            }
            ("function_call", _) => {
                needed("name")?;
                needed("arguments")?;
                let id = needed("call_id")?;
                if id.len() > 64 || open.contains(&id) {
                    return Err(place("its call_id is too long or there twice"));
                }
                open.push(id);
            }
            ("function_call_output", _) => {
                let id = needed("call_id")?;
                let known = open.iter().position(|open| *open == id).ok_or_else(|| place("it answers no call"))?;
                open.remove(known);
                match &item["output"] {
                    Value::String(text) if text.trim().is_empty() => return Err(place("its output is empty")),
                    Value::String(_) => {}
                    list => parts(list).map_err(|what| place(&what))?,
                }
            }
            (kind, role) => return Err(place(&format!("there is no item `{kind}` of `{role}`"))),
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("the calls {open:?} are not answered")) }
}

/// Texts and images, at least one.
fn parts(parts: &Value) -> Result<(), String> {
    let parts = parts.as_array().filter(|parts| !parts.is_empty()).ok_or("it has no content")?;
    for part in parts {
        let text = |key: &str| part[key].as_str().unwrap_or_default();
        match text("type") {
            "input_text" if !text("text").trim().is_empty() => {}
            "input_image" if text("image_url").starts_with("data:") || text("image_url").contains("://") => {}
            kind => return Err(format!("a part `{kind}` is empty or unknown")),
        }
    }
    Ok(())
}

/// Whether an item can be what a thought led to.
fn belongs(item: &Value) -> bool {
    match item["type"].as_str() {
        Some("function_call" | "reasoning") => true,
        Some("message") => item["role"] == "assistant",
        _ => false,
    }
}
