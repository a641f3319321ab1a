//! One writer at a time, told by the fence.

use everruns_core::session::SessionStatus;
use everruns_store::{Guard, Operation, SessionHead};

use super::Verdict;

/// An operation that may have written, with the session row around it.
pub(crate) struct Written<'a> {
    pub(crate) operation: Operation,
    /// Whether the database did it.
    pub(crate) done: bool,
    pub(crate) before: &'a SessionHead,
    pub(crate) after: &'a SessionHead,
}

/// An append by a holder needs the fence of the latest claim, and the claim must still stand.
pub(crate) fn holder(written: &Written<'_>) -> Verdict {
    match written.operation {
        Operation::Append(Guard::Holder { fence, .. }) if written.done => {
            if fence != written.before.fence || written.before.holder.is_none() {
                let SessionHead { fence: now, holder, .. } = written.before;
                return Err(format!("an append under fence {fence} was written at fence {now}, held by {holder:?}"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(crate) fn rises(written: &Written<'_>) -> Verdict {
    let Written { before, after, .. } = written;
    let is_taken = match written.operation {
        Operation::Append(Guard::Takeover { .. }) => written.done,
        Operation::Post | Operation::Claim => before.holder.is_none() && after.holder.is_some(),
        _ => false,
    };
    let least = before.fence + i64::from(is_taken);
    if after.fence < least {
        return Err(format!("{:?} left the fence at {} after {}", written.operation, after.fence, before.fence));
    }
    Ok(())
}

pub(crate) fn refused(written: &Written<'_>) -> Verdict {
    if !written.done && written.before != written.after {
        return Err(format!("{:?} was refused, but the row changed", written.operation));
    }
    Ok(())
}

/// The write that parks a turn gives the session back: nothing is left to do for somebody who may be gone by then.
pub(crate) fn parked(written: &Written<'_>) -> Verdict {
    let Written { operation, done, after, .. } = written;
    let parks = matches!(operation, Operation::Append(_)) && after.status == SessionStatus::WaitingForToolResults;
    match &after.holder {
        Some(holder) if *done && parks => Err(format!("{operation:?} parked the turn, which {holder} holds still")),
        _ => Ok(()),
    }
}
