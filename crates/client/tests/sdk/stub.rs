//! A server that gives prepared answers, one per connection, and keeps what it was asked.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running script.
pub(crate) struct Stub {
    /// Where it listens.
    pub(crate) url: String,
    requests: JoinHandle<Vec<String>>,
}

impl Stub {
    /// The requests, once every answer was given.
    pub(crate) async fn requests(self) -> Vec<String> {
        self.requests.await.expect("the script ran")
    }
}

/// Starts a server that answers the first connection with the first answer, and so on.
pub(crate) async fn serve(answers: Vec<String>) -> Stub {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}", listener.local_addr().expect("address"));
    let requests = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("accept");
            requests.push(read_request(&mut stream).await);
            stream.write_all(answer.as_bytes()).await.expect("write");
        }
        requests
    });
    Stub { url, requests }
}

/// A whole answer.
pub(crate) fn answer(status: u16, body: &str) -> String {
    answer_with(status, "", body)
}

/// A whole answer with more headers, a line each.
pub(crate) fn answer_with(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// An event stream that ends after these frames, because the connection is closed.
pub(crate) fn event_stream(frames: &[&str]) -> String {
    let mut text = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".to_owned();
    text.extend(frames.iter().flat_map(|frame| [frame, "\n\n"]));
    text
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().expect("a number"));
            if body.len() >= length {
                return text.into_owned();
            }
        }
        let read = stream.read_buf(&mut request).await.expect("read");
        assert!(read > 0, "the client went away");
    }
}
