//! What a model is sent: the log's messages before its step, in the grammar of every provider, under the configuration
//! that the turn is pinned to.

use everruns_core::MessageId;
use everruns_core::event::EventData;
use everruns_core::message::Role;
use everruns_core::prompt::{Assembler, MESSAGE_TYPES, Prompt};
use everruns_core::turn::laws::{Entry, grammar};

use super::{Verdict, quietly};
use crate::world::World;

pub(crate) fn holds(world: &mut World) -> Verdict {
    for place in 0..world.calls.len() {
        if world.calls[place].is_checked {
            continue;
        }
        world.calls[place].is_checked = true;
        world.calls[place].turn_first = check(world, place)?;
    }
    Ok(())
}

/// The place where the turn of the call begins.
fn check(world: &World, place: usize) -> Result<i64, String> {
    let call = &world.calls[place];
    let (prompt, watch) = (&call.prompt, &world.watch);
    quietly(|| grammar(&prompt.messages))?;
    everruns_llm::lawful(prompt)?;
    let newest = prompt.messages.iter().rev().find(|message| message.role != Role::ToolResult);
    let newest = newest.and_then(|message| watch.messages.get(&message.id));
    let newest = newest.ok_or("the newest message of a prompt is not in the log")?;
    let turn = watch.turn_at(*newest).ok_or("a prompt belongs to no turn")?;
    // A holder that was overtaken may ask for an older step, but for none that was not begun.
    let mut steps = turn.reasons.iter().rev().filter(|step| **step <= call.asked_at);
    let steps = if world.nodes_in_life == 1 { steps.next().into_iter().collect() } else { steps.collect::<Vec<_>>() };
    if steps.is_empty() {
        return Err("the model is asked before the step is begun".to_owned());
    }
    if !steps.iter().any(|step| super::order::config_at(world, turn, **step).as_ref() == Some(&prompt.config)) {
        return Err(format!("the turn that began at {} is pinned to another configuration", turn.first));
    }
    if !steps.iter().any(|step| expected(world, prompt, **step).messages == prompt.messages) {
        return Err(format!("the prompt is not what the log says before event {:?}", steps.first()));
    }
    for step in steps {
        let (missing, stray) = inputs(world, prompt, *step);
        if let Some(missing) = missing.filter(|_| world.nodes_in_life == 1) {
            return Err(format!("the input at {missing} is not in the prompt of step {step}"));
        }
        if let Some(stray) = stray.filter(|_| world.nodes_in_life == 1) {
            return Err(format!("{stray} is in the prompt of step {step}, where it does not belong"));
        }
    }
    Ok(turn.first)
}

/// An input that the prompt of a step must have and has not, and one that it has and must not have: what is queued still,
/// or was rolled back.
fn inputs(world: &World, prompt: &Prompt, step: i64) -> (Option<i64>, Option<MessageId>) {
    let mut said: Vec<(i64, MessageId)> = Vec::new();
    for Entry { event, .. } in &world.watch.log[..step as usize - 1] {
        match &event.data {
            EventData::InputMessage(input) if !input.is_queued() => said.push((event.sequence, input.message.id)),
            EventData::InputDequeued(input) => said.push((event.sequence, input.message_id)),
            EventData::TurnCancelled(cancelled) if cancelled.rolled_back => {
                let turn = world.watch.turns.iter().find(|turn| turn.id == cancelled.turn_id);
                let first = turn.map_or(0, |turn| turn.first);
                said.retain(|(sequence, _)| *sequence < first);
            }
            _ => {}
        }
    }
    let heard = prompt.messages.iter().filter(|message| message.role == Role::User).map(|message| message.id);
    let missing = said.iter().find(|(_, id)| heard.clone().all(|heard| heard != *id)).map(|(sequence, _)| *sequence);
    let stray = heard.clone().find(|heard| said.iter().all(|(_, id)| id != heard));
    (missing, stray)
}

fn expected(world: &World, prompt: &Prompt, step: i64) -> Prompt {
    let mut assembler = Assembler::new(prompt.config.clone());
    let before = world.watch.log[..step as usize - 1].iter().rev();
    for entry in before.filter(|entry| MESSAGE_TYPES.contains(&entry.event.data.type_name())) {
        if !assembler.push(&entry.event) {
            break;
        }
    }
    assembler.finish()
}
