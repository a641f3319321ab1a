//! Whether what is there is what a document says.

use everruns_core::harness::GENERIC;
use serde_json::{Map, Value};

use super::Kind;

/// What a document may say of an agent.
pub(super) const AGENT_FIELDS: &[&str] = &[
    "name",
    "display_name",
    "description",
    "system_prompt",
    "default_model_id",
    "harness_id",
    "harness_name",
    "tags",
    "capabilities",
    "tools",
    "initial_files",
    "mcpServers",
    "network_access",
    "max_iterations",
    "parallel_tool_calls",
];

/// What a document may say of a harness.
pub(super) const HARNESS_FIELDS: &[&str] = &[
    "name",
    "display_name",
    "description",
    "system_prompt",
    "parent_harness_id",
    "default_model_id",
    "tags",
    "capabilities",
    "tools",
    "initial_files",
    "mcpServers",
    "network_access",
    "embedder_metadata",
    "max_iterations",
    "parallel_tool_calls",
];

/// Fields that the server fills in by itself, so that their absence in a document says nothing.
const FILLED_IN: &[&str] = &["harness_id", "harness_name", "name"];

/// Whether an agent is on the harness that a document without one means.
fn is_on_default(current: &Value) -> bool {
    current["harness_id"].as_str().is_none_or(|id| id == GENERIC.to_string())
}

/// Whether nothing has to be written. Of an agent a document says everything, of the others what it names. What the
/// server never shows, such as a key, cannot be compared and counts as a change.
pub(super) fn is_same(kind: Kind, document: &Map<String, Value>, current: &Value) -> bool {
    let is_as_said = document.iter().all(|(field, wanted)| normal(field, wanted) == normal(field, &current[field]));
    let is_all = kind != Kind::Agent
        || (document.contains_key("harness_id") || is_on_default(current))
            && AGENT_FIELDS
                .iter()
                .filter(|field| !FILLED_IN.contains(field) && !document.contains_key(**field))
                .all(|field| is_empty(&current[*field]));
    is_as_said && is_all
}

/// Whether a value says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// A value with its defaults left out, so that two ways to say the same are equal.
fn normal(field: &str, value: &Value) -> Value {
    if is_empty(value) {
        return Value::Null;
    }
    let Value::Array(items) = value else { return value.clone() };
    let defaults: &[(&str, Value)] = match field {
        "initial_files" => &[("encoding", "text".into()), ("is_readonly", false.into())],
        "tools" => &[("type", "client_side".into())],
        _ => &[],
    };
    let item = |item: &Value| match item {
        Value::Object(map) => {
            let said = map.iter().filter(|(key, value)| {
                !is_empty(value) && !defaults.iter().any(|(name, default)| name == key && default == *value)
            });
            Value::Object(said.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        other => other.clone(),
    };
    items.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_said_in_two_ways_is_the_same() {
        #[track_caller]
        fn check(kind: Kind, document: Value, current: Value, expected: bool) {
            let document = document.as_object().expect("an object");
            assert_eq!(is_same(kind, document, &current), expected, "{document:?}");
        }
        let agent = json!({ "name": "a", "system_prompt": "p", "description": null, "tags": [], "harness_id": GENERIC.to_string(),
            "capabilities": [{ "ref": "x", "config": {} }], "initial_files": [{ "path": "/a", "content": "c",
            "encoding": "text", "is_readonly": false }], "mcpServers": {}, "max_iterations": null });
        let said = json!({ "name": "a", "system_prompt": "p", "capabilities": [{ "ref": "x" }],
            "initial_files": [{ "path": "/a", "content": "c" }] });
        check(Kind::Agent, said.clone(), agent.clone(), true);
        let mut more = said.clone();
        more["description"] = "".into();
        check(Kind::Agent, more.clone(), agent.clone(), true);
        more["description"] = "d".into();
        check(Kind::Agent, more, agent.clone(), false);
        // What an agent's document leaves out is to go.
        check(Kind::Agent, json!({ "name": "a", "system_prompt": "p" }), agent.clone(), false);
        let mut elsewhere = agent.clone();
        elsewhere["harness_id"] = "harness_1".into();
        check(Kind::Agent, said, elsewhere, false);
        check(Kind::Harness, json!({ "name": "a", "system_prompt": "p" }), agent, true);
        check(
            Kind::Provider,
            json!({ "name": "a", "api_key": "k" }),
            json!({ "name": "a", "api_key_set": true }),
            false,
        );
    }
}
