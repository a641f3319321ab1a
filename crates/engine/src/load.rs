//! Load: a claimed session's open turn, folded from its log.

use std::sync::Arc;

use everruns_core::Spent;
use everruns_core::event::{EventData, Recorded};
use everruns_core::turn::{Phase, Queued, Turn};
use everruns_store::{EventQuery, SessionHead};

use crate::definition::{Resolved, corrupt};
use crate::piece::PIECES;
use crate::{Definition, Error, Inner};

/// Why a claimed session cannot be stepped here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// No turn is open; nothing is to be done.
    #[error("no turn is open")]
    Idle,
    /// A newer build wrote into the turn; it has to go on with it.
    #[error("event {sequence} is of type {type_name}, which this build does not know")]
    Newer { sequence: i64, type_name: String },
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Inner {
    /// The session's head and its open turn, if one is open, as the log has them now. Nothing is claimed.
    pub(crate) async fn open_turn(&self, definition: &Arc<Definition>) -> Result<(SessionHead, Option<Turn>), Error> {
        let row = self.store.session_by_id(definition.org, definition.id).await?.ok_or(Error::NotFound)?;
        match self.load(definition, &row.head).await {
            Ok(turn) => Ok((row.head, Some(turn))),
            Err(LoadError::Idle) => Ok((row.head, None)),
            Err(LoadError::Failed(error)) => Err(error),
            Err(error @ LoadError::Newer { .. }) => Err(everruns_store::Error::Failed(error.to_string()).into()),
        }
    }

    /// Folds the turn that is open in `head`.
    pub(crate) async fn load(&self, definition: &Arc<Definition>, head: &SessionHead) -> Result<Turn, LoadError> {
        if head.turn_sequence == 0 {
            return Err(LoadError::Idle);
        }
        // Deltas are only needed for a message that is not whole yet; see below.
        let query = EventQuery {
            after: head.turn_sequence - 1,
            before: Some(head.last_sequence + 1),
            exclude: PIECES.map(str::to_owned).to_vec(),
            ..EventQuery::all(head.key)
        };
        let rows = self.store.events(&query).await.map_err(Error::from)?;
        let events: Vec<Recorded> =
            rows.into_iter().map(|row| row.decode().map_err(corrupt)).collect::<Result<_, _>>()?;
        for event in &events {
            if let EventData::Unknown(unknown) = &event.data {
                let type_name = unknown.type_name.clone().into_owned();
                return Err(LoadError::Newer { sequence: event.sequence, type_name });
            }
        }
        let (opener, queued) = match events.first().map(|event| &event.data) {
            Some(EventData::InputMessage(input)) => (Some(&input.message), &input.queued_sequences),
            Some(EventData::InputDequeued(input)) => (input.private.message.as_ref(), &input.queued_sequences),
            _ => (None, &Vec::new()),
        };
        let Some(opener) = opener else {
            return Err(corrupt(format!("session {} has no input at {}", head.id, head.turn_sequence)).into());
        };
        let queue = self.queued(head, queued).await?;
        let started = events.iter().find_map(|event| match &event.data {
            EventData::TurnStarted(started) => Some(started.config_hash.as_str()),
            _ => None,
        });
        let Resolved { config, hash } = match started {
            Some(hash) => Resolved { config: self.configuration(head.org, hash).await?, hash: hash.into() },
            None => self.resolve(definition, opener.controls.as_ref()).await?,
        };
        let mut turn = Turn::opened_by(opener.id, config, hash, Spent::default());
        turn.queue = queue;
        for event in &events {
            turn.apply(event);
        }
        if turn.phase == Phase::Reasoning {
            self.load_shown_text(head, &mut turn).await?;
        }
        turn.usage_before = head.usage.without(turn.usage);
        turn.claimed_sequence = head.last_sequence;
        // Everything up to the claim is folded in, or is a delta of a message that is whole. What came later is folded
        // in by the next commit: a lost claim must not see what its successor did.
        turn.last_sequence = head.last_sequence;
        Ok(turn)
    }

    /// The messages that were queued before the turn opened, in the order of their sequences.
    async fn queued(&self, head: &SessionHead, sequences: &[i64]) -> Result<Vec<Queued>, Error> {
        let (Some(first), Some(last)) = (sequences.iter().min(), sequences.iter().max()) else {
            return Ok(Vec::new());
        };
        let query = EventQuery {
            after: first - 1,
            before: Some(last + 1),
            types: vec!["input.message".to_owned()],
            ..EventQuery::all(head.key)
        };
        let mut queue = Vec::with_capacity(sequences.len());
        for row in self.store.events(&query).await? {
            let event = row.decode().map_err(corrupt)?;
            match event.data {
                EventData::InputMessage(input) if sequences.contains(&event.sequence) => {
                    queue.push(Queued { sequence: event.sequence, message: Arc::new(input.message) });
                }
                _ => {}
            }
        }
        if queue.len() != sequences.len() {
            return Err(corrupt(format!("session {} has lost a queued message", head.id)));
        }
        Ok(queue)
    }

    /// What readers have seen of the message that the latest reason step writes.
    async fn load_shown_text(&self, head: &SessionHead, turn: &mut Turn) -> Result<(), Error> {
        let query = EventQuery {
            after: turn.reason.started_sequence,
            before: Some(head.last_sequence + 1),
            types: PIECES.map(str::to_owned).to_vec(),
            ..EventQuery::all(head.key)
        };
        for row in self.store.events(&query).await? {
            let event = row.decode().map_err(corrupt)?;
            let message = match &event.data {
                EventData::OutputMessageDelta(delta) => delta.message_id,
                EventData::ReasonThinkingDelta(delta) => delta.private.message_id,
                _ => continue,
            };
            if Some(message) == turn.reason.message_id {
                turn.apply(&event);
            }
        }
        Ok(())
    }
}
