//! Documents as people write them, and what is wrong with some.

use serde_json::json;

use super::*;

/// Kind, name and fields of each document of a text.
fn read_text_as(name: &str, text: &str) -> Result<Vec<(Kind, String, Value)>, String> {
    let path = Path::new(name);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "-");
    let documents = parse(text, form(path, text), stem, name, None).map_err(|failure| failure.text())?;
    Ok(documents.into_iter().map(|one| (one.kind, one.name, Value::Object(one.fields))).collect())
}

#[test]
fn forms_are_told_apart() {
    #[track_caller]
    fn check(name: &str, text: &str, expected: &[(Kind, &str, Value)]) {
        let read = read_text_as(name, text).expect("documents");
        let read: Vec<_> = read.iter().map(|(kind, name, fields)| (*kind, name.as_str(), fields.clone())).collect();
        assert_eq!(read, expected, "{text}");
    }
    let agent = |name: &str, prompt: &str| json!({ "name": name, "system_prompt": prompt });
    let a = [(Kind::Agent, "a", agent("a", "p"))];
    check("a.yaml", "name: a\nsystem_prompt: p\n", &a);
    check("a.json", r#"{"name":"a","system_prompt":"p"}"#, &a);
    check("-", r#"{"name":"a","system_prompt":"p"}"#, &a);
    check("a.md", "p\n", &a);
    check("-", "---\nname: a\n---\np\n", &a);
    check("x.md", "---\nkind: agent\nname: a\n---\n\np\n", &a);
    // Dashes in the prompt are the prompt's.
    check("a.md", "---\nname: a\n---\np\n\n---\nq", &[(Kind::Agent, "a", agent("a", "p\n\n---\nq"))]);
    let two = [(Kind::Agent, "a", agent("a", "p")), (Kind::Harness, "b", json!({ "name": "b" }))];
    check("-", "---\nname: a\nsystem_prompt: p\n---\nkind: harness\nname: b\n", &two);
    check("x.json", r#"[{"name":"a","system_prompt":"p"},{"kind":"harness","name":"b"}]"#, &two);
    check("x.jsonl", "{\"name\":\"a\",\"system_prompt\":\"p\"}\n{\"kind\":\"harness\",\"name\":\"b\"}\n", &two);
    let refs = json!({ "name": "a", "capabilities": [{ "ref": "x" }, { "ref": "y" }] });
    check("a.yaml", "name: a\ncapabilities: [x, {ref: y}]\n", &[(Kind::Agent, "a", refs)]);
}

#[test]
fn what_is_wrong_is_named() {
    #[track_caller]
    fn check(name: &str, text: &str, expected: &[&str]) {
        let told = read_text_as(name, text).expect_err("a refusal");
        assert!(expected.iter().all(|part| told.contains(part)), "{told}");
    }
    check("a.yaml", "", &["a.yaml is not valid", "no document"]);
    check("a.yaml", "system_prompt: p", &["`name` is missing"]);
    check("a.yaml", "name: a\nsystem_promt: p", &["unknown field `system_promt`", "did you mean `system_prompt`?"]);
    check("a.yaml", "name: a\n---\nname: b\nkind: thing", &["document 2", "`kind` is \"thing\"", "harness"]);
    check("a.yaml", "name: Not A Slug", &["`name` must be 1 to 64 characters"]);
    check("a.yaml", "name: a\nname: b", &["duplicate"]);
    check("a.yaml", "name: [", &["a.yaml is not valid"]);
    check("a.yaml", "- 1", &["no mapping"]);
    check("a.json", "{\"name\":", &["EOF"]);
    check("a.md", "---\nsystem_prompt: q\n---\np", &["`system_prompt`"]);
}
