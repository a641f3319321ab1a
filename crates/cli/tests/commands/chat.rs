//! `everruns chat`: answers, tools, failures, and Ctrl-C.

use std::process::Stdio;

use crate::world::{World, interrupt, read_until, rest, run};

#[test]
fn an_answer_goes_to_standard_output_alone() {
    let world = World::new();
    let said = world.run(&["chat", "--model", "llmsim/echo", "--message", "Good morning"]);
    assert_eq!((said.code, said.out.as_str()), (0, "Good morning\n"), "{}", said.err);
    let session = said.err.trim().strip_prefix("session ").expect("the session's id");

    // Another message of the same session, from a pipe.
    let again = run(world.command(&["chat", "--session", session]), "and\ngood night\n");
    assert_eq!((again.code, again.out.lines().next()), (0, Some("and")), "{}", again.err);

    let json = run(world.command(&["chat", "--session", session, "--json"]), "x");
    let last = json.out.lines().next_back().expect("events");
    assert_eq!(serde_json::from_str::<serde_json::Value>(last).expect("JSON")["type"], "turn.completed");
    let quiet = world.run(&["chat", "--session", session, "-q", "--message", "x"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (0, "", ""));

    let messages = world.ok(&["messages", "list", session]);
    assert!(messages.contains("  Good morning\n") && messages.contains("  good night\n"), "{messages}");
}

#[test]
fn tools_are_told_of_in_short() {
    let world = World::new();
    world.ok(&["agents", "create", "clock", "--prompt", "p", "--capability", "current_time"]);
    let said = world.run(&["chat", "--agent", "clock", "--model", "llmsim/tool", "--message", "What time is it?"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.lines().any(|line| line.starts_with("· ") && line.contains("time")), "{}", said.err);
    assert!(said.out.starts_with("Result: "), "{}", said.out);
}

#[test]
fn failures_have_their_exit_codes() {
    let world = World::new();
    let failing = ["chat", "--model", "llmsim/error?kind=auth", "--message", "x"];
    let said = world.run(&failing);
    assert_eq!(said.code, 1, "{}", said.err);
    for part in ["everruns: the turn failed\n  why: ", "(provider_misconfigured)", "everruns events list session_"] {
        assert!(said.err.contains(part), "{part} {}", said.err);
    }
    let nobody = "session_00000000000000000000000000000009";
    world.refused(&["chat", "--session", nobody, "--message", "x"], 3, &["There is no such session"]);
    world.refused(&["chat", "--agent", "nobody", "--message", "x"], 3, &["There is no such agent"]);
    world.refused(&["chat"], 2, &["there is nothing to say", "--message"]);
    world.refused(&["chat", "--session", "x", "--message", "y"], 2, &["--session"]);
    world.refused(&["chat", "--session", nobody, "--agent", "a", "--message", "y"], 2, &["cannot be used with"]);
    let mut lost = world.command(&["chat", "--message", "x"]);
    lost.env("EVERRUNS_API_URL", "http://127.0.0.1:1");
    let lost = run(lost, "");
    assert_eq!((lost.code, lost.out.as_str()), (5, ""));
    assert!(lost.err.contains("the server is not reached at http://127.0.0.1:1"), "{}", lost.err);
}

#[test]
fn ctrl_c_cancels_the_turn() {
    let world = World::new();
    let slow = ["chat", "--model", "llmsim/lorem?tokens=10000&token_ms=50", "--message", "Go"];
    let mut child = world.command(&slow).stdin(Stdio::null()).spawn().expect("it starts");
    let (mut out, mut err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let head = read_until(&mut err, "\n");
    let session = head.trim().strip_prefix("session ").expect("the session's id");
    read_until(&mut out, " ");
    interrupt(&child);
    let told = read_until(&mut err, "\n");
    assert!(told.contains("cancelling"), "{told}");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(!rest(out).is_empty());
    assert!(world.types(session).contains(&"turn.cancelled".to_owned()));
    assert_eq!(world.json(&["sessions", "get", session])["status"], "idle");
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let world = World::new();
    // A server that answers nothing any more: the cancel cannot come through.
    let slow = ["chat", "--model", "llmsim/lorem?tokens=10000&token_ms=50", "--message", "Go"];
    let mut child = world.command(&slow).stdin(Stdio::null()).spawn().expect("it starts");
    let (mut out, mut err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    read_until(&mut out, " ");
    world.freeze();
    interrupt(&child);
    read_until(&mut err, "cancelling");
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

#[test]
fn ctrl_c_ends_following() {
    let world = World::new();
    let session = world.ok(&["sessions", "create", "-q"]);
    let mut child = world.command(&["events", "follow", session.trim()]).spawn().expect("it starts");
    let mut out = child.stdout.take().expect("a pipe");
    read_until(&mut out, "session.started");
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}
