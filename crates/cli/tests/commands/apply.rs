//! `everruns apply`: made, changed, left alone.

use std::fs;

use serde_json::Value;

use crate::world::{World, run};

const AGENT: &str = "---
name: writer
description: Writes
capabilities: [current_time]
---
You write.
";

#[test]
fn what_is_so_already_is_left_alone() {
    let world = World::new();
    let file = world.directory.path().join("writer.md");
    let apply = |arguments: &[&str]| world.ok(&[&["apply", "-f", "writer.md"], arguments].concat());
    fs::write(&file, AGENT).expect("a file");
    assert_eq!(apply(&["--dry-run"]), "agent/writer would be created\n");
    assert_eq!(world.ok(&["agents", "list", "-q"]), "");
    assert_eq!(apply(&[]), "agent/writer created\n");
    assert_eq!(apply(&[]), "agent/writer unchanged\n");
    let before = world.json(&["agents", "get", "writer"]);
    assert_eq!(before["capabilities"][0]["ref"], "current_time");

    // What the file no longer says goes.
    fs::write(&file, AGENT.replace("description: Writes\n", "")).expect("a file");
    assert_eq!(apply(&["--dry-run"]), "agent/writer would be updated\n");
    assert_eq!(world.json(&["agents", "get", "writer"]), before);
    let outcome: Value = serde_json::from_str(&apply(&["--json"])).expect("JSON");
    assert_eq!((&outcome[0]["outcome"], &outcome[0]["id"]), (&"updated".into(), &before["id"]));
    assert_eq!(world.json(&["agents", "get", "writer"])["description"], Value::Null);
    assert_eq!(apply(&["-q"]).trim(), before["id"].as_str().expect("an id"));
}

#[test]
fn several_documents_come_in_one_stream() {
    let world = World::new();
    let text = "name: a\nsystem_prompt: one\n---\nname: b\nsystem_prompt: two\n";
    let applied = run(world.command(&["agents", "apply", "-f", "-"]), text);
    assert_eq!((applied.code, applied.out.as_str()), (0, "agent/a created\nagent/b created\n"), "{}", applied.err);
    let json = r#"[{"name":"a","system_prompt":"one"},{"name":"b","system_prompt":"three"}]"#;
    let applied = run(world.command(&["apply", "-f", "-"]), json);
    assert_eq!((applied.code, applied.out.as_str()), (0, "agent/a unchanged\nagent/b updated\n"), "{}", applied.err);
}

#[test]
fn nothing_is_written_of_files_that_are_wrong() {
    let world = World::new();
    let check = |text: &str, parts: &[&str]| {
        let applied = run(world.command(&["apply", "-f", "-"]), text);
        assert_eq!((applied.code, applied.out.as_str()), (2, ""), "{text}");
        assert!(parts.iter().all(|part| applied.err.contains(part)), "{}", applied.err);
    };
    let good = "name: good\nsystem_prompt: p\n---\n";
    check(&format!("{good}name: bad\nsystem_promt: p"), &["document 2", "did you mean `system_prompt`?"]);
    check(&format!("{good}kind: robot\nname: bad"), &["`kind` is \"robot\"", "agent, harness, provider, model"]);
    check("", &["no document"]);
    assert_eq!(world.ok(&["agents", "list", "-q"]), "");
    world.refused(&["apply", "-f", "nowhere.yaml"], 2, &["cannot read nowhere.yaml"]);
    world.refused(&["apply"], 2, &["--file"]);
    // What only the server can refuse is named with its document.
    let applied = run(world.command(&["apply", "-f", "-"]), "name: bad\nsystem_prompt: p\ntags: 1");
    assert_eq!(applied.code, 2, "{applied:?}");
    assert!(applied.err.contains("standard input: agent bad was not applied"), "{}", applied.err);
}
