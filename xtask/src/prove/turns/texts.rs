//! Messages of the agent: what readers saw grow is what stands in the end, and it is all that the model says.

use std::collections::HashMap;

use everruns_client::Event;
use everruns_core::MessageId;
use everruns_core::event::{OutputMessageCompleted, OutputMessageDelta};
use serde_json::Value;

use super::reference::Reference;

/// What is wrong with the agent's messages.
pub(in crate::prove) fn faults(log: &[Event], reference: &Reference) -> Vec<String> {
    let mut faults = Vec::new();
    let mut grown: HashMap<MessageId, String> = HashMap::new();
    let mut whole: HashMap<MessageId, String> = HashMap::new();
    for event in log {
        match event.type_name.as_str() {
            "output.message.delta" => match delta(event) {
                Ok((delta, accumulated)) => {
                    let text = grown.entry(delta.message_id).or_default();
                    text.push_str(&delta.delta);
                    if *text != accumulated {
                        faults.push(format!("event {}: `accumulated` is not what was shown before", event.sequence));
                    }
                    if whole.contains_key(&delta.message_id) {
                        faults.push(format!("event {}: text of a message that was whole", event.sequence));
                    }
                }
                Err(error) => faults.push(format!("event {}: {error}", event.sequence)),
            },
            "output.message.completed" => match completed(event) {
                Ok(OutputMessageCompleted { message, .. }) => {
                    let text = message.text();
                    if let Some(fault) = reference.differs(&message) {
                        faults.push(format!("event {}: {fault}", event.sequence));
                    }
                    if whole.insert(message.id, text).is_some() {
                        faults.push(format!("{} is whole twice", message.id));
                    }
                }
                Err(error) => faults.push(format!("event {}: {error}", event.sequence)),
            },
            _ => {}
        }
    }
    for (id, text) in &whole {
        let shown = grown.remove(id).unwrap_or_default();
        if shown != *text {
            faults.push(format!("readers saw {shown:?} of {id}, which is {text:?}"));
        }
    }
    // The models of this proof always say the same, so nothing that was shown had to be taken back.
    faults.extend(grown.keys().map(|id| format!("{id} was never whole")));
    faults
}

fn delta(event: &Event) -> Result<(OutputMessageDelta, String), serde_json::Error> {
    let accumulated = event.data.get("accumulated").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((serde_json::from_value(event.data.clone())?, accumulated))
}

/// The message that the event carries.
pub(in crate::prove) fn completed(event: &Event) -> Result<OutputMessageCompleted, serde_json::Error> {
    serde_json::from_value(event.data.clone())
}

#[cfg(test)]
mod tests {
    use super::super::log_of;
    use super::*;
    use serde_json::json;

    const ID: &str = "message_00000000000000000000000000000001";

    #[track_caller]
    fn check(pieces: &[(&str, &str)], whole: Option<&str>, faults_expected: usize) {
        let turn_id = "turn_00000000000000000000000000000001";
        let deltas = pieces.iter().map(|(delta, accumulated)| {
            let data = json!({"turn_id": turn_id, "message_id": ID, "delta": delta, "accumulated": accumulated});
            ("output.message.delta", data)
        });
        let whole = whole.map(|text| {
            let content = json!([{"type": "text", "text": text}]);
            let at = "2026-04-18T10:00:00.000Z";
            let message = json!({"id": ID, "role": "agent", "content": content, "created_at": at});
            ("output.message.completed", json!({"message": message}))
        });
        let log = log_of(deltas.chain(whole));
        let found = faults(&log, &Reference::answering("one two"));
        assert_eq!(found.len(), faults_expected, "{found:?}");
    }

    #[test]
    fn a_message_is_what_readers_saw() {
        check(&[("one ", "one "), ("two", "one two")], Some("one two"), 0);
        check(&[("one two", "one two")], None, 1);
        check(&[("one ", "one ")], Some("one two"), 1);
        check(&[("one ", "one "), ("two", "two")], Some("one two"), 1);
        // Readers saw the half that stands, but the model says more.
        check(&[("one ", "one ")], Some("one "), 1);
        check(&[("one ", "one "), ("one two", "one two")], Some("one two"), 2);
    }
}
