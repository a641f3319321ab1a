//! Stop stops: once a cancel is through, nothing of the turn runs any more on the node that cancelled it. (That nothing
//! of it is written is a law of order.) And a node that goes on with a turn has let go of what it did under an older
//! claim.

use std::collections::BTreeSet;

use super::{FAULT_SECONDS, Verdict};
use crate::world::World;

pub(crate) fn holds(world: &mut World) -> Verdict {
    // After a fault, a node may not know yet that its cancel is through.
    if world.in_flight > 0 || world.now < world.fault_at.plus_seconds(FAULT_SECONDS) {
        return Ok(());
    }
    for turn in &world.watch.turns {
        let Some(node) = turn.cancelled_on.filter(|node| !world.desk.is_busy(*node)) else { continue };
        let of_turn = format!("{}-", turn.id.0.simple());
        let mut runs = world.runs.iter().filter(|run| run.is_live && run.node == node);
        let mut calls = world.calls.iter().filter(|call| call.is_live && call.node == node);
        if runs.any(|run| run.key.starts_with(&of_turn)) || calls.any(|call| call.turn_first == turn.first) {
            return Err(format!("the turn that began at {} is cancelled, but its work goes on", turn.first));
        }
    }
    Ok(())
}

/// A node asks the model once at a time, or it runs the calls of one answer, each once.
pub(crate) fn one_step(world: &mut World) -> Verdict {
    for node in 1..=world.newest_node {
        if world.desk.is_busy(node) {
            continue;
        }
        let calls = world.calls.iter().filter(|call| call.is_live && call.node == node).count();
        let keys: Vec<&str> =
            world.runs.iter().filter(|run| run.is_live && run.node == node).map(|run| run.key.as_str()).collect();
        let answers: BTreeSet<&str> = keys.iter().filter_map(|key| Some(key.rsplit_once('-')?.0)).collect();
        let is_twice = keys.iter().collect::<BTreeSet<_>>().len() < keys.len();
        if calls + answers.len() > 1 || is_twice {
            return Err(format!("node {node} asks the model {calls} times and runs {keys:?}"));
        }
    }
    Ok(())
}
