//! Effects have names: intent first, the same key for ever, at most once where it matters, results as they came.

use std::collections::HashMap;

use everruns_core::event::{EventData, ToolCompleted, ToolStatus};
use everruns_core::message::ContentPart;
use everruns_core::tool::SideEffectClass;

use super::Verdict;
use crate::tools::class;
use crate::watch::Intent;
use crate::world::World;

/// A key names one call.
pub(crate) fn keys(world: &World) -> Verdict {
    let Some(turn) = world.watch.turns.last() else { return Ok(()) };
    let mut by_key: HashMap<&str, &Intent> = HashMap::new();
    for (key, intent) in &turn.intents {
        by_key.insert(key, intent);
    }
    let started = world.watch.events_of(turn).iter();
    let started = started.filter(|entry| matches!(entry.event.data, EventData::ToolStarted(_))).count();
    if started == by_key.len() { Ok(()) } else { Err(format!("{started} intents have {} keys", by_key.len())) }
}

/// Looks at runs that are new since the last time.
pub(crate) fn runs(world: &mut World) -> Verdict {
    for place in 0..world.runs.len() {
        if world.runs[place].is_checked {
            continue;
        }
        world.runs[place].is_checked = true;
        let run = &world.runs[place];
        let intent = intent(world, &run.key).filter(|intent| intent.sequence <= run.run_at);
        let intent = intent.ok_or_else(|| format!("{} runs under {} without an intent", run.name, run.key))?;
        if (&intent.call.name, &intent.call.arguments) != (&run.name, &run.arguments) {
            return Err(format!("{} runs under {}, whose intent is {:?}", run.name, run.key, intent.call));
        }
        let earlier = world.runs[..place].iter().filter(|earlier| earlier.key == run.key).count();
        if earlier > 0 && class(&run.name) == Some(SideEffectClass::AtMostOnce) {
            return Err(format!("{} runs twice under {}", run.name, run.key));
        }
    }
    Ok(())
}

fn intent<'a>(world: &'a World, key: &str) -> Option<&'a Intent> {
    world.watch.turns.iter().rev().find_map(|turn| turn.intents.get(key))
}

/// Looks at the results of the latest turn.
pub(crate) fn results(world: &World) -> Verdict {
    let Some(turn) = world.watch.turns.last() else { return Ok(()) };
    let mut started: HashMap<&str, i64> = HashMap::new();
    for entry in world.watch.events_of(turn) {
        match &entry.event.data {
            EventData::OutputMessageCompleted(_) => started.clear(),
            EventData::ToolStarted(tool) => {
                started.insert(&tool.tool_call.id, entry.event.sequence);
            }
            EventData::ToolCompleted(completed) => {
                let intent = started.get(completed.tool_call_id.as_str());
                let intent =
                    intent.and_then(|sequence| turn.intents.iter().find(|(_, intent)| intent.sequence == *sequence));
                let is_known = match intent {
                    Some((key, _)) => is_outcome(world, key, completed),
                    None => is_from_client(world, completed) || is_refusal(completed),
                };
                if !is_known {
                    return Err(format!("event {} closes a call with what nobody said", entry.event.sequence));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn text(completed: &ToolCompleted) -> Option<&str> {
    match completed.result.as_deref() {
        Some([ContentPart::Text { text }]) => Some(text),
        _ => None,
    }
}

fn is_outcome(world: &World, key: &str, completed: &ToolCompleted) -> bool {
    let mut runs = world.runs.iter().filter(|run| run.key == key);
    match completed.status {
        ToolStatus::Success => {
            runs.any(|run| matches!(&run.ended, Some(Ok(said)) if Some(said.as_str()) == text(completed)))
        }
        ToolStatus::Timeout => runs.any(|run| run.ended.is_none()),
        ToolStatus::Error => {
            let unknown = completed.error.as_deref().is_some_and(|error| error.starts_with("the outcome is unknown"));
            let may_be_unknown = class(&completed.tool_name) == Some(SideEffectClass::AtMostOnce);
            (unknown && may_be_unknown)
                || runs.any(|run| matches!(&run.ended, Some(Err(said)) if Some(said) == completed.error.as_ref()))
        }
        ToolStatus::Cancelled => false,
    }
}

fn is_from_client(world: &World, completed: &ToolCompleted) -> bool {
    let of_call = world.sent.iter().flatten().filter(|result| result.tool_call_id == completed.tool_call_id);
    let mut same = of_call.filter(|result| match (&result.error, &completed.error) {
        (Some(said), Some(error)) => said == error,
        (None, None) => {
            let said = result.result.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
            Some(said.as_str()) == text(completed)
        }
        _ => false,
    });
    let gave_up = completed.status == ToolStatus::Timeout && class(&completed.tool_name).is_none();
    let passed_over = completed.error.as_deref().is_some_and(|error| error.starts_with("not answered: "));
    same.next().is_some() || gave_up || passed_over
}

fn is_refusal(completed: &ToolCompleted) -> bool {
    let words = ["not run: ", "there is no tool", "the arguments must be"];
    let error = completed.error.as_deref().unwrap_or("");
    completed.status == ToolStatus::Error && words.iter().any(|words| error.starts_with(words))
}
