//! A server that does nothing: on a thread of its own it answers every post with the same 201 and sends the same turn
//! to the session's event stream. What the load generator reaches against it is the most that it can reach.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::TcpListener as StdListener;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use anyhow::Context as _;
use bytes::{Buf as _, BytesMut};
use memchr::memmem::find;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::process;
use crate::target::Target;

const END: (&str, usize) = ("turn.completed", 1_000);
/// The events of a text turn and about how many bytes a frame of each has, commit by commit.
const COMMITS: [&[(&str, usize)]; 2] = [
    &[("input.message", 600), ("turn.started", 700), ("session.activated", 450), ("reason.started", 650)],
    &[
        ("output.message.started", 600),
        ("output.message.delta", 2_000),
        ("reason.completed", 900),
        ("llm.generation", 6_000),
        ("output.message.completed", 1_500),
        END,
        ("session.idled", 500),
    ],
];
const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const CONNECTED: &str = "event: connected\ndata: {}\n\n";
const READ_BYTES: usize = 16 * 1024;

/// A running server; dropping it ends it.
pub(crate) struct Canned {
    pub(crate) target: Target,
    /// Its thread's name under `/proc`.
    pub(crate) thread: String,
    _stop: oneshot::Sender<()>,
}

impl Canned {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = StdListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let target = Target::of_port(listener.local_addr()?.port());
        let (stop, stopped) = oneshot::channel();
        let (names, name) = mpsc::channel();
        thread::spawn(move || {
            // A receiver that is gone has given up on the server.
            let _ = names.send(process::this_thread());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            let serving = async {
                tokio::select! {
                    result = serve(listener) => result,
                    _ = stopped => Ok(()),
                }
            };
            LocalSet::new().block_on(&runtime, serving)
        });
        let thread = name.recv().context("the thread did not start")??;
        Ok(Self { target, thread, _stop: stop })
    }
}

/// An open event stream, and what it is sent in each turn.
struct Reader {
    writer: OwnedWriteHalf,
    pieces: Rc<Vec<String>>,
}

type Streams = Rc<RefCell<HashMap<Vec<u8>, Vec<Reader>>>>;

async fn serve(listener: StdListener) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let streams = Streams::default();
    let turn: Rc<Vec<String>> = Rc::new(COMMITS.iter().map(|events| chunk(&frames(events))).collect());
    let end = Rc::new(vec![chunk(&frames(&[END]))]);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        // A client that leaves in the middle of a request is not worth a word.
        tokio::task::spawn_local(converse(socket, streams.clone(), [turn.clone(), end.clone()]));
    }
}

/// Answers the requests of one connection until it ends or becomes a stream.
async fn converse(socket: TcpStream, streams: Streams, [turn, end]: [Rc<Vec<String>>; 2]) -> io::Result<()> {
    let (mut reader, mut writer) = socket.into_split();
    let mut raw = BytesMut::new();
    let mut made = 0;
    let posted = answer(&format!(r#"{{"id":"message_1","sequence":2,"text":"{}"}}"#, "x".repeat(500)));
    loop {
        let Some(length) = request_length(&raw) else {
            raw.reserve(READ_BYTES);
            if reader.read_buf(&mut raw).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let session = session_of(&raw).to_vec();
        if find(&raw[..length], b"/sse").is_some() {
            let head = [STREAM_HEAD, &chunk(CONNECTED)].concat();
            writer.write_all(head.as_bytes()).await?;
            let wants_end = find(&raw[..length], b"types=turn.completed").is_some();
            let pieces = if wants_end { end } else { turn };
            streams.borrow_mut().entry(session).or_default().push(Reader { writer, pieces });
            return Ok(());
        } else if find(&raw[..length], b"/messages ").is_some() {
            writer.write_all(posted.as_bytes()).await?;
            // Taken out while it is written to: a session has one turn at a time.
            let mut readers = streams.borrow_mut().remove(&session).unwrap_or_default();
            for number in 0..turn.len() {
                for reader in &mut readers {
                    if let Some(piece) = reader.pieces.get(number) {
                        reader.writer.write_all(piece.as_bytes()).await?;
                    }
                }
                // What a real server does between two commits gives readers the time to wake up.
                tokio::task::yield_now().await;
            }
            streams.borrow_mut().insert(session, readers);
        } else {
            // Each session needs a name of its own.
            made += 1;
            let name = format!("session_{}_{made}", reader.peer_addr()?.port());
            writer.write_all(answer(&format!(r#"{{"id":"{name}"}}"#)).as_bytes()).await?;
        }
        raw.advance(length);
    }
}

/// The length of the first request, once all of it is there.
fn request_length(raw: &[u8]) -> Option<usize> {
    let head = find(raw, b"\r\n\r\n")? + 4;
    let mark = b"content-length: ";
    let body = match find(&raw[..head], mark) {
        Some(start) => {
            let digits = &raw[start + mark.len()..head];
            let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
            std::str::from_utf8(&digits[..end]).ok()?.parse().ok()?
        }
        None => 0,
    };
    (raw.len() >= head + body).then_some(head + body)
}

/// The part of the path behind `sessions/`; empty without one.
fn session_of(raw: &[u8]) -> &[u8] {
    let mark = b"sessions/";
    let rest = find(raw, mark).map_or(&[][..], |start| &raw[start + mark.len()..]);
    let end = rest.iter().position(|byte| b"/ ?".contains(byte)).unwrap_or(0);
    &rest[..end]
}

fn answer(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn frames(events: &[(&str, usize)]) -> String {
    let frame = |(name, bytes): &(&str, usize)| {
        format!("event: {name}\nid: event_1\ndata: {{\"text\":\"{}\"}}\n\n", "x".repeat(*bytes))
    };
    events.iter().map(frame).collect()
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Agent;
    use crate::http::Connection;
    use crate::stream::Stream;

    #[test]
    fn requests_are_taken_apart() {
        #[track_caller]
        fn check(raw: &str, length: Option<usize>, session: &str) {
            assert_eq!((request_length(raw.as_bytes()), session_of(raw.as_bytes())), (length, session.as_bytes()));
        }
        check("GET /v1/sessions/a_1/sse?x=y HTTP/1.1\r\n\r\n", Some(41), "a_1");
        check("POST /v1/agents HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}", Some(49), "");
        check("POST /v1/agents HTTP/1.1\r\ncontent-length: 3\r\n\r\n{}", None, "");
        check("GET /", None, "");
    }

    #[tokio::test]
    async fn it_plays_turns_to_the_session_that_asked() {
        let server = Canned::start().unwrap();
        let agent = Agent::create(&server.target, "bench", "none", &[]).await.unwrap();
        let mut connection = Connection::open(&server.target).await.unwrap();
        for _ in 0..2 {
            let session = agent.session(&mut connection).await.unwrap();
            let mut stream = Stream::open(&server.target, &session, "").await.unwrap();
            for _ in 0..3 {
                connection.exchange(&agent.message_request(&session)).await.unwrap();
                assert!(stream.turn().await.unwrap().first_delta.is_some());
            }
        }
    }
}
