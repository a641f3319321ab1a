//! The OpenAPI document: the copy in the repository is what the code says, each operation says enough, and the page that
//! shows it needs nobody else.

use std::collections::HashSet;

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
