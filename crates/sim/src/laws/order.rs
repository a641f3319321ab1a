//! The order of events inside a turn, by the same laws that the stories of the core obey, and the sums a turn ends with.

use std::sync::Arc;

use everruns_core::HarnessId;
use everruns_core::config::{Config, Manner};
use everruns_core::event::EventData;
use everruns_core::model::book::Book;
use everruns_core::turn::{self, laws};

use super::{Verdict, quietly};
use crate::watch::Turn;
use crate::world::World;

pub(crate) fn holds(world: &World) -> Verdict {
    let Some(latest) = world.watch.turns.last() else { return Ok(()) };
    quietly(|| {
        let turn = folded(world, latest);
        laws::order(&turn, world.watch.events_of(latest));
    })?;
    // Between turns there is nothing but inputs, and the latest turn begins with one.
    let end_before = world.watch.turns.iter().rev().nth(1).map_or(1, |turn| turn.last.unwrap_or(0));
    if latest.first != end_before + 1 {
        return Err(format!(
            "something stands between event {end_before} and the turn that begins at {}",
            latest.first
        ));
    }
    match latest.last {
        Some(last) if last != world.watch.log.len() as i64 => {
            Err(format!("events follow the turn that ended with event {last}"))
        }
        _ => Ok(()),
    }
}

pub(super) fn folded(world: &World, record: &Turn) -> turn::Turn {
    let config = record.config.clone().unwrap_or_else(|| Arc::new(blank()));
    let hash = record.config_hash.as_str().into();
    let mut turn = turn::Turn::opened_by(record.opened_by, config, hash, record.usage_before);
    turn.queue.clone_from(&record.queue_before);
    for entry in world.watch.events_of(record) {
        turn.apply(&entry.event);
    }
    turn
}

/// What a reason step of the turn runs with: what the turn is pinned to, and what its inputs wished for since.
pub(super) fn config_at(world: &World, record: &Turn, step: i64) -> Option<Arc<Config>> {
    let mut turn = turn::Turn::opened_by(record.opened_by, record.config.clone()?, "".into(), record.usage_before);
    for entry in world.watch.events_of(record).iter().filter(|entry| entry.event.sequence <= step) {
        turn.apply(&entry.event);
    }
    // What a message wished for while the turn ran is looked up when it is asked; no book knows simulated models.
    Some(Arc::new(Config::clone(&turn.config).with_model_of(&Book::default())))
}

/// Of a turn that has not started, of which nothing is asked.
fn blank() -> Config {
    Config {
        harness_id: HarnessId::from_u128(0),
        agent_id: None,
        agent_name: None,
        model: Some(String::new()),
        served_by: None,
        price: None,
        fallbacks: Vec::new(),
        system_prompt: String::new(),
        tools: Vec::new(),
        max_iterations: 1,
        parallel_tool_calls: false,
        client_tool_seconds: 0,
        network_access: Default::default(),
        lacks_dependency: false,
        manner: Manner::default(),
    }
}

/// The holder counts from its own memory; the log knows better.
pub(crate) fn sums(world: &World) -> Verdict {
    let Some(record) = world.watch.turns.last() else { return Ok(()) };
    let turn = folded(world, record);
    let usage = turn.usage_before + turn.usage;
    for entry in world.watch.events_of(record) {
        let wrong = match &entry.event.data {
            EventData::TurnCompleted(completed) => {
                let told = (completed.iterations, completed.usage, completed.tool_call_count, completed.llm_call_count);
                let known = (turn.iterations, Some(turn.usage), turn.tool_call_count, turn.llm_call_count);
                (told != known).then(|| format!("turn.completed tells {told:?}, its events {known:?}"))
            }
            EventData::TurnCancelled(cancelled) => (cancelled.usage != Some(turn.usage))
                .then(|| format!("turn.cancelled tells {:?}, its events {:?}", cancelled.usage, turn.usage)),
            EventData::SessionIdled(idled) => (idled.usage != Some(usage))
                .then(|| format!("session.idled tells {:?}, the log {usage:?}", idled.usage)),
            _ => None,
        };
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
    }
    Ok(())
}
