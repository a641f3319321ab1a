//! A message for a session: written before it is acknowledged, and if the session is idle its turn opens in the same
//! commit.

use std::sync::Arc;

use everruns_core::event::{EventData, InputMessage, NewEvent, Recorded};
use everruns_core::message::{ContentPart, Controls, Message, Role};
use everruns_core::turn::{Input, Turn, decide};
use everruns_core::{MessageId, SessionId, Usage};
use everruns_store::{Once, OrgKey, Post, Posting, Refusal, StoredEvent};
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use crate::commit::Batch;
use crate::runner::{self, Held, Registration};
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

impl Inner {
    /// Writes a message; if it opened a turn, that is the caller's to run.
    async fn post(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        new: NewMessage,
    ) -> Result<(Message, Option<Held>), Error> {
        let at = self.source.now();
        let model = new.controls.as_ref().and_then(|controls| controls.model_id.as_deref());
        let resolved = self.resolve(definition, model).await?;
        let mut message = Message {
            controls: new.controls,
            metadata: new.metadata,
            tags: new.tags,
            external_actor: new.external_actor,
            ..Message::new(MessageId(self.source.uuid()), Role::User, new.content, at)
        };
        let input = NewEvent { context: None, data: EventData::from(InputMessage { message: message.clone() }) };

        let mut turn = Turn::opened_by(message.id, resolved.config, resolved.hash, Usage::default());
        // A turn that cannot run ends where it starts; that takes the long way, which knows what was spent before.
        let opens = self.has_capacity() && turn.config.refusal().is_none();
        let mut events = vec![input];
        if opens {
            let opening = opening(&turn, &events[0], at);
            events.extend(opening);
        }
        let stored: Arc<[StoredEvent]> = events.iter().map(StoredEvent::from).collect();
        let holder = opens.then(|| self.holder.clone());
        let post = Post { session: definition.key, at, events: stored.clone(), holder };

        if let Some(once) = Once::current() {
            once.makes(message.id);
        }
        let posted = self.store.post_input(post).await.map_err(|refusal| match refusal {
            Refusal::Store(error) => Error::Store(error),
            _ => {
                self.forget(definition.id);
                Error::NotFound
            }
        })?;
        message.session_id = Some(definition.id);
        message.sequence = Some(posted.sequence);
        tracing::debug!(session = %definition.id, message = %message.id, posting = ?posted.posting, "message accepted");

        let count = if posted.posting == Posting::Opened { stored.len() } else { 1 };
        let batch = Batch { session: definition.id, first: posted.sequence, at, events: stored, count };
        self.publish(definition.key, batch, Some(Members::new()));
        match posted.posting {
            Posting::Opened => {
                turn.usage_before = posted.head.usage;
                let registration = Registration::new(self, &posted.head);
                let mut held = Held::new(registration, posted.head, turn, posted.sequence);
                for (sequence, event) in (posted.sequence..).zip(events) {
                    held.fold(&Recorded { sequence, at, data: event.data });
                }
                return Ok((message, Some(held)));
            }
            // A holder finds the message by itself; without one, somebody has to claim the session.
            Posting::Runnable | Posting::Steers if posted.head.run_at.is_some() => self.runnable.notify_one(),
            Posting::Runnable | Posting::Steers => {}
        }
        Ok((message, None))
    }
}

/// What the turn writes first, decided as if the message stood at the start of the log.
fn opening(turn: &Turn, input: &NewEvent, at: everruns_core::Timestamp) -> Vec<NewEvent> {
    let mut turn = turn.clone();
    turn.apply(&Recorded { sequence: 1, at, data: input.data.clone() });
    decide(&turn, Input::Start, at)
}
