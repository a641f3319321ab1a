//! The verdict on what a reader saw, beside what the list of events shows.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::prove::wire::Frame;

/// The log has no gap.
pub(super) fn whole(log: &[Value]) -> anyhow::Result<()> {
    let gap = log.iter().zip(1..).find(|(event, sequence)| event["sequence"].as_i64() != Some(*sequence));
    ensure!(gap.is_none(), "the log has a gap: {gap:?}");
    Ok(())
}

/// The frames are the events from `first` to the end of the log, each as it stands there.
pub(super) fn continues(log: &[Value], first: i64, frames: &[Frame]) -> anyhow::Result<()> {
    let expected = &log[usize::try_from(first - 1)?.min(log.len())..];
    for (frame, event) in frames.iter().zip(expected) {
        ensure!(frame.data == *event, "a reader saw {}, where the log has {event}", frame.data);
        let named = (Some(frame.name.as_str()), frame.id.as_deref()) == (event["type"].as_str(), event["id"].as_str());
        ensure!(named, "a frame is called {} {:?} and holds {event}", frame.name, frame.id);
    }
    ensure!(frames.len() == expected.len(), "a reader saw {} events of {}", frames.len(), expected.len());
    Ok(())
}

/// Where a stream without a cursor begins: at the input of a turn that was the latest one while the log grew from the
/// first to the second of `heads`; before the first turn, at the start.
pub(super) fn opening(log: &[Value], heads: (i64, i64), frames: &[Frame]) -> anyhow::Result<i64> {
    let first = frames.first().and_then(Frame::sequence).context("a reader saw nothing")?;
    let inputs = inputs_of_turns(log);
    let latest_at =
        |head: i64| inputs.iter().rev().find(|(started, _)| *started <= head).map_or(1, |(_, input)| *input);
    let allowed: Vec<i64> = (heads.0..=heads.1).map(latest_at).collect();
    ensure!(
        allowed.contains(&first),
        "a stream without a cursor begins at {first}; the latest turns began at {allowed:?}"
    );
    Ok(first)
}

/// Whether a turn runs at this sequence.
pub(super) fn turn_is_open(log: &[Value], head: i64) -> bool {
    let mut before = log.iter().rev().filter(|event| event["sequence"].as_i64() <= Some(head));
    let edge = before.find_map(|event| event["type"].as_str().filter(|name| name.starts_with("turn.")));
    edge == Some("turn.started")
}

/// Each turn's `turn.started` and the input that opened it.
fn inputs_of_turns(log: &[Value]) -> Vec<(i64, i64)> {
    let of_type = |name: &'static str| log.iter().filter(move |event| event["type"] == name);
    let input = |id: &Value| of_type("input.message").find(|event| event["data"]["message"]["id"] == *id);
    let turn = |event: &Value| {
        Some((event["sequence"].as_i64()?, input(&event["data"]["input_message_id"])?["sequence"].as_i64()?))
    };
    of_type("turn.started").filter_map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn log() -> Vec<Value> {
        let event = |(sequence, (name, data)): (i64, (&str, Value))| json!({"id": format!("e{sequence}"), "type": name, "sequence": sequence, "data": data});
        let input = |id: &str| ("input.message", json!({"message": {"id": id}}));
        let started = |id: &str| ("turn.started", json!({"input_message_id": id}));
        let happened = [
            ("session.started", json!({})),
            input("a"),
            started("a"),
            input("steers"),
            ("turn.completed", json!({})),
            input("b"),
            started("b"),
        ];
        (1..).zip(happened).map(event).collect()
    }

    fn frames(log: &[Value], sequences: &[usize]) -> Vec<Frame> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let frame =
            |event: &Value| Frame { name: text(&event["type"]), id: Some(text(&event["id"])), data: event.clone() };
        sequences.iter().map(|sequence| frame(&log[sequence - 1])).collect()
    }

    #[test]
    fn a_stream_is_the_log() {
        #[track_caller]
        fn check(first: i64, sequences: &[usize], holds: bool) {
            let log = log();
            assert_eq!(continues(&log, first, &frames(&log, sequences)).is_ok(), holds, "{sequences:?}");
        }
        check(1, &[1, 2, 3, 4, 5, 6, 7], true);
        check(6, &[6, 7], true);
        check(1, &[1, 2, 3, 4, 5, 6], false);
        check(1, &[1, 2, 4, 5, 6, 7], false);
        check(1, &[1, 2, 2, 3, 4, 5, 6, 7], false);
        check(6, &[6, 7, 7], false);
        let mut other = frames(&log(), &[6, 7]);
        other[1].id = Some("e6".to_owned());
        assert!(continues(&log(), 6, &other).is_err(), "the frame's id is not the event's");
        other = frames(&log(), &[6, 7]);
        other[1].data["data"]["more"] = json!(1);
        assert!(continues(&log(), 6, &other).is_err(), "the event is not as it stands");
    }

    #[test]
    fn a_stream_without_a_cursor_begins_with_the_latest_turn() {
        #[track_caller]
        fn check(heads: (i64, i64), first: usize, holds: bool) {
            let log = log();
            assert_eq!(opening(&log, heads, &frames(&log, &[first])).is_ok(), holds, "{heads:?} {first}");
        }
        check((1, 1), 1, true);
        check((1, 1), 2, false);
        check((1, 3), 1, true);
        check((1, 3), 2, true);
        check((4, 5), 2, true);
        check((4, 5), 4, false);
        check((5, 7), 6, true);
        check((7, 7), 2, false);
    }

    #[test]
    fn a_gap_and_an_open_turn_are_seen() {
        let mut log = log();
        assert!(turn_is_open(&log, 4) && !turn_is_open(&log, 5) && !turn_is_open(&log, 1));
        assert!(whole(&log).is_ok());
        log.remove(3);
        assert!(whole(&log).is_err());
    }
}
