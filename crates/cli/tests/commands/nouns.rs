//! Nouns and their verbs: tables for people, JSON and ids for programs.

use serde_json::{Value, json};

use crate::world::{World, run};

#[test]
fn agents() {
    let world = World::new();
    let made = world.ok(&["agents", "create", "writer", "--prompt", "You write.", "--capability", "current_time"]);
    assert!(made.starts_with("agent writer saved (agent_"), "{made}");
    let id = world.ok(&["agents", "list", "-q"]);
    let id = id.trim();
    assert!(id.starts_with("agent_") && !id.contains('\n'), "{id}");

    let table = world.ok(&["agents", "list"]);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["ID", "NAME", "MODEL", "CAPABILITIES", "STATUS", "UPDATED"]);
    assert_eq!(lines[1][..5], [id, "writer", "-", "current_time", "active"]);
    assert_eq!(lines.len(), 2);

    for agent in ["writer", id] {
        assert_eq!(world.json(&["agents", "get", agent])["system_prompt"], "You write.");
    }
    let yaml = world.ok(&["agents", "get", "writer"]);
    assert!(yaml.contains("system_prompt: You write.\n") && !yaml.contains("null"), "{yaml}");
    assert_eq!(world.json(&["agents", "list", "--search", "nothing"]), json!([]));

    assert_eq!(world.ok(&["agents", "delete", "writer"]), "agent writer deleted\n");
    assert_eq!(world.ok(&["agents", "list", "-q"]), "");
    world.refused(
        &["agents", "get", "nobody"],
        3,
        &["everruns: There is no such agent", "not_found, HTTP 404, request "],
    );
    world.refused(&["agents", "create", "", "--prompt", "p"], 2, &["`name`", "change what the message names"]);
    world.refused(&["agents", "create", "a"], 2, &["--prompt"]);
    world.refused(&["agents", "list", "--json", "-q"], 2, &["cannot be used with"]);
}

#[test]
fn what_was_can_be_seen_and_brought_back() {
    let world = World::new();
    world.ok(&["agents", "create", "a", "--prompt", "one"]);
    world.ok(&["agents", "create", "a", "--prompt", "two", "--reason", "It was too short"]);
    let history = world.json(&["agents", "history", "a"]);
    assert_eq!((&history[0]["version"], &history[0]["change_reason"]), (&json!(2), &json!("It was too short")));
    let diff = world.ok(&["agents", "diff", "a", "1", "2"]);
    assert!(diff.contains("system_prompt") && diff.contains("one") && diff.contains("two"), "{diff}");
    assert!(world.ok(&["agents", "restore", "a", "1"]).starts_with("agent a is what it was as version 1 ("));
    assert_eq!(world.json(&["agents", "get", "a"])["system_prompt"], "one");
    world.refused(&["agents", "restore", "a", "9"], 3, &["not_found"]);
}

#[test]
fn harnesses() {
    let world = World::new();
    let table = world.ok(&["harnesses", "list"]);
    assert!(table.lines().any(|line| line.contains(" generic ") && line.contains(" yes ")), "{table}");
    let made = world.ok(&["harnesses", "create", "own", "--prompt", "Be kind", "--capability", "current_time"]);
    assert!(made.starts_with("harness own created (harness_"), "{made}");
    let exported = world.ok(&["harnesses", "export", "own"]);
    assert!(exported.starts_with("capabilities:") && exported.contains("kind: harness\n"), "{exported}");
    let apply = |text: &str| run(world.command(&["apply", "-f", "-"]), text).out;
    assert_eq!(apply(&exported), "harness/own unchanged\n");
    assert_eq!(apply(&exported.replace("Be kind", "Be kinder")), "harness/own updated\n");
    assert_eq!(world.json(&["harnesses", "get", "own"])["system_prompt"], "Be kinder");
    assert_eq!(apply("kind: harness\nname: other\n"), "harness/other created\n");
    assert_eq!(world.json(&["harnesses", "history", "own"]).as_array().map(Vec::len), Some(2));
    assert_eq!(world.ok(&["harnesses", "delete", "own"]), "harness own deleted\n");
    world.refused(&["harnesses", "get", "own"], 3, &["there is no harness \"own\""]);
}

#[test]
fn a_prompt_comes_from_a_pipe_too() {
    let world = World::new();
    let made = run(world.command(&["agents", "create", "a", "--prompt-file", "-", "--json"]), "Line one\nLine two\n");
    assert_eq!(made.code, 0, "{made:?}");
    let made: Value = serde_json::from_str(&made.out).expect("JSON");
    assert_eq!(made["system_prompt"], "Line one\nLine two\n");
}

#[test]
fn long_lists_are_shown_in_portions() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.ok(&["agents", "create", name, "--prompt", "p"]);
    }
    let two = world.run(&["agents", "list", "--limit", "2", "--json"]);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&two.out).expect("JSON").len(), 2);
    assert_eq!(two.err, "There are more than these 2: --all prints all of them.\n");
    let all = world.run(&["agents", "list", "--all", "-q"]);
    assert_eq!((all.out.lines().count(), all.err.as_str()), (3, ""));
    let rest = world.ok(&["agents", "list", "--offset", "2", "-q"]);
    assert_eq!(rest.lines().count(), 1);
}

#[test]
fn sessions_and_what_happens_in_them() {
    let world = World::new();
    let id = world.ok(&["sessions", "create", "--title", "First \u{1b}[31msteps", "--model", "llmsim/echo", "-q"]);
    let id = id.trim();
    let sent = world.ok(&["messages", "create", id, "Hello there"]);
    assert!(sent.starts_with("message sent (message_"), "{sent}");
    let followed = world.ok(&["events", "follow", id, "--turn"]);
    assert!(followed.lines().next_back().expect("events").contains("turn.completed"), "{followed}");
    let line = followed.lines().find(|line| line.contains("output.message.completed")).expect("an answer");
    assert!(line.ends_with("Hello there"), "{line}");

    let list = world.ok(&["sessions", "list"]);
    assert!(list.contains("First [31msteps") && !list.contains('\u{1b}'), "{list}");
    assert_eq!(world.json(&["sessions", "get", id])["title"], "First \u{1b}[31msteps");
    let last = world.ok(&["events", "list", id, "--limit", "1", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&last).expect("one event")["type"], "session.idled");
    let deltas = world.ok(&["events", "list", id, "--type", "input.message", "-q"]);
    assert_eq!(deltas.lines().count(), 1);

    assert_eq!(world.ok(&["sessions", "cancel", id]).trim(), "No turn is running");
    assert_eq!(world.json(&["sessions", "cancel", id])["status"], "no_op");
    assert_eq!(world.ok(&["sessions", "delete", id]), format!("session {id} deleted\n"));
    world.refused(&["sessions", "get", id], 3, &["There is no such session"]);
    world.refused(&["sessions", "get", "session_1"], 2, &["32 hex digits"]);
}

#[test]
fn sessions_are_forked_pinned_counted_and_exported() {
    let world = World::new();
    let id = world.ok(&["sessions", "create", "--title", "T", "--model", "llmsim/echo", "-q"]);
    let id = id.trim();
    world.ok(&["chat", "--session", id, "--message", "one", "-q"]);
    world.ok(&["chat", "--session", id, "--message", "two", "-q"]);
    let log = world.ok(&["events", "list", id, "--type", "turn.completed", "--json"]);
    let first: Value = serde_json::from_str(log.lines().next().expect("a turn")).expect("JSON");
    let fork = world.json(&["sessions", "fork", id, "--at", &first["sequence"].to_string(), "--title", "F"]);
    assert_eq!((&fork["title"], &fork["forked_from_session_id"]), (&json!("F"), &json!(id)));
    let fork = fork["id"].as_str().expect("an id");
    let said = |id: &str| -> Vec<String> {
        let text =
            |line: &str| serde_json::from_str::<Value>(line).expect("a message")["content"][0]["text"].to_string();
        world.ok(&["sessions", "export", id]).lines().map(text).collect()
    };
    assert_eq!(said(id), [r#""one""#, r#""one""#, r#""two""#, r#""two""#]);
    assert_eq!(said(fork), [r#""one""#, r#""one""#]);
    world.ok(&["sessions", "export", fork, "-o", "fork.jsonl"]);
    let written = std::fs::read_to_string(world.directory.path().join("fork.jsonl")).expect("a file");
    assert_eq!(written.lines().count(), 2);

    assert_eq!(world.ok(&["sessions", "pin", id]), format!("session pinned ({id})\n"));
    assert_eq!(world.ok(&["sessions", "list", "--pinned", "-q"]).trim(), id);
    assert_eq!(world.ok(&["sessions", "list", "-q"]).lines().next(), Some(id));
    assert_eq!(world.ok(&["sessions", "pin", id, "--off"]), format!("session let go ({id})\n"));
    assert_eq!(world.ok(&["sessions", "list", "--pinned", "-q"]), "");
    assert_eq!(world.json(&["sessions", "stats"])["total"], 2);
    let summary = world.json(&["events", "summary", id]);
    assert_eq!((&summary["turn_count"], &summary["error_count"]), (&json!(2), &json!(0)));
    assert_eq!(
        world.ok(&["events", "list", id, "--search", "two", "--type", "input.message", "-q"]).lines().count(),
        1
    );
    assert_eq!(world.ok(&["sessions", "list", "--status", "active", "-q"]), "");
    world.refused(&["sessions", "fork", id, "--at", "99999"], 2, &["`at_sequence`"]);
}

#[test]
fn files_go_there_and_back() {
    let world = World::new();
    let here = |path: &str| world.directory.path().join(path);
    let session = world.ok(&["sessions", "create", "-q"]);
    let session = session.trim();
    let bytes: Vec<u8> = (0..=255).collect();
    std::fs::create_dir_all(here("notes/deep")).expect("a directory");
    std::fs::write(here("notes/a.md"), "Größe\n").expect("a file");
    std::fs::write(here("notes/deep/b.bin"), &bytes).expect("a file");
    std::os::unix::fs::symlink("/etc/passwd", here("notes/link")).expect("a link");

    let pushed = world.run(&["files", "push", session, "notes"]);
    assert_eq!((pushed.code, pushed.out.as_str()), (0, "/notes/a.md (8 bytes)\n/notes/deep/b.bin (256 bytes)\n"));
    assert!(pushed.err.contains("link is left out"), "{}", pushed.err);
    let paths = world.ok(&["files", "list", session, "-r", "-q"]);
    assert_eq!(paths.lines().collect::<Vec<_>>(), ["/notes", "/notes/a.md", "/notes/deep", "/notes/deep/b.bin"]);
    assert_eq!(world.ok(&["files", "cat", session, "notes/a.md"]), "Größe\n");
    assert_eq!(world.json(&["files", "get", session, "notes/a.md"])["size_bytes"], 8);
    // Once more: what is there is overwritten.
    std::fs::write(here("notes/a.md"), "new").expect("a file");
    world.ok(&["files", "push", session, "notes/a.md", "notes/a.md"]);

    world.ok(&["files", "pull", session, "/notes", "back"]);
    assert_eq!(std::fs::read(here("back/a.md")).expect("a file"), b"new");
    assert_eq!(std::fs::read(here("back/deep/b.bin")).expect("a file"), bytes);
    let workspace = world.json(&["sessions", "get", session])["workspace_id"].as_str().expect("an id").to_owned();
    world.ok(&["files", "pull", &workspace, "notes/a.md"]);
    assert_eq!(std::fs::read(here("a.md")).expect("a file"), b"new");

    assert_eq!(world.ok(&["files", "delete", session, "notes", "-r"]), "file notes deleted\n");
    world.refused(&["files", "delete", session, "notes"], 3, &["there is no notes"]);
    world.refused(&["files", "cat", session, "notes/a.md"], 3, &["not_found"]);
    world.refused(&["files", "cat", session, "../agents"], 2, &["\"..\" is no name"]);
    world.refused(&["files", "push", session, "nowhere"], 2, &["cannot read nowhere"]);
    world.refused(&["files", "list", "agent_1"], 2, &["expected `session_…` or `wsp_…`"]);
}

#[test]
fn capabilities() {
    let world = World::new();
    let ids = world.ok(&["capabilities", "list", "-q"]);
    assert!(ids.lines().any(|id| id == "current_time"), "{ids}");
    assert_eq!(world.json(&["capabilities", "get", "current_time"])["id"], "current_time");
    world.refused(&["capabilities", "get", "no:such"], 3, &["not_found"]);
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let world = World::new();
    let mut child = world.command(&["capabilities", "list", "--json"]).spawn().expect("it starts");
    drop(child.stdout.take());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn version_and_completions() {
    let world = World::new();
    let version: Value = serde_json::from_str(&world.ok(&["version", "--json"])).expect("JSON");
    assert_eq!((&version["name"], &version["version"]), (&json!("everruns"), &json!(env!("CARGO_PKG_VERSION"))));
    assert!(world.ok(&["version"]).starts_with("everruns 0."));
    for shell in ["bash", "zsh", "fish"] {
        let script = world.ok(&["completions", shell]);
        assert!(script.contains("harnesses") && script.contains("api-url"), "{shell}");
    }
    world.refused(&["completions", "tcsh"], 2, &["invalid value"]);
    world.refused(&["agent"], 2, &["agents"]);
    let help = world.ok(&["--help"]);
    assert!(help.contains("130  interrupted"), "{help}");
}
