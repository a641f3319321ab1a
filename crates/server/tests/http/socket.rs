//! Event streams and HTTP on the bare socket: a stream has the socket to itself, and yet HTTP is what is spoken there.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::talk::Talk;
use crate::world::World;

/// A connection on which requests are written by hand.
struct Wire {
    socket: TcpStream,
    address: String,
    read: Vec<u8>,
}

impl Wire {
    async fn open(world: &World) -> Self {
        let address = world.url().trim_start_matches("http://").to_owned();
        let socket = TcpStream::connect(&address).await.expect("a connection");
        Self { socket, address, read: Vec::new() }
    }

    async fn ask(&mut self, line: &str) {
        let request = format!("{line}\r\nhost: {}\r\n\r\n", self.address);
        self.socket.write_all(request.as_bytes()).await.expect("a request");
    }

    /// Reads up to the end of `text`, and takes what was read.
    async fn until(&mut self, text: &str) -> String {
        loop {
            let read = String::from_utf8_lossy(&self.read);
            if let Some(start) = read.find(text) {
                let taken = read[..start + text.len()].to_owned();
                self.read.drain(..taken.len());
                return taken;
            }
            let count = self.socket.read_buf(&mut self.read).await.expect("an answer");
            assert!(count > 0, "the connection ended before {text:?}: {}", String::from_utf8_lossy(&self.read));
        }
    }

    /// The head of an answer, in lower case.
    async fn head(&mut self) -> String {
        self.until("\r\n\r\n").await.to_lowercase()
    }

    /// All that comes before the connection ends.
    async fn rest(mut self) -> String {
        self.socket.read_to_end(&mut self.read).await.expect("an end");
        String::from_utf8_lossy(&self.read).into_owned()
    }
}

#[tokio::test]
async fn a_stream_takes_the_connection_of_earlier_requests() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut wire = Wire::open(&world).await;
    wire.ask("GET /health HTTP/1.1").await;
    assert!(wire.head().await.starts_with("http/1.1 200"));
    wire.until("}").await;
    wire.ask(&format!("GET {}/sse HTTP/1.1", talk.path)).await;
    let head = wire.head().await;
    for line in
        ["http/1.1 200 ok", "content-type: text/event-stream", "transfer-encoding: chunked", "connection: close"]
    {
        assert!(head.contains(line), "{line} in {head}");
    }
    assert!(head.contains("x-request-id: "), "the answer went through all layers: {head}");
    wire.until("event: connected\ndata: {\"status\":\"connected\"}\n\n\r\n").await;
    // What a reader sends behind its request is no request any more.
    wire.ask("GET /health HTTP/1.1").await;
    talk.say("Hello").await;
    wire.until("event: session.idled\n").await;
    world.close_streams();
    let rest = wire.rest().await;
    assert!(rest.contains("event: disconnecting\n") && rest.ends_with("\r\n0\r\n\r\n"), "{rest}");
    assert!(!rest.contains("HTTP/1.1"), "{rest}");
}

#[tokio::test]
async fn older_and_other_requests_are_answered_in_their_own_way() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the stream.
    let mut old = Wire::open(&world).await;
    old.ask(&format!("GET {}/sse HTTP/1.0", talk.path)).await;
    let head = old.head().await;
    assert!(head.contains("text/event-stream") && !head.contains("transfer-encoding"), "{head}");
    assert!(old.until("\n\n").await.starts_with("event: connected\n"));
    // A question about the stream is not a stream.
    let mut asks = Wire::open(&world).await;
    asks.ask(&format!("HEAD {}/sse HTTP/1.1", talk.path)).await;
    assert!(asks.head().await.contains("text/event-stream"));
    asks.ask("GET /health HTTP/1.1").await;
    assert!(asks.head().await.starts_with("http/1.1 200"));
    // An error instead of a stream keeps the connection.
    let mut lost = Wire::open(&world).await;
    lost.ask("GET /v1/sessions/session_01970000000070008000000000000000/sse HTTP/1.1").await;
    assert!(lost.head().await.starts_with("http/1.1 404"));
    lost.until(r#""type":"about:blank"}"#).await;
    lost.ask("GET /health HTTP/1.1").await;
    assert!(lost.head().await.starts_with("http/1.1 200"));
}

/// Both ends of a reader's leaving: it is noticed although nothing is sent, and its place is free again.
#[tokio::test]
async fn a_reader_who_hangs_up_leaves_nothing_behind() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let open = async || {
        let ready = world.http.get(format!("{}/ready", world.url())).send().await.expect("an answer");
        ready.json::<serde_json::Value>().await.expect("JSON")["open_streams"].as_i64().expect("a count")
    };
    let mut wires = Vec::new();
    for _ in 0..5 {
        let mut wire = Wire::open(&world).await;
        wire.ask(&format!("GET {}/sse HTTP/1.1", talk.path)).await;
        wire.until("connected\"}").await;
        wires.push(wire);
    }
    assert_eq!(open().await, 5);
    drop(wires);
    while open().await > 0 {
        tokio::task::yield_now().await;
    }
}
