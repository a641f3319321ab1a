//! What holds after every step of every story, besides the laws of [`crate::turn::laws`].

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::Config;
use crate::event::EventData;
use crate::message::Role;
use crate::prompt::{Assembler, MESSAGE_TYPES};
use crate::tool::{AnsweredBy, SideEffectClass};
use crate::turn::laws::{Entry, grammar};
use crate::turn::{self, CallState, Effect, Input, Phase, Turn, decide};
use crate::{MessageId, Timestamp};

/// There is always something to do until the turn ended, doing it leads on, and the name of an effect belongs to one
/// call for ever.
pub(super) fn effects(turn: &Turn, log: &[Entry], keys: &mut HashMap<String, i64>) {
    let now = log.last().map_or_else(Timestamp::default, |entry| entry.event.at);
    let due = turn::effects(turn);
    assert_eq!(due.is_empty(), turn.phase == Phase::Ended, "{due:?}");
    for effect in due {
        match effect {
            Effect::CallModel { before } => {
                let event = &log[before as usize - 1].event;
                assert!(matches!(event.data, EventData::ReasonStarted(_)));
            }
            Effect::RunTool { ordinal, key, call, .. } => {
                let CallState::Started { sequence, .. } = turn.calls[ordinal].state else {
                    panic!("{call:?} runs before its intent is written");
                };
                let known = *keys.entry(key).or_insert(sequence);
                assert_eq!(known, sequence, "one key, two calls");
                let of_call = keys.values().filter(|known| **known == sequence);
                assert_eq!(of_call.count(), 1, "one call, two keys");
                assert!(
                    class(turn, &call.name) != SideEffectClass::AtMostOnce || sequence > turn.claimed_sequence,
                    "{} may run twice",
                    call.name
                );
            }
            Effect::GiveUpTool { ordinal } => {
                let name = &turn.calls[ordinal].tool_call.name;
                assert_eq!(class(turn, name), SideEffectClass::AtMostOnce);
            }
            Effect::Start => assert!(!decide(turn, Input::Start, now).is_empty()),
            Effect::Wake => assert!(!decide(turn, Input::Wake, now).is_empty()),
            Effect::ParkUntil(time) => {
                let early = Timestamp::from_micros(time.as_micros() - 1);
                assert!(decide(turn, Input::Wake, early).is_empty());
                assert!(!decide(turn, Input::Wake, time).is_empty());
            }
        }
    }
}

fn class(turn: &Turn, name: &str) -> SideEffectClass {
    match turn.config.tool(name).map(|tool| &tool.answered_by) {
        Some(AnsweredBy::Capability { class, .. }) => *class,
        other => panic!("{name} is answered by {other:?}"),
    }
}

/// The prompt of this log obeys every provider's grammar and has all that users said: what is queued once its turn comes,
/// what was rolled back no more.
pub(super) fn prompt(config: &Arc<Config>, log: &[Entry]) {
    let mut assembler = Assembler::new(config.clone());
    let events = log.iter().rev().map(|entry| &entry.event);
    for event in events.filter(|event| MESSAGE_TYPES.contains(&event.data.type_name())) {
        assert!(assembler.push(event), "stories fit the budget");
    }
    let prompt = assembler.finish();
    grammar(&prompt.messages);
    let mut said: Vec<(i64, MessageId)> = Vec::new();
    for Entry { event, .. } in log {
        match &event.data {
            EventData::InputMessage(input) if !input.is_queued() => said.push((event.sequence, input.message.id)),
            EventData::InputDequeued(input) => said.push((event.sequence, input.message_id)),
            EventData::TurnCancelled(cancelled) if cancelled.rolled_back => {
                let from = cancelled.private.from.expect("a place from which on it is rolled back");
                said.retain(|(sequence, _)| *sequence < from);
            }
            _ => {}
        }
    }
    let heard = prompt.messages.iter().filter(|message| message.role == Role::User);
    let heard: Vec<MessageId> = heard.map(|message| message.id).collect();
    assert_eq!(said.iter().map(|(_, id)| *id).collect::<Vec<_>>(), heard, "an input is lost");
    assert_eq!(prompt.from, said.first().map_or(0, |(sequence, _)| *sequence));
}
