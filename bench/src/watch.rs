//! How a client learns that its turn is over: by a stream, or by asking again and again.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Buf as _;
use clap::ValueEnum;
use memchr::memmem::find;

use crate::clock::now;
use crate::events::{self, Frame};
use crate::http::{Body, Connection, Request};
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
            return Ok(Self::Stream(Stream::open(target, session).await?));
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

/// The event stream of one session.
pub(crate) struct Stream(Body);

impl Stream {
    /// Opens the stream and waits for its first frame.
    pub(crate) async fn open(target: &Target, session: &str) -> anyhow::Result<Self> {
        let request = Request::get(target, &format!("sessions/{session}/sse"));
        let body = Connection::open(target).await?.into_body(&request).await;
        let mut stream = Self(body.context("no event stream")?);
        while stream.next().await? != Frame::Connected {}
        Ok(stream)
    }

    /// Waits until a turn is over.
    pub(crate) async fn turn(&mut self) -> anyhow::Result<Seen> {
        let mut first_delta = None;
        loop {
            match self.next().await? {
                Frame::Delta => {
                    first_delta.get_or_insert_with(now);
                }
                Frame::Completed => {
                    return Ok(Seen { first_delta, completed: now() });
                }
                Frame::Connected | Frame::Other => {}
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Frame> {
        loop {
            let text = self.0.text();
            if let Some(end) = find(text, b"\n\n") {
                let frame = events::frame(&text[..end])?;
                text.advance(end + 2);
                return Ok(frame);
            }
            self.0.more().await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers the first request it gets with `answer`, in pieces of `size` bytes, each in a packet of its own.
    async fn serve(answer: String, size: usize) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                socket.read_buf(&mut request).await.unwrap();
            }
            for piece in answer.as_bytes().chunks(size) {
                socket.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        Target::of_port(port)
    }

    #[tokio::test]
    async fn a_stream_is_read_however_it_is_cut() {
        let frames = ["connected", "turn.started", "output.message.delta", "turn.completed"];
        let chunks: String = frames
            .map(|name| format!("event: {name}\ndata: {{}}\n\n"))
            .map(|text| format!("{:x}\r\n{text}\r\n", text.len()))
            .concat();
        let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
        for size in [1, 7, 64, 10_000] {
            let target = serve(answer.clone(), size).await;
            let mut stream = Stream::open(&target, "session_1").await.unwrap();
            let seen = stream.turn().await.unwrap();
            assert!(seen.first_delta.is_some_and(|at| at <= seen.completed));
            assert!(stream.turn().await.is_err(), "the stream ended");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_an_error() {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}".to_owned();
        let target = serve(answer.clone(), 9).await;
        assert!(Stream::open(&target, "session_1").await.is_err());
        let target = serve(answer, 9).await;
        let mut connection = Connection::open(&target).await.unwrap();
        let request = Request::get(&target, "sessions");
        let error = connection.exchange(&request).await.unwrap_err();
        assert_eq!(error.to_string(), "HTTP 404: {}");
    }
}
