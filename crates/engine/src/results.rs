//! A client answers the calls that a parked turn waits for.

use std::collections::HashSet;
use std::sync::Arc;

use everruns_core::SessionId;
use everruns_core::event::Recorded;
use everruns_core::message::ToolResult;
use everruns_core::session::SessionStatus;
use everruns_core::turn::{Input, Phase, Turn, decide};
use everruns_store::{Append, Guard, OrgKey, Refusal, StoredEvent, Then};

use crate::commit::{Batch, Consequence, consequence};
use crate::runner::{self, Held, Registration};
use crate::shown::Members;
use crate::{Engine, Error};

/// Why results were not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Nothing waits for results.
    #[error("the session is not waiting for tool results")]
    NotWaiting,
    /// The turn never asked for this call.
    #[error("there is no open call with the id {0:?}")]
    UnknownCall(String),
    /// As for any other request.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Engine {
    /// Writes a client's results into its parked turn, which goes on when the last one is there. How many were taken
    /// (a second answer to a call is not), and what the session does now.
    pub async fn submit_results(
        &self,
        org: OrgKey,
        id: SessionId,
        results: Vec<ToolResult>,
    ) -> Result<(usize, SessionStatus), SubmitError> {
        let engine = self.clone();
        // On its own task, for the same reason as a posted message.
        let submitting = tokio::spawn(async move { engine.submit(org, id, results).await });
        submitting.await.map_err(|error| Error::from(everruns_store::Error::Failed(error.to_string())))?
    }

    async fn submit(
        &self,
        org: OrgKey,
        id: SessionId,
        results: Vec<ToolResult>,
    ) -> Result<(usize, SessionStatus), SubmitError> {
        let inner = &self.inner;
        let definition = inner.definition(org, id).await?;
        loop {
            let (head, Some(mut turn)) = inner.open_turn(&definition).await? else {
                return Err(SubmitError::NotWaiting);
            };
            if !matches!(turn.phase, Phase::Waiting { .. }) {
                return Err(SubmitError::NotWaiting);
            }
            let taken = taken(&turn, &results)?;
            let at = inner.source.now();
            let events = decide(&turn, Input::Results(results.clone()), at);
            if events.is_empty() {
                return Ok((0, turn.session_status()));
            }
            let stored: Arc<[StoredEvent]> = events.iter().map(StoredEvent::from).collect();
            let (then, status) = if events.iter().any(|event| event.data.ends_turn()) {
                let Consequence { then, status, .. } = consequence(&events, at);
                (then, status)
            } else if taken == turn.open_client_calls().count() {
                (Then::HoldAs(inner.holder.clone()), SessionStatus::Active)
            } else {
                // A message that came meanwhile ends the wait at once, as it would have without these results.
                let run_at = if turn.unread.is_empty() { turn.deadline().unwrap_or(at) } else { at };
                (Then::Park(run_at), SessionStatus::WaitingForToolResults)
            };
            let guard = Guard::Takeover {
                turn_sequence: head.turn_sequence,
                last_sequence: Some(head.last_sequence),
                inbox_seen: None,
            };
            let usage = everruns_core::Spent::default();
            let append = Append { session: definition.key, at, guard, events: stored.clone(), then, status, usage };
            match inner.store.append_events(append).await {
                Ok(appended) => {
                    let first = appended.first_sequence;
                    let batch = Batch { session: id, first, at, count: stored.len(), events: stored };
                    inner.publish(definition.key, batch, Some(Members::new()));
                    if appended.head.holder.is_some() {
                        turn.claimed_sequence = head.last_sequence;
                        let registration = Registration::new(inner, &appended.head);
                        let mut held = Held::new(registration, appended.head, turn, first);
                        for (sequence, event) in (first..).zip(events) {
                            held.fold(&Recorded { sequence, at, data: event.data });
                        }
                        inner.tasks.spawn(runner::run(held));
                    } else {
                        // A parked turn has a new time at which it wants to be looked at, the next one its first.
                        inner.runnable.notify_one();
                    }
                    return Ok((taken, status));
                }
                Err(Refusal::Moved | Refusal::Fenced | Refusal::Conflict { .. }) => {}
                Err(Refusal::Gone) => return Err(Error::NotFound.into()),
                Err(Refusal::Store(error)) => return Err(inner.in_doubt(definition.key, error).into()),
            }
        }
    }
}

/// How many open calls the results answer. An id that the turn never asked for is an error.
fn taken(turn: &Turn, results: &[ToolResult]) -> Result<usize, SubmitError> {
    let mut answered = HashSet::new();
    for result in results {
        let id = result.tool_call_id.as_str();
        let asked = turn.calls.iter().any(|call| call.client_side && call.tool_call.id == id);
        if !asked {
            return Err(SubmitError::UnknownCall(id.to_owned()));
        }
        if turn.open_client_calls().any(|call| call.tool_call.id == id) {
            answered.insert(id);
        }
    }
    Ok(answered.len())
}
