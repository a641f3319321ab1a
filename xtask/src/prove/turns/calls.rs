//! Tool calls: each has one answer, what must not run twice did not, and the model read the answers that stand.

use std::collections::HashMap;

use everruns_client::Event;
use everruns_core::Timestamp;
use everruns_core::event::{ToolCompleted, ToolStarted};
use everruns_core::message::ContentPart;

use super::texts;

/// The tool that must not run twice.
const ONCE: &str = "test_once";

#[derive(Default)]
struct Call {
    started_at: Vec<Timestamp>,
    answers: Vec<String>,
}

/// How many calls have an unknown outcome, and what is wrong.
pub(in crate::prove) fn judge(log: &[Event], deaths: &[Timestamp]) -> (usize, Vec<String>) {
    let (mut unknown, mut faults) = (0, Vec::new());
    let mut calls: HashMap<String, Call> = HashMap::new();
    // The calls of the latest answer, in its order.
    let mut round: Vec<String> = Vec::new();
    for event in log {
        match event.type_name.as_str() {
            "output.message.completed" => {
                let Ok(output) = texts::completed(event) else { continue };
                let asked: Vec<String> = output.message.tool_calls().map(|call| call.id.clone()).collect();
                if asked.is_empty() && !round.is_empty() {
                    let results: Vec<&str> =
                        round.iter().flat_map(|id| &calls[id].answers).map(String::as_str).collect();
                    let expected = format!("Result: {}", results.join(", "));
                    let text = output.message.text();
                    if text != expected {
                        faults.push(format!("the model read {text:?} where the log has {expected:?}"));
                    }
                }
                for id in &asked {
                    if calls.insert(id.clone(), Call::default()).is_some() {
                        faults.push(format!("{id} names two calls"));
                    }
                }
                round = asked;
            }
            "tool.started" => match serde_json::from_value::<ToolStarted>(event.data.clone()) {
                Ok(started) => calls.entry(started.tool_call.id).or_default().started_at.push(event.ts),
                Err(error) => faults.push(format!("event {}: {error}", event.sequence)),
            },
            "tool.completed" => match serde_json::from_value::<ToolCompleted>(event.data.clone()) {
                Ok(completed) => {
                    let call = calls.entry(completed.tool_call_id.clone()).or_default();
                    call.answers.push(shown(&completed));
                    unknown += usize::from(is_unknown(&completed));
                    let started_at = call.started_at.first().copied().unwrap_or(event.ts);
                    let crossed = deaths.iter().any(|death| started_at <= *death && event.ts > *death);
                    if crossed && completed.tool_name == ONCE && completed.success {
                        let id = &completed.tool_call_id;
                        faults
                            .push(format!("{id} started before a crash and succeeded after it: it may have run twice"));
                    }
                }
                Err(error) => faults.push(format!("event {}: {error}", event.sequence)),
            },
            _ => {}
        }
    }
    for (id, call) in &calls {
        if call.answers.len() != 1 || call.started_at.len() > 1 {
            faults.push(format!("{id} has {} starts and {} answers", call.started_at.len(), call.answers.len()));
        }
    }
    (unknown, faults)
}

fn is_unknown(completed: &ToolCompleted) -> bool {
    completed.error.as_ref().is_some_and(|error| error.contains("outcome is unknown"))
}

/// The answer as the simulated model tells it.
fn shown(completed: &ToolCompleted) -> String {
    match &completed.error {
        Some(error) => format!("error: {error}"),
        None => completed.result.iter().flatten().filter_map(ContentPart::as_text).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::log_of;
    use super::*;
    use serde_json::{Value, json};

    fn started() -> (&'static str, Value) {
        ("tool.started", json!({"tool_call": {"id": "c", "name": ONCE, "arguments": {}}}))
    }

    fn ended(error: Option<&str>) -> (&'static str, Value) {
        let (success, status) = if error.is_none() { (true, "success") } else { (false, "error") };
        let answer =
            json!({"tool_call_id": "c", "tool_name": ONCE, "success": success, "status": status, "error": error});
        ("tool.completed", answer)
    }

    #[track_caller]
    fn check(events: Vec<(&'static str, Value)>, death_second: Option<i64>, expected: (usize, usize)) {
        let deaths: Vec<Timestamp> =
            death_second.map(|second| log_of([started()])[0].ts.plus_seconds(second)).into_iter().collect();
        let (unknown, faults) = judge(&log_of(events), &deaths);
        assert_eq!((unknown, faults.len()), expected, "{faults:?}");
    }

    #[test]
    fn a_call_has_one_answer_and_one_run() {
        check(vec![started(), ended(None)], None, (0, 0));
        check(vec![started(), ended(None)], Some(5), (0, 0));
        check(vec![started(), ended(Some("the outcome is unknown: …"))], Some(0), (1, 0));
        check(vec![started(), ended(None)], Some(0), (0, 1));
        check(vec![started()], None, (0, 1));
        check(vec![started(), ended(None), ended(None)], None, (0, 1));
        check(vec![started(), started(), ended(None)], None, (0, 1));
    }
}
