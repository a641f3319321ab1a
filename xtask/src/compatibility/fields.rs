//! The fields of an operation: what it reads and what it answers, as names.

use std::collections::BTreeSet;

use serde_json::Value;

/// Schemas stand in each other this deep at most; those that contain themselves end here.
const DEPTH_MAX: usize = 12;

/// Names of query parameters, and of the members of the request's JSON object.
pub(super) fn request(document: &Value, operation: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" {
            names.extend(parameter["name"].as_str().map(|name| format!("?{name}")));
        }
    }
    members(document, &operation["requestBody"]["content"]["application/json"]["schema"], "", &mut names, 0);
    names
}

/// Names of the members of the first success answer that is JSON.
pub(super) fn answer(document: &Value, operation: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let responses = operation["responses"].as_object().into_iter().flatten();
    let success = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
    let schema = success.map(|response| &response["content"]["application/json"]["schema"]).find(|s| !s.is_null());
    members(document, schema.unwrap_or(&Value::Null), "", &mut names, 0);
    names
}

/// Adds the members of a schema; those of a list's items, too.
fn members(document: &Value, schema: &Value, prefix: &str, names: &mut BTreeSet<String>, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        members(document, target, prefix, names, depth + 1);
    }
    for part in ["allOf", "oneOf", "anyOf"].iter().flat_map(|word| schema[*word].as_array().into_iter().flatten()) {
        members(document, part, prefix, names, depth + 1);
    }
    if prefix.is_empty() && !schema["items"].is_null() {
        members(document, &schema["items"], "[].", names, depth + 1);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        names.insert(format!("{prefix}{name}"));
        if prefix.is_empty() && name == "data" {
            members(document, &member["items"], "data[].", names, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_found_through_references_and_lists() {
        #[track_caller]
        fn check(schema: Value, expected: &[&str]) {
            let document = json!({ "components": { "schemas": {
                "Agent": { "allOf": [{ "$ref": "#/components/schemas/Named" }, { "properties": { "id": {} } }] },
                "Named": { "properties": { "name": {}, "child": { "$ref": "#/components/schemas/Named" } } },
            }}});
            let operation = json!({ "responses": {
                "400": { "content": { "application/json": { "schema": { "properties": { "error": {} } } } } },
                "200": { "content": { "application/json": { "schema": schema } } },
            }});
            let found: Vec<String> = answer(&document, &operation).into_iter().collect();
            assert_eq!(found, expected);
        }
        let agent = json!({ "$ref": "#/components/schemas/Agent" });
        check(agent.clone(), &["child", "id", "name"]);
        check(json!({ "type": "array", "items": agent.clone() }), &["[].child", "[].id", "[].name"]);
        check(
            json!({ "properties": { "data": { "type": "array", "items": agent }, "total": {} } }),
            &["data", "data[].child", "data[].id", "data[].name", "total"],
        );
        check(json!({}), &[]);
    }
}
