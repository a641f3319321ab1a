//! HTTP as it is on the wire, for proofs that cut it anywhere, read it slowly, or look at headers.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A call is answered within this time.
const CALL: Duration = Duration::from_secs(30);
/// Read in one go.
const READ_BYTES: usize = 16 * 1024;

/// An answer that is not a stream.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Status line and headers as they came.
    head: String,
    pub(super) body: Value,
}

impl Answer {
    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// Calls and reads the whole answer. An empty body is `null`.
pub(super) async fn call(port: u16, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
    let calling = async {
        let mut socket = send(port, method, path, body, None).await?;
        let mut raw = Vec::new();
        socket.read_to_end(&mut raw).await.context("read an answer")?;
        let (head, body) = parts(&raw)?.with_context(|| format!("{method} {path}: the answer broke off"))?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
        Ok(Answer { status, head, body })
    };
    timeout(CALL, calling).await.with_context(|| format!("{method} {path} is not answered"))?
}

/// Calls with GET; the answer must be 200.
pub(super) async fn get(port: u16, path: &str) -> anyhow::Result<Value> {
    let answer = call(port, "GET", path, None).await?;
    ensure!(answer.status == 200, "GET {path}: {} {}", answer.status, answer.body);
    Ok(answer.body)
}

/// Calls with GET and returns what comes as text, whatever the status. A stream is read for a moment.
pub(super) async fn text(port: u16, path: &str) -> anyhow::Result<String> {
    let mut socket = send(port, "GET", path, None, None).await?;
    let mut raw = Vec::new();
    // Out of time is no error: what came is looked at.
    if let Ok(read) = timeout(Duration::from_secs(3), socket.read_to_end(&mut raw)).await {
        read.with_context(|| format!("GET {path}"))?;
    }
    Ok(String::from_utf8_lossy(&raw).into_owned())
}

/// Sends a request and leaves the reading to the caller. `receive_bytes` is the size of the socket's receive buffer.
pub(super) async fn send(
    port: u16,
    method: &str,
    path: &str,
    body: Option<&Value>,
    receive_bytes: Option<u32>,
) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = receive_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    let mut socket = socket.connect(([127, 0, 0, 1], port).into()).await.context("connect")?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).await.context("send")?;
    Ok(socket)
}

/// Reads on into `raw`, but not beyond `limit`. Whether the connection is still open.
pub(super) async fn read_more(socket: &mut TcpStream, raw: &mut Vec<u8>, limit: usize) -> anyhow::Result<bool> {
    let mut buffer = [0_u8; READ_BYTES];
    let room = buffer.len().min(limit.saturating_sub(raw.len()));
    let read = socket.read(&mut buffer[..room]).await.context("read a stream")?;
    raw.extend_from_slice(&buffer[..read]);
    Ok(read > 0)
}

/// The head and the body, as far as they came; `None`: not even the head is whole.
pub(super) fn parts(raw: &[u8]) -> anyhow::Result<Option<(String, Vec<u8>)>> {
    let Some(end) = find(raw, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&raw[..end])?.to_owned();
    let body = &raw[end + 4..];
    let chunked = header(&head, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let body = if chunked { without_chunks(body)? } else { body.to_vec() };
    Ok(Some((head, body)))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim())
}

fn without_chunks(mut bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    while let Some(end) = find(bytes, b"\r\n") {
        let size = std::str::from_utf8(&bytes[..end])?;
        let size = usize::from_str_radix(size, 16).with_context(|| format!("{size:?} is no size of a chunk"))?;
        bytes = &bytes[end + 2..];
        out.extend_from_slice(&bytes[..size.min(bytes.len())]);
        // Behind the chunk stands another line end.
        bytes = bytes.get(size + 2..).unwrap_or_default();
    }
    Ok(out)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A frame of an event stream.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame {
    /// `connected`, `disconnecting`, or an event's type.
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) data: Value,
}

impl Frame {
    pub(super) fn sequence(&self) -> Option<i64> {
        self.data["sequence"].as_i64()
    }
}

/// The whole frames of a stream's body, and what is left of it.
pub(super) fn frames(body: &[u8]) -> anyhow::Result<(Vec<Frame>, &[u8])> {
    let (mut frames, mut rest) = (Vec::new(), body);
    while let Some(end) = find(rest, b"\n\n") {
        let block = std::str::from_utf8(&rest[..end]).context("a frame is no UTF-8")?;
        rest = &rest[end + 2..];
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        // A block without data is a comment, such as a heartbeat.
        if let Some(data) = field("data") {
            let data = serde_json::from_str(data).with_context(|| format!("a frame's data is {data:?}"))?;
            let name = field("event").context("a frame has no name")?.to_owned();
            frames.push(Frame { name, id: field("id").map(str::to_owned), data });
        }
    }
    Ok((frames, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_as_far_as_it_came() {
        #[track_caller]
        fn check(raw: &str, expected: Option<&str>) {
            let found = parts(raw.as_bytes()).unwrap().map(|(_, body)| String::from_utf8(body).unwrap());
            assert_eq!(found.as_deref(), expected, "{raw:?}");
        }
        let chunked = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        check("HTTP/1.1 200 OK\r\nA: b\r\n", None);
        check("HTTP/1.1 200 OK\r\nA: b\r\n\r\nplain\r\n", Some("plain\r\n"));
        check(&chunked("5\r\nthree\r\nA\r\n0123456789\r\n0\r\n\r\n"), Some("three0123456789"));
        check(&chunked("5\r\nthree\r\nA\r\n0123"), Some("three0123"));
        check(&chunked("5\r\nthree\r\nA\r"), Some("three"));
        check(&chunked("5\r\nthree\r"), Some("three"));
    }

    #[test]
    fn only_whole_frames_count() {
        let first = "event: a\nid: x\nretry: 100\ndata: {\"sequence\":7}\n\n";
        let body = format!("{first}: heartbeat\n\nevent: b\ndata: 1\n");
        let (frames, rest) = frames(body.as_bytes()).unwrap();
        assert_eq!(frames.len(), 1);
        assert_eq!((frames[0].name.as_str(), frames[0].id.as_deref(), frames[0].sequence()), ("a", Some("x"), Some(7)));
        assert_eq!(rest, b"event: b\ndata: 1\n");
    }
}
