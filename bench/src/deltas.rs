//! The event stream of one session, read for what the agent says: which text came when.

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use bytes::{Buf as _, BytesMut};
use everruns_core::Timestamp;
use memchr::memmem::find;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::chunked::Chunked;
use crate::clock::now;
use crate::events;
use crate::http::{Connection, Request};
use crate::target::Target;

const READ_BYTES: usize = 16 * 1024;

/// What came in one event, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Receipt of the whole frame.
    pub(crate) received: Instant,
    /// When the server decided to show it: the event's own time.
    pub(crate) decided: Timestamp,
    /// All text so far, bytes.
    pub(crate) end: usize,
}

/// What was heard in one turn.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) groups: Vec<Group>,
    pub(crate) text: String,
    /// Receipt of `turn.completed`.
    pub(crate) completed: Instant,
}

/// An open event stream.
pub(crate) struct Deltas {
    socket: TcpStream,
    raw: BytesMut,
    chunked: Chunked,
    body: BytesMut,
}

impl Deltas {
    /// Opens the stream of a session and waits for its first frame.
    pub(crate) async fn open(target: &Target, session: &str) -> anyhow::Result<Self> {
        let request = Request::get(target, &format!("sessions/{session}/sse"));
        let opened = Connection::open(target).await?.into_stream(&request).await;
        let (socket, raw) = opened.context("no event stream")?;
        let mut deltas = Self { socket, raw, chunked: Chunked::Length, body: BytesMut::new() };
        deltas.chunked.decode(&mut deltas.raw, &mut deltas.body)?;
        while !events::marks(&deltas.body).is_connected {
            deltas.read().await?;
        }
        Ok(deltas)
    }

    /// Listens until a turn is over.
    pub(crate) async fn turn(&mut self) -> anyhow::Result<Heard> {
        let (mut groups, mut text) = (Vec::new(), String::new());
        loop {
            let received = now();
            while let Some(end) = find(&self.body, b"\n\n") {
                let frame = self.body.split_to(end);
                self.body.advance(2);
                let name = name(&frame);
                if name == b"output.message.delta" {
                    let said = field(&frame, br#""delta":""#).context("a delta without text")?;
                    ensure!(!said.contains('\\'), "words that need an escape");
                    text.push_str(said);
                    let decided = field(&frame, br#""ts":""#).context("an event without a time")?.parse()?;
                    groups.push(Group { received, decided, end: text.len() });
                } else if name == b"turn.completed" {
                    return Ok(Heard { groups, text, completed: received });
                } else if matches!(name, b"turn.failed" | b"turn.cancelled" | b"turn.sealed" | b"disconnecting") {
                    bail!("the turn did not complete: {}", String::from_utf8_lossy(&frame));
                }
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        self.raw.reserve(READ_BYTES);
        let count = self.socket.read_buf(&mut self.raw).await?;
        ensure!(count > 0, "the server closed the stream");
        self.chunked.decode(&mut self.raw, &mut self.body)
    }
}

/// The type of a frame's event; a heartbeat has none.
fn name(frame: &[u8]) -> &[u8] {
    let line = frame.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"event: "));
    line.unwrap_or_default()
}

/// The first text behind a pattern, up to the next quote.
fn field<'a>(frame: &'a [u8], pattern: &[u8]) -> Option<&'a str> {
    let rest = &frame[find(frame, pattern)? + pattern.len()..];
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_its_name_and_its_fields() {
        let frame = b"id: event_1\nevent: output.message.delta\ndata: {\"ts\":\"t\",\"data\":{\"delta\":\"0 1 \",\"accumulated\":\"\"}}";
        assert_eq!(name(frame), b"output.message.delta");
        assert_eq!(name(b": heartbeat"), b"");
        assert_eq!(field(frame, br#""ts":""#), Some("t"));
        assert_eq!(field(frame, br#""delta":""#), Some("0 1 "));
        assert_eq!(field(frame, br#""text":""#), None);
    }
}
