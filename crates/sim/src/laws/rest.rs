//! Waiting is a state: a session that nobody holds has no task, no model call and no tool.

use super::Verdict;
use crate::world::World;

pub(crate) fn holds(world: &mut World) -> Verdict {
    // With two nodes, one may not know yet that it lost the session. Then nothing can be said from outside.
    if world.nodes_in_life != 1 || world.in_flight > 0 || world.desk.is_busy(world.newest_node) {
        return Ok(());
    }
    let (held, running) = (world.watch.head.holder.is_some(), world.running_turns);
    let calls = world.calls.iter().filter(|call| call.is_live).count();
    let runs = world.runs.iter().filter(|run| run.is_live).count();
    if !held && running + calls + runs > 0 {
        return Err(format!("nobody holds the session, but {running} turns, {calls} calls and {runs} tools run"));
    }
    if held && running == 0 {
        return Err("the session is held, but nobody runs its turn".to_owned());
    }
    Ok(())
}
