//! A message for a session: written before it is acknowledged, and if the session is idle its turn opens in the same
//! commit.

use std::sync::Arc;

use everruns_core::event::{EventData, InputMessage, NewEvent, Recorded};
use everruns_core::message::{ContentPart, Controls, Message, Role};
use everruns_core::turn::{Input, Turn, decide};
use everruns_core::{MessageId, SessionId, Usage};
use everruns_store::{Opening, OrgKey, Post, Posting, Refusal, StoredEvent};
use serde_json::{Map, Value};

use crate::commit::Readers;
use crate::runner::{self, Held, Registration};
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
        // On its own task: a caller that hangs up half-way must not leave a claimed session without a runner.
        let posting = tokio::spawn(async move {
            let definition = inner.definition(org, id).await?;
            inner.post(&definition, new).await
        });
        posting.await.map_err(|error| everruns_store::Error::Failed(error.to_string()))?
    }
}

impl Inner {
    async fn post(self: &Arc<Self>, definition: &Arc<Definition>, new: NewMessage) -> Result<Message, Error> {
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
        // Without a model the turn ends where it starts; that takes the long way, which knows what was spent before.
        let opens = self.has_capacity() && turn.config.model.is_some();
        let opening_events = if opens { opening(&turn, &input, at) } else { Vec::new() };
        let stored: Vec<StoredEvent> = opening_events.iter().map(StoredEvent::from).collect();
        let input_stored = StoredEvent::from(&input);
        let alone = Readers::of(self, definition.key, std::iter::once(&input_stored));
        let with_opening = Readers::of(self, definition.key, std::iter::once(&input_stored).chain(&stored));
        let opening = opens.then(|| Opening { events: stored, holder: self.holder.clone() });
        let post = Post { session: definition.key, at, input: input_stored, opening };

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

        let readers = if posted.posting == Posting::Opened { with_opening } else { alone };
        readers.publication(posted.sequence, at, "").publish(self, definition.key);
        match posted.posting {
            Posting::Opened => {
                turn.usage_before = posted.head.usage;
                let registration = Registration::new(self, &posted.head);
                let mut held = Held::new(registration, posted.head, turn, posted.sequence);
                let events = std::iter::once(input).chain(opening_events);
                for (sequence, event) in (posted.sequence..).zip(events) {
                    held.fold(&Recorded { sequence, at, data: event.data });
                }
                self.tasks.spawn(runner::run(held));
            }
            // A holder finds the message by itself; without one, somebody has to claim the session.
            Posting::Runnable | Posting::Steers if posted.head.run_at.is_some() => self.runnable.notify_one(),
            Posting::Runnable | Posting::Steers => {}
        }
        Ok(message)
    }
}

/// What the turn writes first, decided as if the message stood at the start of the log.
fn opening(turn: &Turn, input: &NewEvent, at: everruns_core::Timestamp) -> Vec<NewEvent> {
    let mut turn = turn.clone();
    turn.apply(&Recorded { sequence: 1, at, data: input.data.clone() });
    decide(&turn, Input::Start, at)
}
