//! The arguments of a tool call, as models write them: JSON, most of the time.

use serde_json::{Map, Value};

/// The arguments that a model wrote. What can be mended without guessing is mended; what cannot stays the text it is, and
/// the model is told so in the answer to its call.
pub(crate) fn parse(text: &str) -> Value {
    let text = text.trim();
    if text.is_empty() || text == "null" {
        return Value::Object(Map::new());
    }
    let inner = without_fence(text);
    let read = [inner.to_owned(), without_trailing_commas(inner)].iter().find_map(|text| object(text));
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// An object, also one that was written as a JSON text of itself.
fn object(text: &str) -> Option<Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Some(Value::Object(map)),
        Ok(Value::String(inner)) => serde_json::from_str::<Map<String, Value>>(&inner).ok().map(Value::Object),
        _ => None,
    }
}

/// Some models put their JSON into a Markdown fence.
fn without_fence(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, |inner| inner.trim_start_matches("json").trim())
}

/// Commas before a closing bracket, which JSON does not know.
fn without_trailing_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if c == '"' {
            in_string = true;
        } else if matches!(c, '}' | ']') {
            let kept = out.trim_end();
            if let Some(kept) = kept.strip_suffix(',') {
                out.truncate(kept.len());
            }
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Value) {
        assert_eq!(parse(text), expected, "{text}");
    }

    #[test]
    fn what_can_be_mended_is_mended() {
        check(r#"{"a":1}"#, json!({"a": 1}));
        check("", json!({}));
        check("  null ", json!({}));
        check("```json\n{\"a\":1}\n```", json!({"a": 1}));
        check("```{\"a\":1}```", json!({"a": 1}));
        check(r#"{"a":[1,2,],}"#, json!({"a": [1, 2]}));
        check(r#"{"a":",}",}"#, json!({"a": ",}"}));
        check(r#"{"a":"\",}", }"#, json!({"a": "\",}"}));
        check(r#""{\"a\":1}""#, json!({"a": 1}));
    }

    #[test]
    fn what_cannot_be_mended_stays() {
        for text in [r#"{"a":"#, "[1]", "17", "{a:1}", "hello", r#"{"a":1}{"b":2}"#] {
            check(text, json!(text));
        }
    }
}
