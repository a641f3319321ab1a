//! The verdict on a session: what its log must say whatever happened to the server.

use std::collections::HashMap;

use anyhow::bail;
use everruns_client::Event;
use everruns_core::{MessageId, Timestamp};
use serde_json::Value;

use super::caller::Called;
use super::reference::Reference;
use super::{calls, texts};

/// Faults that are shown.
const FAULTS_SHOWN: usize = 20;

/// What the log of a session tells.
#[derive(Debug, Default)]
pub(in crate::prove) struct Findings {
    /// Turns; one, or more if a second message came too late to steer the first one.
    pub(in crate::prove) turns: usize,
    /// Messages whose post was not answered, and which stand in the log.
    pub(in crate::prove) unanswered_kept: usize,
    /// Calls that must not run twice and whose outcome nobody knows.
    pub(in crate::prove) unknown_outcomes: usize,
    /// Events that a reader followed over all the crashes.
    pub(in crate::prove) events_followed: usize,
    /// What is wrong.
    pub(in crate::prove) faults: Vec<String>,
}

impl Findings {
    /// Adds those of another session.
    pub(in crate::prove) fn add(&mut self, other: Self) {
        self.turns += other.turns;
        self.unanswered_kept += other.unanswered_kept;
        self.unknown_outcomes += other.unknown_outcomes;
        self.events_followed += other.events_followed;
        self.faults.extend(other.faults);
    }

    /// Fails with the first faults, if there are any.
    pub(in crate::prove) fn without_faults(self, after: &str) -> anyhow::Result<Self> {
        if self.faults.is_empty() {
            return Ok(self);
        }
        let shown: Vec<&str> = self.faults.iter().take(FAULTS_SHOWN).map(String::as_str).collect();
        bail!("{} faults after {after}:\n{}", self.faults.len(), shown.join("\n"))
    }
}

/// Reads the whole log of a session in which every turn should have ended. `deaths`: when the server was killed.
pub(in crate::prove) fn judge(called: &Called, log: &[Event], reference: &Reference, deaths: &[Timestamp]) -> Findings {
    let mut findings = Findings::default();
    for (event, sequence) in log.iter().zip(1..) {
        if event.sequence != sequence {
            findings.faults.push(format!("event {sequence} is missing: {} stands there", event.sequence));
            break;
        }
    }
    judge_inputs(called, log, &mut findings);
    judge_turns(log, &mut findings);
    findings.faults.extend(texts::faults(log, reference));
    let (unknown, faults) = calls::judge(log, deaths);
    findings.unknown_outcomes = unknown;
    findings.faults.extend(faults);
    findings
}

/// The events of a type.
pub(in crate::prove) fn of_type<'a>(log: &'a [Event], name: &'a str) -> impl Iterator<Item = &'a Event> {
    log.iter().filter(move |event| event.type_name == name)
}

fn judge_inputs(called: &Called, log: &[Event], findings: &mut Findings) {
    let inputs: Vec<String> =
        of_type(log, "input.message").map(|event| text(&event.data["message"]["id"]).to_owned()).collect();
    let times = |id: &MessageId| inputs.iter().filter(|input| **input == id.to_string()).count();
    for id in &called.acknowledged {
        match times(id) {
            1 => {}
            0 => findings.faults.push(format!("{id} was acknowledged and is lost")),
            many => findings.faults.push(format!("{id} stands in the log {many} times")),
        }
    }
    findings.unanswered_kept = inputs.len().saturating_sub(called.acknowledged.len());
    if findings.unanswered_kept > called.unanswered {
        findings.faults.push(format!(
            "the log has {} messages; {} were acknowledged and {} posts had no answer",
            inputs.len(),
            called.acknowledged.len(),
            called.unanswered,
        ));
    }
}

fn judge_turns(log: &[Event], findings: &mut Findings) {
    let mut endings: HashMap<&str, Vec<&str>> = HashMap::new();
    for event in log {
        let id = text(&event.data["turn_id"]);
        if event.type_name == "turn.started" && endings.insert(id, Vec::new()).is_some() {
            findings.faults.push(format!("{id} started twice"));
        }
        if event.ends_turn() {
            endings.entry(id).or_default().push(&event.type_name);
        }
    }
    findings.turns = endings.len();
    if endings.is_empty() {
        findings.faults.push("no turn started".to_owned());
    }
    for (id, endings) in &endings {
        if *endings != ["turn.completed"] {
            findings.faults.push(format!("{id} ended with {endings:?}"));
        }
    }
    let starts = of_type(log, "turn.started").count();
    for (name, wanted) in [("session.started", 1), ("session.activated", starts), ("session.idled", starts)] {
        let found = of_type(log, name).count();
        if found != wanted {
            findings.faults.push(format!("{found} events {name} for {starts} turns"));
        }
    }
    if log.last().is_none_or(|event| event.type_name != "session.idled") {
        findings.faults.push(format!("the log ends with {:?}", log.last().map(|event| &event.type_name)));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::case;
    use super::super::log_of;
    use super::*;
    use everruns_core::SessionId;
    use serde_json::json;

    const MESSAGE: MessageId = MessageId::from_u128(1);

    type Happening = (&'static str, Value);

    fn turn(id: &str, ending: &'static str) -> Vec<Happening> {
        let of_turn = |name| (name, json!({"turn_id": id}));
        vec![of_turn("turn.started"), of_turn("session.activated"), of_turn(ending), of_turn("session.idled")]
    }

    fn input(id: MessageId) -> Vec<Happening> {
        vec![("input.message", json!({"message": {"id": id}}))]
    }

    #[track_caller]
    fn check(unanswered: usize, happened: &[Vec<Happening>], expected: (usize, usize)) {
        let session = SessionId::from_u128(1);
        let called = Called { case: case::last_words(), session, acknowledged: vec![MESSAGE], unanswered, refused: 1 };
        let log = log_of(std::iter::once(("session.started", json!({}))).chain(happened.concat()));
        let findings = judge(&called, &log, &Reference::answering("text"), &[]);
        assert_eq!((findings.turns, findings.faults.len()), expected, "{:?}", findings.faults);
    }

    #[test]
    fn every_message_stands_once_and_every_turn_ends_once() {
        let other = MessageId::from_u128(2);
        let (good, failed) = (turn("a", "turn.completed"), turn("a", "turn.failed"));
        check(0, &[input(MESSAGE), good.clone()], (1, 0));
        check(1, &[input(MESSAGE), good.clone(), input(other), turn("b", "turn.completed")], (2, 0));
        check(0, &[input(MESSAGE), input(other), good.clone()], (1, 1));
        check(0, &[input(MESSAGE), input(MESSAGE), good.clone()], (1, 2));
        check(0, &[input(other), good.clone()], (1, 1));
        check(0, &[input(MESSAGE), failed], (1, 1));
        check(0, &[input(MESSAGE), good[..2].to_vec()], (1, 3));
        check(0, &[input(MESSAGE), good.clone(), good], (1, 1));
        check(0, &[input(MESSAGE)], (0, 2));
    }

    #[test]
    fn a_gap_is_seen() {
        let called = Called {
            case: case::last_words(),
            session: SessionId::from_u128(1),
            acknowledged: Vec::new(),
            unanswered: 0,
            refused: 0,
        };
        let mut log = log_of([vec![("session.started", json!({}))], turn("a", "turn.completed")].concat());
        log.remove(2);
        let faults = judge(&called, &log, &Reference::answering("text"), &[]).faults;
        assert!(faults[0].starts_with("event 3 is missing"), "{faults:?}");
    }
}
