//! What a benchmark looks for in events, found by byte patterns instead of a parser.
//!
//! In a stream these are the lines `event: NAME`: inside of data a line end is escaped, so text cannot look like one. In
//! a page they are those of the server's envelope: compact JSON, `"type"` first, then `"sequence"`.

use anyhow::ensure;
use memchr::memmem::{find, find_iter, rfind};

const NAME: &[u8] = b"event: ";
/// What ends a turn, or a stream, otherwise than hoped for.
const FAILURES: [&str; 4] = ["turn.failed", "turn.cancelled", "turn.sealed", "disconnecting"];

/// The longest line to look for; so many bytes less one may stand at the end of a piece without being seen.
pub(crate) const MARK_BYTES_MAX: usize = "event: output.message.delta\n".len();

/// What a piece of an event stream says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) is_connected: bool,
    pub(crate) has_delta: bool,
    pub(crate) is_completed: bool,
    pub(crate) failure: Option<&'static str>,
}

/// Looks through a piece of an event stream, cut anywhere. It may be as it came from the wire, for the server does not
/// end a chunk in the middle of a frame.
pub(crate) fn marks(piece: &[u8]) -> Marks {
    let mut marks = Marks::default();
    for start in find_iter(piece, NAME) {
        let rest = &piece[start + NAME.len()..];
        let is = |name: &str| rest.get(name.len()) == Some(&b'\n') && rest.starts_with(name.as_bytes());
        marks.is_connected |= is("connected");
        marks.has_delta |= is("output.message.delta");
        marks.is_completed |= is("turn.completed");
        marks.failure = marks.failure.or(FAILURES.into_iter().find(|name| is(name)));
    }
    marks
}

/// What a page of the event list says about the turn behind `after`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) has_delta: bool,
    pub(crate) is_completed: bool,
    /// Sequence of the page's last event, or `after`.
    pub(crate) last: i64,
}

/// Reads a page of the event list, oldest first; events up to `after` are not counted.
pub(crate) fn page(body: &[u8], after: i64) -> anyhow::Result<Page> {
    let mut page = Page { last: after, ..Page::default() };
    // Most of a page may be known already. Messages within events have a sequence too, but no context behind it.
    let known = rfind(body, format!(r#""sequence":{after},"context""#).as_bytes());
    let mut rest = &body[known.unwrap_or(0)..];
    // Content parts have a type too, but no sequence follows it before the next type does.
    while let Some(name) = behind(rest, br#""type":""#) {
        rest = name;
        let end = find(rest, br#""type":""#).unwrap_or(rest.len());
        let Some(sequence) = sequence(&rest[..end]).filter(|&sequence| sequence > after) else {
            continue;
        };
        let is = |name: &str| rest.starts_with(name.as_bytes()) && rest.get(name.len()) == Some(&b'"');
        page.last = page.last.max(sequence);
        page.has_delta |= is("output.message.delta");
        page.is_completed |= is("turn.completed");
        let is_good = !FAILURES.into_iter().any(is);
        ensure!(is_good, "the turn did not complete: {}", String::from_utf8_lossy(&rest[..end]));
    }
    Ok(page)
}

/// The first sequence in a JSON text.
pub(crate) fn sequence(text: &[u8]) -> Option<i64> {
    let digits = behind(text, br#""sequence":"#)?;
    let end = digits.iter().position(|b| !b.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

fn behind<'a>(text: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    find(text, pattern).map(|start| &text[start + pattern.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_lines() {
        #[track_caller]
        fn check(piece: &str, expected: [bool; 3], failure: Option<&str>) {
            let Marks { is_connected, has_delta, is_completed, failure: found } = marks(piece.as_bytes());
            assert_eq!(([is_connected, has_delta, is_completed], found), (expected, failure), "{piece}");
        }
        check("event: connected\ndata: {}\n\n", [true, false, false], None);
        check("1f\r\nevent: turn.completed\nid: event_1\ndata: {}", [false, false, true], None);
        check("event: output.message.delta\n\nevent: turn.completed\n", [false, true, true], None);
        check("event: turn.completed", [false; 3], None);
        check("event: turn.completed.not\n", [false; 3], None);
        check(r#"data: {"text":"event: turn.completed\n"}"#, [false; 3], None);
        check(": heartbeat\n\n", [false; 3], None);
        check("event: turn.failed\ndata: {}", [false; 3], Some("turn.failed"));
        check("event: disconnecting\ndata: {}", [false; 3], Some("disconnecting"));
        let longest = [&["connected", "output.message.delta", "turn.completed"][..], &FAILURES[..]].concat();
        assert!(longest.iter().all(|name| NAME.len() + name.len() < MARK_BYTES_MAX));
    }

    #[test]
    fn pages() {
        let event = |sequence: i64, name: &str| {
            format!(
                r#"{{"id":"event_1","type":"{name}","ts":"t","session_id":"s","sequence":{sequence},"context":{{}},"data":{{"message":{{"content":[{{"type":"text","text":"turn.completed"}}]}}}}}}"#
            )
        };
        let check = |events: &[(i64, &str)], after: i64, expected: Option<(bool, bool, i64)>| {
            let events: Vec<String> = events.iter().map(|(at, name)| event(*at, name)).collect();
            let body = format!(r#"{{"data":[{}],"total":9}}"#, events.join(","));
            let page = page(body.as_bytes(), after).ok();
            let page = page.map(|page| (page.has_delta, page.is_completed, page.last));
            assert_eq!(page, expected, "{body}");
        };
        check(&[], 4, Some((false, false, 4)));
        check(&[(4, "turn.completed")], 4, Some((false, false, 4)));
        check(&[(4, "turn.failed")], 4, Some((false, false, 4)));
        check(&[(3, "turn.failed"), (4, "turn.failed"), (5, "turn.started")], 4, Some((false, false, 5)));
        check(&[(4, "turn.completed"), (5, "input.message"), (6, "output.message.delta")], 4, Some((true, false, 6)));
        check(&[(6, "output.message.completed"), (17, "turn.completed")], 5, Some((false, true, 17)));
        check(&[(5, "turn.failed")], 4, None);
    }

    #[test]
    fn a_message_within_an_event_is_no_event() {
        let body = br#"{"data":[{"type":"input.message","sequence":4,"context":{}},
            {"type":"output.message.delta","sequence":5,"context":{}},
            {"type":"llm.generation","sequence":6,"context":{},"data":{"messages":[{"id":"m","sequence":4,"role":"user",
            "content":[{"type":"text","text":"x"}]}]}},{"type":"turn.completed","sequence":7,"context":{}}]}"#;
        assert_eq!(page(body, 4).unwrap(), Page { has_delta: true, is_completed: true, last: 7 });
    }
}
