//! `everruns chat`: says something in a session and shows the answer as it comes.
//!
//! The answer is a walk along the session's events from the one that was there before. The client finds its way back
//! after a cut and goes on after the last event it gave, so nothing is shown twice and nothing is left out.

use std::pin::pin;
use std::time::Duration;

use everruns_client::{CancelOutcome, Client, Error, Event, ListEvents, NewMessage, Seen, StreamOptions};
use everruns_core::message::{Controls, Message};
use everruns_core::{EventId, SessionId};
use everruns_engine::Source as _;
use futures::StreamExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::losses::Losses;
use super::{object, reference};
use crate::failure::{Failure, INTERRUPTED};
use crate::output::Output;
use crate::remote::Remote;
use crate::system::System;

mod input;
mod show;

use input::Input;
use show::Show;

/// Losses in a row after which an answer is no longer waited for: some two minutes.
const LOSSES_MAX: u32 = 8;
/// Waits before a message is sent again whose acknowledgement was cut off.
const SEND_WAITS: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

#[derive(clap::Args)]
#[command(after_help = "\
Ctrl-C cancels the turn; a second one leaves at once. The answer goes to standard output, everything else to standard \
error. Without --message a terminal is asked for one message after the other, and anything else is read to its end as \
one message.")]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    /// Go on in this session; otherwise a new one is made.
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// The agent of a new session, by name or id.
    #[arg(long, conflicts_with = "session")]
    agent: Option<String>,
    /// The harness of a new session, by name or id.
    #[arg(long, conflicts_with = "session")]
    harness: Option<String>,
    /// The title of a new session.
    #[arg(long, value_name = "TEXT", conflicts_with = "session")]
    title: Option<String>,
    /// The model, instead of the agent's.
    #[arg(long)]
    model: Option<String>,
    /// What to say.
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
}

/// A conversation at work.
struct Chat {
    client: Client,
    output: Output,
    session: SessionId,
    /// The last event that was seen.
    cursor: Option<EventId>,
    /// Said with each message.
    controls: Option<Controls>,
    interrupts: Signal,
}

/// How a turn ended.
enum Ending {
    Answered,
    /// The reason.
    Failed(String),
    /// Whether Ctrl-C did it.
    Cancelled(bool),
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let client = options.remote.client()?;
    let output = options.remote.output;
    let mut input = Input::new(options.message)?;
    // From here on Ctrl-C is ours.
    let interrupts = signal(SignalKind::interrupt())?;
    let model = options.model.map(|model| Controls { model_id: Some(model), ..Controls::default() });
    let (session, cursor, controls) = match options.session {
        Some(id) => (id, newest(&client, id).await?, model),
        None => {
            let mut spec = object([("title", options.title.map(Into::into))]);
            spec.extend(options.agent.map(|agent| reference("agent", &agent)));
            spec.extend(options.harness.map(|harness| reference("harness", &harness)));
            spec.extend(model.and_then(|model| Some(("model_id".to_owned(), model.model_id?.into()))));
            (once(&client)?.sessions().create(&spec).await?.id, None, None)
        }
    };
    output.note(&format!("session {session}"));
    let mut chat = Chat { client, output, session, cursor, controls, interrupts };
    let is_asked = input.is_asked();
    loop {
        let text = tokio::select! {
            text = input.next() => text?,
            _ = chat.interrupts.recv() => return Err(Failure::silent(INTERRUPTED)),
        };
        let Some(text) = text else { return Ok(()) };
        let ending = chat.turn(text).await?;
        let failure = match ending {
            Ending::Answered => continue,
            Ending::Failed(why) => Failure::failed("the turn failed").because(why),
            Ending::Cancelled(true) if !is_asked => return Err(Failure::silent(INTERRUPTED)),
            Ending::Cancelled(true) => continue,
            Ending::Cancelled(false) => Failure::failed("the turn was cancelled by somebody else"),
        };
        if !is_asked {
            return Err(failure.then(format!("look closer with `everruns events list {session}`")));
        }
        eprintln!("{}", failure.text());
    }
}

/// The newest event of a session: what comes after it is new.
async fn newest(client: &Client, session: SessionId) -> Result<Option<EventId>, Failure> {
    let last = ListEvents { limit: Some(1), ..ListEvents::default() };
    Ok(client.events().list(session, &last).await?.last().map(|event| event.id))
}

/// A client whose next POST happens once, however often it has to be sent.
fn once(client: &Client) -> Result<Client, Failure> {
    Ok(client.with_idempotency_key(&format!("cli-{:032x}", System.random()))?)
}

impl Chat {
    /// Says `text` and shows what comes, until the turn that answers it is over.
    async fn turn(&mut self, text: String) -> Result<Ending, Failure> {
        let mut is_cancelled = false;
        let request = NewMessage { controls: self.controls.clone(), ..NewMessage::text(text) };
        let client = once(&self.client)?;
        let message = {
            let mut sending = pin!(send(&client, self.session, &request));
            loop {
                tokio::select! {
                    biased;
                    _ = self.interrupts.recv() => match is_cancelled {
                        false => is_cancelled = true,
                        true => return Err(Failure::silent(INTERRUPTED)),
                    },
                    message = &mut sending => break message?,
                }
            }
        };
        let mut cancel = is_cancelled.then(|| self.cancel());
        let mut show = Show::new(self.output);
        let (told, mut losses) = Losses::new();
        let options = StreamOptions {
            since_id: self.cursor,
            losses_max: Some(LOSSES_MAX),
            losses: Some(told),
            ..StreamOptions::default()
        };
        let mut events = self.client.events().stream(self.session, options);
        // A server always tells the sequence; without it everything new is shown.
        let asked_at = message.sequence.unwrap_or(0);
        loop {
            tokio::select! {
                biased;
                _ = self.interrupts.recv() => match is_cancelled {
                    false => {
                        is_cancelled = true;
                        self.output.note("cancelling; Ctrl-C again leaves at once");
                        cancel = Some(self.cancel());
                    }
                    true => return Err(Failure::silent(INTERRUPTED)),
                },
                outcome = joined(&mut cancel) => {
                    outcome?;
                }
                loss = losses.next() => show.aside(&loss),
                event = events.next() => {
                    let Some(event) = event else { return Err(Failure::failed("the event stream ended")) };
                    let event = event?;
                    self.cursor = Some(event.id);
                    if event.sequence <= asked_at {
                        continue;
                    }
                    show.event(&event)?;
                    if event.ends_turn() {
                        show.end()?;
                        return Ok(ending(&event, is_cancelled));
                    }
                }
            }
        }
    }

    /// Asks for the end of the turn, beside the reading of its events.
    fn cancel(&self) -> JoinHandle<Result<CancelOutcome, Error>> {
        let (client, session) = (self.client.clone(), self.session);
        tokio::spawn(async move { client.sessions().cancel(session).await })
    }
}

/// Sends the message, again after a cut: under its key it is taken once.
async fn send(client: &Client, session: SessionId, request: &NewMessage) -> Result<Seen<Message>, Error> {
    let mut waits = SEND_WAITS.iter();
    loop {
        let outcome = client.messages().send(session, request).await;
        match (&outcome, waits.next()) {
            // A server that is not there is told at once.
            (Err(Error::Transport(error)), Some(wait)) if !error.is_builder() && !error.is_connect() => {
                tokio::time::sleep(*wait).await;
            }
            _ => return outcome,
        }
    }
}

/// What came of the cancel, once it was asked for.
async fn joined(cancel: &mut Option<JoinHandle<Result<CancelOutcome, Error>>>) -> Result<(), Failure> {
    let Some(handle) = cancel else { return std::future::pending().await };
    let outcome = handle.await;
    *cancel = None;
    match outcome {
        Ok(outcome) => Ok(outcome.map(drop)?),
        Err(error) => Err(Failure::failed("the cancel broke off").because(error)),
    }
}

fn ending(event: &Event, is_ours: bool) -> Ending {
    let text = |key: &str| event.data[key].as_str().unwrap_or_default().to_owned();
    match event.type_name.as_str() {
        // Ctrl-C came when all was said: the caller wanted to leave all the same.
        "turn.completed" if is_ours => Ending::Cancelled(true),
        "turn.completed" => Ending::Answered,
        "turn.cancelled" => Ending::Cancelled(is_ours),
        "turn.sealed" => Ending::Failed(format!("stopped: {} {}", text("reason"), text("detail")).trim().to_owned()),
        _ => match text("error_code") {
            code if code.is_empty() => Ending::Failed(text("error")),
            code => Ending::Failed(format!("{} ({code})", text("error"))),
        },
    }
}
