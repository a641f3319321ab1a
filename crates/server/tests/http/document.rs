//! The OpenAPI document: the copy in the repository is what the code says, each operation says enough, and the page that
//! shows it needs nobody else.

use std::collections::{BTreeSet, HashSet};

use reqwest::Method;
use serde_json::Value;

use crate::world::World;

/// Where the copy stands.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

#[test]
fn the_copy_is_current() {
    let current = everruns_server::openapi();
    if std::env::var_os("EVERRUNS_UPDATE").is_some() {
        std::fs::write(PATH, &current).expect("docs/openapi.json is written");
    }
    let copy = std::fs::read_to_string(PATH).unwrap_or_default();
    // Not compared by assert_eq, which would print both.
    assert!(
        copy == current,
        "docs/openapi.json is stale; run: EVERRUNS_UPDATE=1 cargo test -p everruns-server document"
    );
}

#[test]
fn each_operation_says_who_it_is_and_what_it_answers() {
    let document: Value = serde_json::from_str(&everruns_server::openapi()).expect("JSON");
    let mut ids = HashSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in item.as_object().expect("a path item") {
            let at = format!("{verb} {path}");
            let id = operation["operationId"].as_str().expect("an operation id");
            assert!(id.contains('_') && ids.insert(id.to_owned()), "{at}: {id} is taken, or no resource_verb");
            assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{at}: no summary");
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}: not one tag");
            let answers = operation["responses"].as_object().expect("answers");
            assert!(answers.keys().any(|status| status.starts_with('2')), "{at}: no success");
            for (status, answer) in answers {
                assert!(!answer["description"].as_str().unwrap_or_default().is_empty(), "{at} {status}: no words");
                let types: Vec<&String> =
                    answer["content"].as_object().into_iter().flat_map(|all| all.keys()).collect();
                let error = status.starts_with('4') || status.starts_with('5');
                assert!(!error || types == ["application/problem+json"], "{at} {status}: {types:?}");
                assert!(
                    error || ["204", "304"].contains(&status.as_str()) || !types.is_empty(),
                    "{at} {status}: no body"
                );
            }
        }
    }
    assert!(ids.len() >= 13, "{} operations", ids.len());
}

/// Every `$ref` in `value`, with the place where it stands.
fn references(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in members {
        match value.as_str().filter(|_| name == "$ref") {
            Some(target) => found.push((at.to_owned(), target.to_owned())),
            None => references(value, &format!("{at}/{name}"), found),
        }
    }
}

#[test]
fn what_it_names_is_in_it() {
    let document: Value = serde_json::from_str(&everruns_server::openapi()).expect("JSON");
    let mut found = Vec::new();
    references(&document, "", &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for (at, target) in found {
        let pointer = target.strip_prefix('#').expect("a place in the document");
        assert!(document.pointer(pointer).is_some(), "{at} names {target}, which is not there");
    }
}

/// The members of the objects that `schema` lets through, and those that are required, wherever they are said.
fn members(document: &Value, schema: &Value, named: &mut BTreeSet<String>, required: &mut BTreeSet<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        members(document, document.pointer(&target[1..]).expect("what is named"), named, required);
    }
    for part in ["allOf", "oneOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        members(document, part, named, required);
    }
    named.extend(schema["properties"].as_object().into_iter().flat_map(|all| all.keys().cloned()));
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.map(|name| name.as_str().expect("a name").to_owned()));
}

/// What the JSON body of an operation may have, and what it must have.
fn body_of(document: &Value, operation: &Value) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let schema = operation["requestBody"]["content"].get("application/json").map(|content| &content["schema"])?;
    let (mut named, mut required) = (BTreeSet::new(), BTreeSet::new());
    members(document, schema, &mut named, &mut required);
    Some((named, required))
}

#[test]
fn each_body_says_what_it_has() {
    let document: Value = serde_json::from_str(&everruns_server::openapi()).expect("JSON");
    let (mut seen, mut bare) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in item.as_object().expect("a path item") {
            let Some((named, required)) = body_of(&document, operation) else { continue };
            seen += 1;
            if named.is_empty() {
                bare.push(format!("{verb} {path}"));
            }
            assert!(required.is_subset(&named), "{verb} {path}: {required:?} of {named:?}");
        }
    }
    assert!(bare.is_empty(), "nothing is said of the bodies of {bare:#?}");
    assert!(seen > 30, "{seen}");
}

#[test]
fn bodies_have_and_must_have() {
    let document: Value = serde_json::from_str(&everruns_server::openapi()).expect("JSON");
    #[track_caller]
    fn check(document: &Value, at: &str, has: &[&str], must_have: &[&str]) {
        let (verb, path) = at.split_once(' ').expect("a verb and a path");
        let (named, required) = body_of(document, &document["paths"][path][verb]).expect("a JSON body");
        let missing: Vec<_> = has.iter().filter(|name| !named.contains(**name)).collect();
        assert!(missing.is_empty(), "{at} lacks {missing:?}: {named:?}");
        assert!(required.iter().eq(must_have), "{at}: {required:?}");
    }
    let check = |at, has: &[&str], must_have: &[&str]| check(&document, at, has, must_have);
    check("post /v1/agents", &["id", "harness_name", "tags", "mcpServers"], &["name", "system_prompt"]);
    check("put /v1/agents/{agent_id}", &["harness_id", "tags", "mcpServers"], &["name", "system_prompt"]);
    check("post /v1/harnesses", &["id", "parent_harness_id", "tags"], &["name"]);
    check("post /v1/sessions", &["agent_id", "agent_name", "harness_id", "workspace_id", "tags"], &[]);
    check("patch /v1/agents/{agent_id}", &["name", "tags", "status", "harness_name"], &[]);
    check("patch /v1/harnesses/{harness_id}", &["name", "tags", "status", "parent_harness_id"], &[]);
    check("post /v1/agents/preview", &["capabilities", "harness_id"], &["system_prompt"]);
    check("post /v1/harnesses/preview", &["capabilities", "parent_harness_id"], &[]);
    check("post /v1/sessions/{session_id}/messages", &["delivery", "expected_sequence", "controls"], &["message"]);
    check("post /v1/agents/{agent_id}/versions/default", &[], &["version_id"]);
    check("post /v1/providers", &["api_key", "credentials"], &["name", "provider_type"]);
}

/// Two types of one name would be one in the document, and the answers of one of them wrong.
#[test]
fn who_speaks_is_no_member() {
    let document: Value = serde_json::from_str(&everruns_server::openapi()).expect("JSON");
    #[track_caller]
    fn check(document: &Value, who: &str, words: &[&str]) {
        let role = &document["components"]["schemas"][who]["properties"]["role"]["$ref"];
        let role = document.pointer(&role.as_str().expect("a reference")[1..]).expect("a role");
        assert_eq!(role["enum"], serde_json::json!(words), "{who}");
    }
    check(&document, "Message", &["system", "user", "agent", "tool_result"]);
    check(&document, "Member", &["viewer", "member", "admin", "owner"]);
}

#[tokio::test]
async fn the_reference_page_needs_nobody_else() {
    let world = World::dev().await;
    let page = world.anonymous(Method::GET, "/docs/").send().await.expect("an answer");
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
    let html = page.text().await.expect("a page");
    let links = html.split(['"', '\'']).filter(|text| text.starts_with("./") || text.contains("//"));
    let links: Vec<String> = links.map(str::to_owned).collect();
    assert!(links.len() >= 3, "{html}");
    for link in links {
        let file = link.strip_prefix("./").unwrap_or_else(|| panic!("{link} leads elsewhere"));
        let answer = world.anonymous(Method::GET, &format!("/docs/{file}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{file}");
    }
    let start = world.anonymous(Method::GET, "/docs/swagger-initializer.js").send().await.expect("an answer");
    let start = start.text().await.expect("a script");
    assert!(start.contains("../openapi.json"), "{start}");
    assert_eq!(world.anonymous(Method::GET, "/docs/no-such-file").send().await.expect("an answer").status(), 404);
}
