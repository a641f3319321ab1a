//! Chats whose connection is cut lose nothing and say nothing twice.

use crate::proxy::Proxy;
use crate::world::{World, run};

/// Words that all differ, so that a lost or doubled one shows.
fn words(count: u32) -> String {
    (0..count).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_cut_stream_loses_and_repeats_nothing() {
    let world = World::new();
    // The first cut falls into the head, the second between frames or into one, the third late.
    for budgets in [&[40, 900, 4_000][..], &[350, 2_000], &[1_500]] {
        let proxy = Proxy::new(&world.url, "/sse", budgets);
        let mut command = world.command(&["chat", "--model", "llmsim/echo?token_ms=20", "--message", &words(60)]);
        command.env("EVERRUNS_API_URL", &proxy.url);
        let run = run(command, "");
        assert_eq!((run.code, run.out.trim_end()), (0, words(60).as_str()), "{budgets:?}: {}", run.err);
        assert_eq!(proxy.cuts(), budgets.len(), "{budgets:?}");
        assert_eq!(run.err.matches("the connection is lost").count(), budgets.len(), "{}", run.err);
    }
}

#[test]
fn followed_events_are_the_log_after_a_cut() {
    let world = World::new();
    let session = world.ok(&["sessions", "create", "--model", "llmsim/echo", "-q"]);
    let session = session.trim();
    world.ok(&["chat", "--session", session, "--message", &words(30)]);
    let proxy = Proxy::new(&world.url, "/sse", &[700, 2_500]);
    let mut command = world.command(&["events", "follow", session, "--turn", "--json"]);
    command.env("EVERRUNS_API_URL", &proxy.url);
    let followed = run(command, "");
    assert_eq!(followed.code, 0, "{followed:?}");
    assert_eq!(proxy.cuts(), 2);
    assert_eq!(followed.err.matches("the connection is lost").count(), 2, "{}", followed.err);
    let log = world.ok(&["events", "list", session, "--json"]);
    // From the input to the end of its turn; the session's own events stand around it.
    let lines: Vec<&str> = log.lines().skip(1).take(followed.out.lines().count()).collect();
    assert_eq!(followed.out.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn a_message_whose_acknowledgement_is_cut_off_is_said_once() {
    let world = World::new();
    let session = world.ok(&["sessions", "create", "--model", "llmsim/echo", "-q"]);
    let proxy = Proxy::new(&world.url, "/messages", &[0, 30]);
    let mut command = world.command(&["chat", "--session", session.trim(), "--message", "Once"]);
    command.env("EVERRUNS_API_URL", &proxy.url);
    let run = run(command, "");
    assert_eq!((run.code, run.out.as_str()), (0, "Once\n"), "{}", run.err);
    assert_eq!(proxy.cuts(), 2);
    let inputs = world.ok(&["events", "list", session.trim(), "--type", "input.message", "-q"]);
    assert_eq!(inputs.lines().count(), 1);
}
