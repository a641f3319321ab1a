//! What a benchmark looks for in events, found by byte patterns instead of a JSON parser.
//!
//! The patterns are those of the server's envelope: compact JSON, `"type"` first, then `"sequence"`.

use anyhow::{bail, ensure};
use memchr::memmem::find;

/// What a frame of an event stream says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Connected,
    Delta,
    Completed,
    Other,
}

/// Reads a frame of an event stream (without its closing empty line).
pub(crate) fn frame(text: &[u8]) -> anyhow::Result<Frame> {
    let name = text.split(|&b| b == b'\n').find_map(|line| line.strip_prefix(b"event: "));
    Ok(match name {
        Some(b"connected") => Frame::Connected,
        Some(b"output.message.delta") => Frame::Delta,
        Some(b"turn.completed") => Frame::Completed,
        Some(b"turn.failed" | b"turn.cancelled" | b"turn.sealed" | b"disconnecting") => {
            bail!("the turn did not complete: {}", String::from_utf8_lossy(text))
        }
        _ => Frame::Other,
    })
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
    let mut rest = body;
    // Content parts have a type too, but no sequence follows it before the next type does.
    while let Some(name) = behind(rest, br#""type":""#) {
        rest = name;
        let end = find(rest, br#""type":""#).unwrap_or(rest.len());
        let Some(sequence) = sequence(&rest[..end]).filter(|&sequence| sequence > after) else {
            continue;
        };
        page.last = page.last.max(sequence);
        page.has_delta |= rest.starts_with(br#"output.message.delta""#);
        page.is_completed |= rest.starts_with(br#"turn.completed""#);
        ensure!(
            ![&br#"turn.failed""#[..], br#"turn.cancelled""#, br#"turn.sealed""#]
                .iter()
                .any(|name| rest.starts_with(name)),
            "the turn did not complete: {}",
            String::from_utf8_lossy(&rest[..end])
        );
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
    fn frames() {
        #[track_caller]
        fn check(text: &str, expected: Option<Frame>) {
            assert_eq!(frame(text.as_bytes()).ok(), expected, "{text}");
        }
        check("event: connected\ndata: {}", Some(Frame::Connected));
        check("event: turn.completed\nid: event_1\ndata: {}", Some(Frame::Completed));
        check("id: event_1\nevent: output.message.delta", Some(Frame::Delta));
        check("event: turn.completed.not", Some(Frame::Other));
        check(": heartbeat", Some(Frame::Other));
        check("event: turn.failed\ndata: {}", None);
        check("event: disconnecting\ndata: {}", None);
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
        check(&[(4, "turn.completed"), (5, "input.message"), (6, "output.message.delta")], 4, Some((true, false, 6)));
        check(&[(6, "output.message.completed"), (17, "turn.completed")], 5, Some((false, true, 17)));
        check(&[(5, "turn.failed")], 4, None);
    }
}
