//! A message for a session: written before it is acknowledged, and if the session is idle its turn opens in the same
//! commit.

use std::sync::Arc;

use everruns_core::delivery::Delivery;
use everruns_core::event::{InputMessage, NewEvent, Recorded};
use everruns_core::message::{ContentPart, Controls, Message, Role};
use everruns_core::turn::{Input, Turn, decide};
use everruns_core::{MessageId, SessionId, Spent, Timestamp};
use everruns_store::{Expected, Once, OrgKey, Post, Posted, Posting, Refusal, StoredEvent};
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use crate::commit::Batch;
use crate::runner::{self, Held};
use crate::shown::Members;
use crate::{Definition, Engine, Error, Inner};

/// What a caller says.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    /// The parts.
    pub content: Vec<ContentPart>,
    /// How the turn shall be run.
    pub controls: Option<Controls>,
    /// The caller's own data.
    pub metadata: Option<Map<String, Value>>,
    /// The caller's labels.
    pub tags: Vec<String>,
    /// Who wrote it elsewhere.
    pub external_actor: Option<Map<String, Value>>,
    /// What it does to a turn that runs.
    pub delivery: Delivery,
    /// If given, the session's last event must be this one.
    pub expected_sequence: Option<i64>,
}

impl Engine {
    /// Writes a message to a session and sees to it that a turn answers it. Returns when it is durable.
    pub async fn post_message(&self, org: OrgKey, id: SessionId, new: NewMessage) -> Result<Message, Error> {
        let inner = self.inner.clone();
        let (answer, posted) = oneshot::channel();
        // On its own task: a caller that hangs up half-way must not leave a claimed session without a runner.
        let once = Once::current();
        self.inner.tasks.spawn(async move {
            let posting = async {
                let definition = inner.definition(org, id).await?;
                inner.post(&definition, new).await
            };
            let posted = match once {
                Some(once) => once.scope(posting).await,
                None => posting.await,
            };
            let (message, opened) = match posted {
                Ok((message, opened)) => (Ok(message), opened),
                Err(error) => (Err(error), None),
            };
            // The caller may have hung up; the message stays.
            let _ = answer.send(message);
            if let Some(held) = opened {
                runner::run(held).await;
            }
        });
        posted.await.map_err(|_| everruns_store::Error::Failed("a post broke off, reported above".to_owned()))?
    }
}

/// A message that was written, and the turn that it opened, which is the caller's to run.
pub(crate) struct Accepted {
    pub(crate) sequence: i64,
    pub(crate) held: Option<Held>,
}

impl Inner {
    /// Writes a message; if it opened a turn, that is the caller's to run.
    async fn post(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        new: NewMessage,
    ) -> Result<(Message, Option<Held>), Error> {
        let NewMessage { content, controls, metadata, tags, external_actor, delivery, expected_sequence } = new;
        let message = Message::new(MessageId(self.source.uuid()), Role::User, content, self.source.now());
        let mut message = Message { controls, metadata, tags, external_actor, ..message };
        if let Some(once) = Once::current() {
            once.makes(message.id);
        }
        let mut attempt = 0;
        let Accepted { sequence, held } = loop {
            attempt += 1;
            // The turn ended or another one began meanwhile, unless it is written.
            if let Some(accepted) = self.deliver(definition, &message, delivery, expected_sequence, attempt).await? {
                break accepted;
            }
        };
        message.session_id = Some(definition.id);
        message.sequence = Some(sequence);
        Ok((message, held))
    }

    /// Opens a turn with a message, or steers the one that is open. `None`: the session is not as expected.
    pub(crate) async fn open_or_steer(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        message: &Message,
        expected: Expected,
    ) -> Result<Option<Accepted>, Error> {
        let resolved = self.resolve(definition, message.controls.as_ref()).await?;
        let turn = Turn::opened_by(message.id, resolved.config, resolved.hash, Spent::default());
        let mut events = vec![NewEvent { context: None, data: InputMessage::from(message.clone()).into() }];
        // A turn that cannot run ends where it starts; that takes the long way, which knows what was spent before.
        let opens = self.has_capacity() && turn.config.refusal().is_none();
        if opens {
            let opening = opening(&turn, &events[0], self.source.now());
            events.extend(opening);
        }
        let holder = opens.then(|| self.holder.clone());
        let Some((posted, at)) = self.post_events(definition, &events, holder, expected, true).await? else {
            return Ok(None);
        };
        let Posted { sequence, posting, head } = posted;
        let held = match posting {
            Posting::Opened => Some(self.hold(head, turn, sequence, at, events)),
            Posting::Runnable | Posting::Steers => {
                // A holder finds the message by itself; without one, somebody has to claim the session.
                if head.run_at.is_some() {
                    self.runnable.notify_one();
                }
                None
            }
        };
        Ok(Some(Accepted { sequence, held }))
    }

    /// Writes a message's event, and those behind it if it opens a turn, and shows them. `None`: another turn is open
    /// than was expected.
    pub(crate) async fn post_events(
        self: &Arc<Self>,
        definition: &Definition,
        events: &[NewEvent],
        holder: Option<Arc<str>>,
        expected: Expected,
        wakes: bool,
    ) -> Result<Option<(Posted, Timestamp)>, Error> {
        let at = self.source.now();
        let stored: Arc<[StoredEvent]> = events.iter().map(StoredEvent::from).collect();
        let post = Post { session: definition.key, at, events: stored.clone(), holder, expected, wakes };
        let posted = match self.store.post_input(post).await {
            Ok(posted) => posted,
            Err(Refusal::Moved) => return Ok(None),
            Err(Refusal::Conflict { last_sequence }) => return Err(Error::SequenceConflict { last_sequence }),
            Err(Refusal::Store(error)) => return Err(self.in_doubt(definition.key, error)),
            Err(Refusal::Gone | Refusal::Fenced) => {
                self.forget(definition.id);
                return Err(Error::NotFound);
            }
        };
        let first = posted.sequence;
        tracing::debug!(session = %definition.id, sequence = first, posting = ?posted.posting, "message accepted");
        let count = if posted.posting == Posting::Opened { stored.len() } else { 1 };
        self.publish(
            definition.key,
            Batch { session: definition.id, first, at, events: stored, count },
            Some(Members::new()),
        );
        Ok(Some((posted, at)))
    }
}

/// What the turn writes first, decided as if the message stood at the start of the log.
pub(crate) fn opening(turn: &Turn, input: &NewEvent, at: Timestamp) -> Vec<NewEvent> {
    let mut turn = turn.clone();
    turn.apply(&Recorded { sequence: 1, at, data: input.data.clone() });
    decide(&turn, Input::Start, at)
}
