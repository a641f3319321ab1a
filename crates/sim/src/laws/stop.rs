//! Stop stops: once a cancel is through, nothing of the turn runs any more on the node that cancelled it. (That nothing
//! of it is written is a law of order.)

use super::Verdict;
use crate::world::World;

pub(crate) fn holds(world: &mut World) -> Verdict {
    if world.in_flight > 0 {
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
