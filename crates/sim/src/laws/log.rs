//! The log is append-only. (That it is dense is seen while it is read.)

use super::Verdict;
use crate::world::World;

/// What was read once reads the same for ever; after a crash, what was committed is there.
pub(crate) fn unchanged(world: &World) -> Verdict {
    let again = world.watch.read_again()?;
    let known = &world.watch.rows;
    if let Some(row) = known.iter().zip(&again).find(|(known, again)| known != again).map(|(known, _)| known) {
        return Err(format!("event {} reads otherwise than before", row.sequence));
    }
    if again.len() != known.len() {
        return Err(format!("{} events are there, {} were written", again.len(), known.len()));
    }
    Ok(())
}
