//! How a message meets a turn that is open already.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a message does to the turn that runs. A session without an open turn takes each of them alike: the message opens
/// its own turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The running turn reads it before its next reason step.
    #[default]
    Steer,
    /// It waits until the running turn is over and opens the next one.
    Queue,
    /// The running turn is cancelled and the message opens its own.
    Interrupt,
    /// The same, and what was said in the cancelled turn leaves the conversation.
    Rollback,
    /// It is refused while a turn runs.
    Reject,
}

/// Why no turn answers a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The turn that would have read it was cancelled.
    Cancelled,
    /// The turn that would have read it gave way to a newer message.
    Interrupted,
    /// The same, and the turn left the conversation with all its messages.
    RolledBack,
    /// The turn that would have read it failed before it could.
    TurnFailed,
    /// The session was forked before a turn had read it, and this is the fork.
    Forked,
}
