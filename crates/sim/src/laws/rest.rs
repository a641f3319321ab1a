//! Waiting is a state: a session that nobody holds has no task, no model call and no tool.

use super::Verdict;
use crate::world::World;

/// So long after a fault a node may still hold on to what it will find lost.
pub(crate) const FAULT_SECONDS: i64 = 6;

pub(crate) fn holds(world: &mut World) -> Verdict {
    // With two nodes, one may not know yet that it lost the session. Then nothing can be said from outside.
    if world.nodes_in_life != 1 || world.in_flight > 0 || world.desk.is_busy(world.newest_node) {
        return Ok(());
    }
    if world.now < world.fault_at.plus_seconds(FAULT_SECONDS) {
        return Ok(());
    }
    let (held, running) = (world.watch.head.holder.is_some(), world.running_turns);
    let calls = world.calls.iter().filter(|call| call.is_live).count();
    let runs = world.runs.iter().filter(|run| run.is_live).count();
    if !held && !world.has_hurried && running + calls + runs > 0 {
        return Err(format!("nobody holds the session, but {running} turns, {calls} calls and {runs} tools run"));
    }
    // A node that must go may fail to hand back; the next start sees to that.
    if held && running == 0 && !world.has_left {
        return Err("the session is held, but nobody runs its turn".to_owned());
    }
    Ok(())
}
