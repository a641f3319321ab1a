//! What callers were told, held against the log.

use everruns_engine::{Error, SubmitError};
use everruns_store::{DEFAULT_ORG_KEY, Error as Store, EventQuery};

use crate::client::Finished;
use crate::history::History;
use crate::laws;
use crate::reader::{Got, Sleep, State, sent};

impl History {
    /// Hears what callers were told since the last step.
    pub(crate) async fn hear(&mut self) {
        let finished = std::mem::take(&mut self.world.lock().finished);
        for finished in finished {
            match finished {
                Finished::Posted { post, answer } => {
                    let mut world = self.world.lock();
                    match answer {
                        Ok(message) => {
                            world.tell(|| format!("client: message {post} is acknowledged at {:?}", message.sequence));
                            world.posts[post].acknowledged = message.sequence;
                            let verdict = laws::acknowledged(&world, post, &message);
                            world.judge("an acknowledged message is in the log", verdict);
                        }
                        Err(Error::Store(Store::Broken(_))) => {
                            world.tell(|| format!("client: what became of message {post} is not known"));
                        }
                        Err(error) => {
                            world.tell(|| format!("client: message {post} is refused: {error}"));
                            world.posts[post].refused = true;
                            let verdict = laws::refused(&world, post, &error);
                            world.judge("a refused message is not in the log", verdict);
                        }
                    }
                }
                Finished::Submitted { sent, answer } => {
                    let mut world = self.world.lock();
                    world.tell(|| format!("client: results {sent}: {answer:?}"));
                    if !matches!(answer, Err(SubmitError::Other(Error::Store(Store::Broken(_))))) {
                        let taken = answer.map_or(0, |(taken, _)| taken);
                        let verdict = laws::submitted(&world, sent, taken);
                        world.judge("a client's results are taken once, as it is told", verdict);
                    }
                }
                Finished::Cancelled { expected_sequence, answer } => {
                    let mut world = self.world.lock();
                    world.tell(|| format!("client: cancel: {answer:?}"));
                    let conflict = |error: &Error| laws::conflict(&world, expected_sequence, error);
                    let verdict = answer.as_ref().map_or_else(conflict, |_| Ok(()));
                    world.judge("a conflict is told truly", verdict);
                }
                Finished::Edited(answer) => self.world.lock().tell(|| format!("client: edit: {answer:?}")),
                Finished::Started { node, answer } => {
                    self.world.lock().tell(|| format!("node {node} has started: {answer:?}"));
                    if answer.is_err() {
                        self.boot(node);
                    } else if let Some(node) = self.nodes.iter_mut().find(|known| known.number == node) {
                        node.has_started = true;
                    }
                }
                Finished::ShutDown { node } => {
                    self.world.lock().tell(|| format!("node {node} has stopped"));
                    self.nodes.retain(|known| known.number != node);
                }
                Finished::Stranger { answer } => {
                    let verdict = match answer {
                        Err(Error::NotFound | Error::Store(Store::Busy(_) | Store::Broken(_))) => Ok(()),
                        other => Err(format!("it is told {other:?}")),
                    };
                    self.world.lock().judge("another organization finds nothing", verdict);
                }
                Finished::Listed { query, known, answer } => {
                    if let Ok(got) = answer {
                        let verdict = laws::page(&self.world.lock(), &query, &got, known);
                        self.world.lock().judge("a list shows what it is asked for", verdict);
                        self.compare(&got).await;
                    }
                }
                Finished::NoReader { reader } => self.readers[reader].state = State::Away,
                Finished::Read { reader: place, subscription, answer } => {
                    let reader = &mut self.readers[place];
                    let Ok(got) = answer else {
                        reader.state = State::Away;
                        continue;
                    };
                    let verdict = laws::contiguous(reader.cursor, &got);
                    reader.cursor = got.last().map_or(reader.cursor, |last| last.sequence);
                    reader.state = if got.is_empty() {
                        State::Asleep(Sleep::new(subscription, reader.cursor))
                    } else {
                        State::Hungry(subscription)
                    };
                    let (first, last) = (got.first().map(|event| event.sequence), reader.cursor);
                    self.world.lock().tell(|| format!("reader {place}: reads {first:?}..={last}"));
                    self.world.lock().judge("a reader misses nothing and sees nothing twice", verdict);
                    self.compare(&got).await;
                }
            }
        }
    }

    async fn compare(&self, got: &[Got]) {
        let (Some(first), Some(last), Some(archive)) =
            (got.iter().map(|event| event.sequence).min(), got.iter().map(|event| event.sequence).max(), &self.archive)
        else {
            return;
        };
        let stored = async {
            let session = archive.session(DEFAULT_ORG_KEY, self.id).await?;
            let query = EventQuery { after: first - 1, before: Some(last + 1), ..EventQuery::all(session.key) };
            Ok::<_, Error>(sent(&archive.events(&session, &query).await?))
        };
        let verdict = match self.place.finish(stored) {
            Ok(stored) => laws::same_as_stored(got, &stored),
            Err(error) => Err(error.to_string()),
        };
        self.world.lock().judge("what a reader sees is durable", verdict);
    }
}
