//! What becomes of inputs: queued, steered, dropped; turns that give way; and what a message wishes for.

use serde_json::{Value, json};

use super::story::{Step::*, config};
use super::{BEGIN, NOTES, check, played};
use crate::config::{Config, ErrorDisclosure, Manner};
use crate::event::{EventData, InputMessage, Recorded};
use crate::message::{ContentPart, Controls, Message, Role};
use crate::turn::{Answer, Input, Turn, decide};
use crate::{ErrorCode, MessageId, Timestamp};

const NOON: Timestamp = Timestamp::from_micros(1_776_506_400_000_000);

/// What an error tells: never more than the configuration allows, less if the message wants it.
#[test]
fn errors_tell_what_they_may() {
    #[track_caller]
    fn check(configured: ErrorDisclosure, wanted: Option<&str>, code: ErrorCode, detail: Value) {
        let manner = Manner { error_disclosure: configured, ..Manner::default() };
        let controls = Controls { error_disclosure: wanted.map(str::to_owned), ..Controls::default() };
        let config = Config { manner, ..config() }.steered(&controls);
        let (_, world) = played(config, &[Says("hi"), Works, Fails]);
        for type_name in ["turn.failed", "output.message.completed", "reason.completed", "llm.generation"] {
            let event = world.log.iter().find(|entry| entry.event.data.type_name() == type_name).unwrap();
            let data: Value = serde_json::from_str(&event.event.data.encode().data).unwrap();
            let words = if detail.is_null() { code.user_message() } else { "connection refused" };
            match type_name {
                "reason.completed" => assert_eq!(data["error"], words, "{configured:?} {wanted:?}"),
                "llm.generation" => assert_eq!(data["metadata"]["error"], words, "{configured:?} {wanted:?}"),
                _ => {
                    assert_eq!(data["error_code"], code.as_str(), "{configured:?} {wanted:?} {type_name}");
                    assert_eq!(data["error_fields"]["detail"], detail, "{configured:?} {wanted:?} {type_name}");
                }
            }
        }
    }
    use ErrorDisclosure::{Detailed, Generic, Standard};
    let (code, other) = (ErrorCode::ProviderUnavailable, ErrorCode::ProcessingError);
    check(Standard, None, code, Value::Null);
    check(Standard, Some("detailed"), code, Value::Null);
    check(Standard, Some("generic"), other, Value::Null);
    check(Detailed, None, code, json!("connection refused"));
    check(Detailed, Some("standard"), code, Value::Null);
    check(Generic, Some("detailed"), other, Value::Null);
    check(Standard, Some("no such word"), code, Value::Null);
}

#[test]
fn a_queued_message_has_a_turn_of_its_own() {
    let ended = "reason) llm.generation message) turn) session.idled";
    check(&[
        (Says("hi"), "input"),
        (Queues("then"), "input"),
        (Works, BEGIN),
        (Queues("and then"), "input"),
        (Says("in French"), "input"),
        (Answers("Hello"), "+Hello reason) llm.generation message) input.steered reason( message("),
        (Answers("Salut"), &format!("+Salut {ended} input.dequeued")),
        (Queues("at last"), "input"),
        (Reload, ""),
        (Says("quickly"), "input"),
        (Works, "turn( session.activated input.steered reason( message("),
        (Answers("One"), &format!("+One {ended} input.dequeued")),
        (Reload, ""),
        (Works, BEGIN),
        (Fails, "reason) llm.generation message) turn.failed session.idled input.dequeued"),
        (Works, BEGIN),
        (Answers("Three"), &format!("+Three {ended}")),
    ]);
    // Who waits for the client goes on waiting, and a cancel stops one turn.
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("ask"), "reason) llm.generation message) tool.call_requested:c0"),
        (Queues("then"), "input"),
        (Works, ""),
        (Cancels, &format!("{NOTES} input.dequeued")),
        (Cancels, &format!("input.dropped {NOTES}")),
        (Queues("hello?"), "input"),
        (Works, BEGIN),
    ]);
}

#[test]
fn a_turn_gives_way() {
    check(&[
        (Interrupts("hi"), "input"),
        (Works, BEGIN),
        (Says("in French"), "input"),
        (Queues("then"), "input"),
        (Interrupts("stop"), &format!("input.dropped {NOTES} input")),
        (Works, BEGIN),
        (RollsBack("forget it"), "turn.cancelled session.idled input"),
        (Works, BEGIN),
        (Reload, ""),
        (Answers("Fine"), "+Fine reason) llm.generation message) turn) session.idled input.dequeued"),
        (RollsBack("no"), "input.dropped turn.cancelled session.idled input"),
        (Works, BEGIN),
        (Answers("Fine"), "+Fine reason) llm.generation message) turn) session.idled"),
    ]);
}

/// What a steering message wants holds from the step on that reads it, and no longer than its turn.
#[test]
fn a_steering_message_changes_the_rest_of_its_turn() {
    let mut turn = played(config(), &[Says("hi"), Works]).1.turn.unwrap();
    let wishes = |model: &str, hint: &str| Controls {
        model_id: Some(model.to_owned()),
        hints: Some([(hint.to_owned(), json!(true))].into_iter().collect()),
        ..Controls::default()
    };
    let hear = |turn: &mut Turn, id: u128, controls: Controls| {
        let message = Message::new(MessageId::from_u128(id), Role::User, vec![ContentPart::text("x")], NOON);
        let message = Message { controls: Some(controls), ..message };
        let sequence = turn.last_sequence + 1;
        turn.apply(&Recorded { sequence, at: NOON, data: InputMessage::from(message).into() });
    };
    hear(&mut turn, 70, wishes("llmsim/a", "one"));
    hear(&mut turn, 71, wishes("llmsim/b", "two"));
    assert_eq!(turn.config.model.as_deref(), Some("llmsim/story"), "the step that runs keeps its model");
    let answer = Answer {
        said: crate::turn::Said { text: "Hello".to_owned(), ..crate::turn::Said::default() },
        ..Answer::default()
    };
    let events = decide(&turn, Input::Answer(answer), NOON);
    for event in &events {
        let sequence = turn.last_sequence + 1;
        turn.apply(&Recorded { sequence, at: NOON, data: event.data.clone() });
    }
    let started = events.iter().rev().find_map(|event| match &event.data {
        EventData::ReasonStarted(started) => started.metadata.clone(),
        _ => None,
    });
    assert_eq!(started.map(|metadata| metadata.model).as_deref(), Some("llmsim/b"));
    assert_eq!(turn.config.model.as_deref(), Some("llmsim/b"));
    assert_eq!(turn.config.manner.hints.keys().collect::<Vec<_>>(), ["one", "two"]);
}
