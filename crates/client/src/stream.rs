//! Events as they happen, over as many connections as it takes.

use std::time::Duration;

use everruns_core::{EventId, SessionId};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::mpsc::UnboundedSender;

use crate::backoff::Backoff;
use crate::connection::Connection;
use crate::{Client, Error, Event};

/// A stream waits no longer than this, whatever the server asks for.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Where a stream begins and what it leaves out.
///
/// Without a cursor it begins at the input that opened the session's latest turn, so it is in time when it is opened
/// after the message was sent.
#[derive(Clone, Debug, Default)]
pub struct StreamOptions {
    /// Only what came after this event.
    pub since_id: Option<EventId>,
    /// Only these types; empty: all.
    pub types: Vec<String>,
    /// Not these types.
    pub exclude: Vec<String>,
    /// How many losses in a row are borne; the next one ends the stream with its error. Absent: any number.
    pub losses_max: Option<u32>,
    /// Is told of each loss that is borne, for people who would wonder why nothing comes.
    pub losses: Option<UnboundedSender<Loss>>,
}

/// The connection was lost and will be made anew.
#[derive(Clone, Debug)]
pub struct Loss {
    /// What happened, for people.
    pub reason: String,
    /// How long the stream waits before the next connection.
    pub wait: Duration,
}

/// Events in the order of their sequence. A loss of the connection does not end it: it waits (1, 2, 4 … 30 s, less if
/// the server says so) and goes on after the last event it gave. It ends after an error that waiting cannot mend, such
/// as a session that is not there.
pub type EventStream = BoxStream<'static, Result<Event, Error>>;

pub(crate) fn open(client: Client, session: SessionId, options: StreamOptions) -> EventStream {
    let reader = Reader { client, session, options, connection: None, backoff: Backoff::new(), losses: 0 };
    stream::unfold(Some(reader), async |reader| {
        let mut reader = reader?;
        match reader.next().await {
            Ok(event) => Some((Ok(event), Some(reader))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

struct Reader {
    client: Client,
    session: SessionId,
    /// `since_id` moves on with each event.
    options: StreamOptions,
    connection: Option<Connection>,
    backoff: Backoff,
    /// Losses in a row.
    losses: u32,
}

impl Reader {
    /// The next event, however long it takes; an error is final.
    async fn next(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.step().await? {
                return Ok(event);
            }
        }
    }

    /// One frame or one wait.
    async fn step(&mut self) -> Result<Option<Event>, Error> {
        let Some(connection) = &mut self.connection else {
            let events = self.client.events();
            match events.connect(self.session, &self.options).await {
                Ok(connection) => self.connection = Some(connection),
                Err(error) => self.wait_after_loss(Some(error)).await?,
            }
            return Ok(None);
        };
        match connection.next().await {
            Some(Ok(frame)) if frame.name == "connected" => self.is_well(),
            Some(Ok(frame)) => {
                if let Some(retry_ms) = frame.disconnecting() {
                    self.connection = None;
                    tokio::time::sleep(Duration::from_millis(retry_ms)).await;
                } else {
                    let event = frame.event()?;
                    self.options.since_id = Some(event.id);
                    self.is_well();
                    return Ok(Some(event));
                }
            }
            Some(Err(error)) => self.wait_after_loss(Some(error)).await?,
            None => self.wait_after_loss(None).await?,
        }
        Ok(None)
    }

    fn is_well(&mut self) {
        self.backoff.reset();
        self.losses = 0;
    }

    /// Waits before the next connection, as long as the server says at least. What waiting cannot mend is given back.
    async fn wait_after_loss(&mut self, error: Option<Error>) -> Result<(), Error> {
        self.connection = None;
        self.losses += 1;
        let asked = error.as_ref().and_then(Error::retry_after).unwrap_or_default();
        let is_enough = self.options.losses_max.is_some_and(|max| self.losses > max);
        let reason = match error {
            Some(error) if is_enough || !error.is_transient() => return Err(error),
            None if is_enough => return Err(Error::decode("the server ends every event stream at once")),
            Some(error) => error.to_string(),
            None => "the server ended the event stream".to_owned(),
        };
        let wait = self.backoff.next().max(asked.min(WAIT_MAX));
        if let Some(losses) = &self.options.losses {
            // Who no longer listens need not know.
            let _ = losses.send(Loss { reason, wait });
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
