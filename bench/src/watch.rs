//! How a client learns that its turn is over: by a stream, or by asking again and again.

use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::clock::now;
use crate::events;
use crate::http::{Connection, Request};
use crate::stream::Stream;
use crate::target::Target;

/// Events per page of the event list.
const PAGE_EVENTS: u32 = 200;

/// How a client learns that its turn is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// One event stream per session, open for the whole benchmark
    Stream,
    /// Asks for the events behind the last one it knows
    Poll,
    /// Asks for the last 200 events, as the tutorials do
    Latest,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Poll => "poll",
            Self::Latest => "latest",
        }
    }
}

/// What was seen of a turn, and when.
pub(crate) struct Seen {
    pub(crate) first_delta: Option<Instant>,
    pub(crate) completed: Instant,
}

/// Waits for turns of one session.
pub(crate) enum Watch {
    Stream(Stream),
    Pages(Pages),
}

impl Watch {
    pub(crate) async fn open(target: &Target, session: &str, mode: Mode, interval: Duration) -> anyhow::Result<Self> {
        if mode == Mode::Stream {
            return Ok(Self::Stream(Stream::open(target, session, "").await?));
        }
        Ok(Self::Pages(Pages {
            target: target.clone(),
            path: format!("sessions/{session}/events?limit={PAGE_EVENTS}"),
            has_cursor: mode == Mode::Poll,
            interval,
        }))
    }

    /// Waits until the turn that the event with sequence `input` opened is over. Questions go over `connection`.
    pub(crate) async fn turn(&mut self, connection: &mut Connection, input: i64) -> anyhow::Result<Seen> {
        match self {
            Self::Stream(stream) => stream.turn().await,
            Self::Pages(pages) => pages.turn(connection, input).await,
        }
    }
}

/// The event list of one session, asked for at an interval.
pub(crate) struct Pages {
    target: Target,
    path: String,
    /// Whether to ask for news alone.
    has_cursor: bool,
    interval: Duration,
}

impl Pages {
    async fn turn(&self, connection: &mut Connection, input: i64) -> anyhow::Result<Seen> {
        let mut first_delta = None;
        let mut last = input;
        loop {
            let request = if self.has_cursor {
                Request::get(&self.target, &format!("{}&after_sequence={last}", self.path))
            } else {
                Request::get(&self.target, &self.path)
            };
            let page = events::page(connection.exchange(&request).await?, last)?;
            let at = now();
            if page.has_delta {
                first_delta.get_or_insert(at);
            }
            if page.is_completed {
                return Ok(Seen { first_delta, completed: at });
            }
            last = page.last;
            tokio::time::sleep(self.interval).await;
        }
    }
}
