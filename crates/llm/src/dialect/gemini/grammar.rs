//! What a request must be, by the provider's rules.

use serde_json::Value;

/// Whether a body is lawful; else what is wrong with it.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    let contents = body["contents"].as_array().filter(|list| !list.is_empty()).ok_or("there are no contents")?;
    let mut asked: Vec<(&Value, &Value)> = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let place = |what: String| format!("contents[{index}]: {what}");
        let expected = if index % 2 == 0 { "user" } else { "model" };
        if content["role"] != expected {
            return Err(place(format!("the role is not `{expected}`")));
        }
        let parts = content["parts"].as_array().filter(|parts| !parts.is_empty());
        let parts = parts.ok_or_else(|| place("it has no parts".to_owned()))?;
        for part in parts {
            check_part(part, expected).map_err(place)?;
        }
        let answered = named(parts, "functionResponse");
        if answered != asked {
            return Err(place(format!("the calls {asked:?} are answered by {answered:?}")));
        }
        if let Some(response) = parts.iter().rposition(|part| part.get("functionResponse").is_some())
            && response >= answered.len()
        {
            return Err(place("something stands before an answer".to_owned()));
        }
        asked = named(parts, "functionCall");
    }
    match (asked.is_empty(), contents.len() % 2) {
        (true, 1) => Ok(()),
        (true, _) => Err("the user does not speak last".to_owned()),
        (false, _) => Err(format!("the calls {asked:?} are not answered")),
    }
}

/// Ids and names of the calls, or of the answers.
fn named<'a>(parts: &'a [Value], key: &str) -> Vec<(&'a Value, &'a Value)> {
    parts.iter().filter_map(|part| part.get(key)).map(|named| (&named["id"], &named["name"])).collect()
}

fn check_part(part: &Value, role: &str) -> Result<(), String> {
    const KINDS: &[&str] = &["text", "inlineData", "fileData", "functionCall", "functionResponse"];
    let kinds: Vec<&str> = KINDS.iter().copied().filter(|kind| part.get(*kind).is_some()).collect();
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let signature = &part["thoughtSignature"];
    let may_be_signed = signature.is_null() || (role == "model" && is_text(signature));
    if !may_be_signed {
        return Err(format!("a signature is empty, or not the model's: {part}"));
    }
    let is_whole = match kinds[..] {
        ["text"] => is_text(&part["text"]) || is_text(signature),
        ["inlineData"] => is_text(&part["inlineData"]["mimeType"]) && is_text(&part["inlineData"]["data"]),
        ["fileData"] => is_text(&part["fileData"]["fileUri"]),
        ["functionCall"] => {
            let call = &part["functionCall"];
            role == "model" && is_text(&call["name"]) && call["args"].is_object()
        }
        ["functionResponse"] => {
            let response = &part["functionResponse"];
            let shown = response["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
            let is_shown = |part: &Value| part.get("inlineData").or(part.get("fileData")).is_some();
            let output = response["response"].as_object();
            is_text(&response["name"]) && output.is_some_and(|output| !output.is_empty()) && shown.iter().all(is_shown)
        }
        _ => false,
    };
    if is_whole { Ok(()) } else { Err(format!("a part is empty, or not whole: {part}")) }
}
