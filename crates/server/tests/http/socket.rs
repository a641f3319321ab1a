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

/// What a reader says does not keep it from hearing, nor anybody else from being served.
#[tokio::test]
async fn a_reader_who_talks_all_the_time_gets_its_events() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut wires = Vec::new();
    let mut talkers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let mut wire = Wire::open(&world).await;
        wire.ask(&format!("GET {}/sse HTTP/1.1", talk.path)).await;
        wire.until("connected\"}").await;
        let (reader, mut writer) = wire.socket.into_split();
        // Until the server lets go of the connection.
        talkers.spawn(async move { while writer.write_all(&[b'0'; 4096]).await.is_ok() {} });
        wires.push((reader, wire.read));
    }
    talk.say("Hello").await;
    for (reader, read) in &mut wires {
        while !String::from_utf8_lossy(read).contains("event: session.idled\n") {
            assert!(reader.read_buf(read).await.expect("an answer") > 0, "the stream ended");
        }
    }
    let health = world.http.get(format!("{}/health", world.url())).send().await.expect("an answer");
    assert!(health.status().is_success());
}

/// A reader who is behind is sent pages that are bounded by what is shown, and they are the log all the same: an input
/// that is shown again with each model call, and deltas that each repeat a long text.
#[tokio::test]
async fn pages_are_bounded_by_what_is_shown() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/tool?name=test_echo&rounds=12").await;
    let input = "x".repeat(300_000);
    talk.say(&input).await;
    talk.turn().await;
    let mut wire = Wire::open(&world).await;
    wire.ask(&format!("GET {}/sse?after_sequence=0 HTTP/1.1", talk.path)).await;
    wire.head().await;
    let (mut frames, mut largest) = (String::new(), 0);
    while !frames.contains("event: session.idled\n") {
        let size = wire.until("\r\n").await;
        let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's length");
        while wire.read.len() < size + 2 {
            assert!(wire.socket.read_buf(&mut wire.read).await.expect("an answer") > 0, "the stream ended");
        }
        let chunk: Vec<u8> = wire.read.drain(..size + 2).collect();
        frames.push_str(std::str::from_utf8(&chunk[..size]).expect("text"));
        largest = largest.max(size);
    }
    let lines = frames.lines().filter_map(|line| line.strip_prefix("data: "));
    let shown: Vec<serde_json::Value> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let all = talk.list("").await;
    assert_eq!(shown[1..], all, "behind `connected` comes the log");
    // The bound, and the event that goes beyond it.
    assert!(largest < 128 * 1024 + 310_000, "a page of {largest} bytes");
}

/// Each frame is to the byte what a list shows, numbers that JSON parsers like to round included.
#[tokio::test]
async fn frames_are_to_the_byte_what_a_list_shows() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let mut wire = Wire::open(&world).await;
    wire.ask(&format!("GET {}/sse HTTP/1.1", talk.path)).await;
    let number = "8.817222722900268e-8";
    let metadata: serde_json::Value = serde_json::from_str(&format!(r#"{{"x":{number}}}"#)).expect("JSON");
    talk.send(serde_json::json!({ "message": { "content": [{ "type": "text", "text": "é" }] }, "metadata": metadata }))
        .await;
    let frames = wire.until("event: session.idled\n").await;
    let answer = world.http.get(format!("{}{}/events", world.url(), talk.path)).send().await.expect("an answer");
    let list = answer.text().await.expect("a list");
    let mut shown = frames.lines().filter_map(|line| line.strip_prefix("data: ")).skip(1).peekable();
    assert!(shown.peek().is_some());
    for event in shown {
        assert!(list.contains(event), "{event} is not in {list}");
    }
    // Once as it was said, and once as the model read it.
    assert_eq!(list.matches(number).count(), 2, "{list}");
}
