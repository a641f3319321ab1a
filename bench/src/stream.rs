//! An event stream that is watched at little cost: one read per wake-up, into a buffer that all streams share, and no
//! more than a look for the lines that matter. Thousands of them must not be what is measured.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;

use crate::clock::now;
use crate::events::{self, MARK_BYTES_MAX, Marks};
use crate::http::{Connection, Request};
use crate::target::Target;
use crate::watch::Seen;

const PIECE_BYTES: usize = 64 * 1024;

thread_local! {
    /// Where pieces are read to.
    static PIECE: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE_BYTES]);
}

/// The event stream of one session.
pub(crate) struct Stream {
    socket: TcpStream,
    /// The end of the last piece, where a line may have begun.
    carry: Vec<u8>,
}

impl Stream {
    /// Opens the stream of a session and waits for its first frame. `query` is empty or begins with `?`; without a
    /// cursor in it the stream begins with the latest turn, so open it before the first turn.
    pub(crate) async fn open(target: &Target, session: &str, query: &str) -> anyhow::Result<Self> {
        let request = Request::get(target, &format!("sessions/{session}/sse{query}"));
        let opened = Connection::open(target).await?.into_stream(&request).await;
        let (socket, body) = opened.context("no event stream")?;
        let mut stream = Self { socket, carry: Vec::with_capacity(MARK_BYTES_MAX) };
        let mut marks = events::marks(&body);
        stream.carry.extend_from_slice(&body[body.len() - body.len().min(MARK_BYTES_MAX - 1)..]);
        while !marks.is_connected {
            marks = stream.next().await?;
        }
        Ok(stream)
    }

    /// Waits until a turn is over. What comes in one piece with its end is not looked at any more: the next turn begins
    /// after it.
    pub(crate) async fn turn(&mut self) -> anyhow::Result<Seen> {
        let mut first_delta = None;
        loop {
            let marks = self.next().await?;
            if marks.has_delta {
                first_delta.get_or_insert_with(now);
            }
            if marks.is_completed {
                return Ok(Seen { first_delta, completed: now() });
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Marks> {
        let marks = poll_fn(|context| self.poll_next(context)).await?;
        if let Some(name) = marks.failure {
            bail!("the turn did not complete: {name}");
        }
        Ok(marks)
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Marks>> {
        PIECE.with_borrow_mut(|piece| {
            let carried = self.carry.len();
            piece[..carried].copy_from_slice(&self.carry);
            let mut buffer = ReadBuf::new(piece);
            buffer.set_filled(carried);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut buffer))?;
            let text = buffer.filled();
            if text.len() == carried {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            let marks = events::marks(text);
            self.carry.clear();
            if !marks.is_completed {
                self.carry.extend_from_slice(&text[text.len() - text.len().min(MARK_BYTES_MAX - 1)..]);
            }
            Poll::Ready(Ok(marks))
        })
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
        for size in [1, 7, 64] {
            let target = serve(answer.clone(), size).await;
            let mut stream = Stream::open(&target, "session_1", "").await.unwrap();
            let seen = stream.turn().await.unwrap();
            assert!(seen.first_delta.is_some_and(|at| at <= seen.completed));
            assert!(stream.turn().await.is_err(), "the stream ended");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_an_error() {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}".to_owned();
        let target = serve(answer.clone(), 9).await;
        assert!(Stream::open(&target, "session_1", "").await.is_err());
        let target = serve(answer, 9).await;
        let mut connection = Connection::open(&target).await.unwrap();
        let request = Request::get(&target, "sessions");
        let error = connection.exchange(&request).await.unwrap_err();
        assert_eq!(error.to_string(), "HTTP 404: {}");
    }
}
