//! JSON Schema, as much of it as the settings of capabilities need: [`check`] holds a value against a schema, and
//! [`unknown_keyword`] tells whether a schema says more than that.

use serde_json::{Map, Value};

/// What is understood, and words that are for people only.
const KEYWORDS: &[&str] = &[
    "$schema",
    "additionalProperties",
    "default",
    "description",
    "enum",
    "examples",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "properties",
    "required",
    "title",
    "type",
];

/// Where a value does not fit, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Such as `.rules[2].kind`; empty: the value as a whole.
    pub path: String,
    /// Such as `must be a string`.
    pub remedy: String,
}

/// Holds a value against a schema; the first thing that does not fit.
pub fn check(schema: &Value, value: &Value) -> Result<(), Misfit> {
    within(schema, value, &mut String::new())
}

fn within(schema: &Value, value: &Value, path: &mut String) -> Result<(), Misfit> {
    let misfit = |path: &str, remedy: String| Err(Misfit { path: path.to_owned(), remedy });
    let Some(schema) = schema.as_object() else {
        return if schema == &Value::Bool(false) { misfit(path, "is not allowed".to_owned()) } else { Ok(()) };
    };
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|wanted| is_of(wanted, value)) {
        return misfit(path, format!("must be of type {}", types.join(" or ")));
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let words: Vec<String> = allowed.iter().map(Value::to_string).collect();
        return misfit(path, format!("must be one of {}", words.join(", ")));
    }
    let number = |key| schema.get(key).and_then(Value::as_f64);
    let (size, unit, least, most) = match value {
        Value::Number(number) => (number.as_f64(), "", "minimum", "maximum"),
        Value::String(text) => (Some(text.chars().count() as f64), " characters", "minLength", "maxLength"),
        Value::Array(items) => (Some(items.len() as f64), " items", "minItems", "maxItems"),
        _ => (None, "", "", ""),
    };
    if let (Some(size), Some(least)) = (size, number(least))
        && size < least
    {
        return misfit(path, format!("must be at least {least}{unit}"));
    }
    if let (Some(size), Some(most)) = (size, number(most))
        && size > most
    {
        return misfit(path, format!("must be at most {most}{unit}"));
    }
    match value {
        Value::Object(members) => object(schema, members, path),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(place, item)| {
            let schema = schema.get("items").unwrap_or(&Value::Bool(true));
            deeper(schema, item, path, &format!("[{place}]"))
        }),
        _ => Ok(()),
    }
}

fn object(schema: &Map<String, Value>, members: &Map<String, Value>, path: &mut String) -> Result<(), Misfit> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(Misfit { path: format!("{path}.{name}"), remedy: "is required".to_owned() });
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, member) in members {
        let own = properties.and_then(|properties| properties.get(name));
        let rest = schema.get("additionalProperties").unwrap_or(&Value::Bool(true));
        deeper(own.unwrap_or(rest), member, path, &format!(".{name}"))?;
    }
    Ok(())
}

fn deeper(schema: &Value, value: &Value, path: &mut String, step: &str) -> Result<(), Misfit> {
    let length = path.len();
    path.push_str(step);
    within(schema, value, path)?;
    path.truncate(length);
    Ok(())
}

fn is_of(wanted: &str, value: &Value) -> bool {
    match wanted {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// A keyword of the schema that [`check`] would pass over, if there is one.
pub fn unknown_keyword(schema: &Value) -> Option<String> {
    let members = schema.as_object()?;
    if let Some(unknown) = members.keys().find(|key| !KEYWORDS.contains(&key.as_str())) {
        return Some(unknown.clone());
    }
    let inner = members.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    inner.chain(members.get("items")).chain(members.get("additionalProperties")).find_map(unknown_keyword)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_against_a_schema() {
        let schema = json!({
            "type": "object",
            "properties": {
                "mode": { "enum": ["strict", "lax"] },
                "count": { "type": "integer", "minimum": 1, "maximum": 5 },
                "name": { "type": ["string", "null"], "minLength": 2, "maxLength": 3 },
                "rules": { "type": "array", "maxItems": 2, "items": { "type": "object", "required": ["kind"] } },
                "labels": { "additionalProperties": { "type": "string" } },
            },
            "required": ["mode"],
            "additionalProperties": false,
        });
        assert_eq!(unknown_keyword(&schema), None);
        #[track_caller]
        fn check_it(schema: &Value, value: Value, expected: &str) {
            let found = check(schema, &value).map_err(|misfit| format!("{} {}", misfit.path, misfit.remedy));
            assert_eq!(found.err().unwrap_or_default(), expected, "{value}");
        }
        let check = |value, expected| check_it(&schema, value, expected);
        check(json!({"mode": "lax"}), "");
        check(json!({"mode": "lax", "count": 5, "name": null, "rules": [], "labels": {"a": "b"}}), "");
        check(json!(null), " must be of type object");
        check(json!({}), ".mode is required");
        check(json!({"mode": "odd"}), r#".mode must be one of "strict", "lax""#);
        check(json!({"mode": "lax", "other": 1}), ".other is not allowed");
        check(json!({"mode": "lax", "count": 1.5}), ".count must be of type integer");
        check(json!({"mode": "lax", "count": 0}), ".count must be at least 1");
        check(json!({"mode": "lax", "count": 6}), ".count must be at most 5");
        check(json!({"mode": "lax", "name": 7}), ".name must be of type string or null");
        check(json!({"mode": "lax", "name": "é"}), ".name must be at least 2 characters");
        check(json!({"mode": "lax", "name": "four"}), ".name must be at most 3 characters");
        check(json!({"mode": "lax", "rules": [1]}), ".rules[0] must be of type object");
        check(json!({"mode": "lax", "rules": [{"kind": 1}, {}]}), ".rules[1].kind is required");
        check(json!({"mode": "lax", "rules": [{}, {}, {}]}), ".rules must be at most 2 items");
        check(json!({"mode": "lax", "labels": {"a": 1}}), ".labels.a must be of type string");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        #[track_caller]
        fn check(schema: Value, expected: Option<&str>) {
            assert_eq!(unknown_keyword(&schema).as_deref(), expected, "{schema}");
        }
        check(json!(true), None);
        check(json!({"type": "string", "title": "A"}), None);
        check(json!({"oneOf": []}), Some("oneOf"));
        check(json!({"properties": {"a": {"items": {"pattern": "x"}}}}), Some("pattern"));
        check(json!({"additionalProperties": {"$ref": "#"}}), Some("$ref"));
    }
}
