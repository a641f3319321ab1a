//! A session with a past: filled quickly through the public API, and then talked to.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::time::timeout;

use crate::agent::Agent;
use crate::clock::now;
use crate::events;
use crate::http::{Connection, Request};
use crate::stream::Stream;
use crate::target::Target;

/// Events of a text turn.
const EVENTS_PER_TURN: i64 = 11;
/// Turns before the stream is opened anew: the server ends streams after some minutes.
const TURNS_PER_STREAM: i64 = 500;
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
        let agent = Agent::create(target, "bench-history", model, &[]).await?;
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

    /// Opens the event stream anew.
    pub(crate) async fn reopen(&mut self) -> anyhow::Result<()> {
        let last = self.events().await?;
        self.stream = Stream::open(&self.agent.target, &self.session, &format!("?after_sequence={last}")).await?;
        Ok(())
    }

    /// How many events there are: sequences have no gaps.
    pub(crate) async fn events(&mut self) -> anyhow::Result<i64> {
        last(&mut self.connection, &self.agent.target, &self.session).await
    }

    /// Fills the session with turns of a few words until it has so many events. No other way is quicker: a text turn is
    /// 11 events in two commits, while each result of a tool is a commit of its own.
    pub(crate) async fn fill_with_words(&mut self, events: i64) -> anyhow::Result<()> {
        let mut known = self.events().await?;
        while known < events {
            for _ in 0..((events - known) / EVENTS_PER_TURN).clamp(1, TURNS_PER_STREAM) {
                self.talk().await?;
            }
            self.reopen().await?;
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
            let request = self.agent.text_request(&self.session, &text);
            self.post(&request).await?;
        }
        Ok(())
    }

    /// How many turns `fill_prompt` takes, in events.
    pub(crate) fn events_of_prompt(bytes: usize) -> i64 {
        i64::try_from(bytes.div_ceil(LONG_TEXT_BYTES)).unwrap_or(i64::MAX) * EVENTS_PER_TURN
    }

    /// Tokens that the newest turn's model read: tells how full its prompt was.
    pub(crate) async fn prompt_tokens(&mut self) -> anyhow::Result<u32> {
        let path = format!("sessions/{}/events?types=turn.completed&limit=1", self.session);
        let answer = self.connection.exchange_json(&Request::get(&self.agent.target, &path)).await?;
        let tokens = answer.pointer("/data/0/data/usage/input_tokens").and_then(Value::as_u64);
        Ok(u32::try_from(tokens.context("a turn without usage")?)?)
    }

    /// One turn of a few words.
    pub(crate) async fn talk(&mut self) -> anyhow::Result<Took> {
        let request = self.agent.message_request(&self.session);
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
