//! A session with a past: filled quickly through the public API, and then talked to.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::time::timeout;

use crate::agent::Agent;
use crate::clock::now;
use crate::events;
use crate::http::{Connection, Request};
use crate::stream::Stream;
use crate::target::Target;

/// What the agent of such sessions can do.
pub(crate) const CAPABILITY: &str = "current_time";
const TOOL: &str = "get_current_time";
/// Calls in one answer, each of two events, and answers in one turn: the quickest way to many events.
const CALLS: i64 = 32;
const ROUNDS_MAX: i64 = 30;
/// Events of a round beside its calls, and of a turn beside its rounds.
const EVENTS_PER_ROUND: i64 = 2 * CALLS + 8;
const EVENTS_PER_TURN: i64 = 11;
/// Text of a long message, bytes.
const LONG_TEXT_BYTES: usize = 8 * 1024;
const TURN_TIME_MAX: Duration = Duration::from_secs(60);

/// A session that is being filled.
pub(crate) struct History {
    agent: Agent,
    pub(crate) session: String,
    connection: Connection,
    stream: Stream,
}

/// How long a turn took from its post.
pub(crate) struct Took {
    pub(crate) first_delta: Duration,
    pub(crate) turn: Duration,
}

impl History {
    pub(crate) async fn new(target: &Target, model: &str) -> anyhow::Result<Self> {
        let agent = Agent::create(target, "bench-history", model, &[CAPABILITY]).await?;
        let session = agent.session(&mut Connection::open(target).await?).await?;
        Self::of(agent, session).await
    }

    /// The same session on a server that was started anew.
    pub(crate) async fn reopened(&self, target: &Target) -> anyhow::Result<Self> {
        Self::of(self.agent.at(target), self.session.clone()).await
    }

    async fn of(agent: Agent, session: String) -> anyhow::Result<Self> {
        let mut connection = Connection::open(&agent.target).await?;
        let last = last(&mut connection, &agent.target, &session).await?;
        let stream = Stream::open(&agent.target, &session, &format!("?after_sequence={last}")).await?;
        Ok(Self { agent, session, connection, stream })
    }

    /// How many events there are: sequences have no gaps.
    pub(crate) async fn events(&mut self) -> anyhow::Result<i64> {
        last(&mut self.connection, &self.agent.target, &self.session).await
    }

    /// Fills the session with tool calls until it has about so many events; for the last ones a short turn is better.
    pub(crate) async fn fill_with_calls(&mut self, events: i64) -> anyhow::Result<()> {
        loop {
            let missing = events - self.events().await? - 2 * EVENTS_PER_TURN;
            if missing < EVENTS_PER_ROUND {
                return Ok(());
            }
            let rounds = (missing / EVENTS_PER_ROUND).min(ROUNDS_MAX);
            let model = format!("llmsim/tool?name={TOOL}&count={CALLS}&rounds={rounds}&text=Let%20me%20look.");
            self.say("What time is it?", Some(&model)).await?;
        }
    }

    /// Fills the session with turns of a few words until it has so many events.
    pub(crate) async fn fill_with_words(&mut self, events: i64) -> anyhow::Result<()> {
        let mut known = self.events().await?;
        while known < events {
            // Asking after each turn would take longer than the turn.
            for _ in 0..((events - known) / EVENTS_PER_TURN).max(1) {
                self.talk().await?;
            }
            let before = std::mem::replace(&mut known, self.events().await?);
            ensure!(known > before, "a turn without events");
        }
        Ok(())
    }

    /// Fills the prompt: long messages, together so many bytes of text.
    pub(crate) async fn fill_prompt(&mut self, bytes: usize) -> anyhow::Result<()> {
        for number in 0..bytes.div_ceil(LONG_TEXT_BYTES) {
            let mut text = String::with_capacity(LONG_TEXT_BYTES + 32);
            while text.len() < LONG_TEXT_BYTES {
                write!(text, "Line {} of part {number}. ", text.len())?;
            }
            self.say(&text, None).await?;
        }
        Ok(())
    }

    /// How many turns `fill_prompt` takes, in events.
    pub(crate) fn events_of_prompt(bytes: usize) -> i64 {
        i64::try_from(bytes.div_ceil(LONG_TEXT_BYTES)).unwrap_or(i64::MAX) * EVENTS_PER_TURN
    }

    /// One turn of a few words.
    pub(crate) async fn talk(&mut self) -> anyhow::Result<Took> {
        let request = self.agent.message_request(&self.session);
        self.post(&request).await
    }

    async fn say(&mut self, text: &str, model: Option<&str>) -> anyhow::Result<Took> {
        let request = self.agent.text_request(&self.session, text, model);
        self.post(&request).await
    }

    async fn post(&mut self, request: &Request) -> anyhow::Result<Took> {
        let start = now();
        self.connection.exchange(request).await?;
        let seen = timeout(TURN_TIME_MAX, self.stream.turn()).await.context("a turn takes too long")??;
        let first_delta = seen.first_delta.context("a turn without text")? - start;
        Ok(Took { first_delta, turn: seen.completed - start })
    }
}

/// The sequence of the last event.
async fn last(connection: &mut Connection, target: &Target, session: &str) -> anyhow::Result<i64> {
    let request = Request::get(target, &format!("sessions/{session}/events?limit=1"));
    let body = connection.exchange(&request).await?;
    events::sequence(body).context("a session without events")
}
