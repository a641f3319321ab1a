//! HTTP/1.1 by hand, one keep-alive connection at a time: just what Everruns answers, at little cost.

use anyhow::{Context as _, bail, ensure};
use bytes::{Buf as _, BytesMut};
use memchr::memmem::find;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::chunked::Chunked;
use crate::target::Target;

/// An answer's head is not longer than this.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// An answer's body is not longer than this.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Room for one read; whole answers, as a rule.
const READ_BYTES: usize = 16 * 1024;

/// A request, ready to be written. Hot loops write the same one again and again.
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// `GET`, with the path after `/v1/`.
    pub(crate) fn get(target: &Target, path: &str) -> Self {
        Self::get_absolute(target, &format!("{}/v1/{path}", target.path))
    }

    /// `GET`, with the whole path.
    pub(crate) fn get_absolute(target: &Target, path: &str) -> Self {
        let host = target.address;
        Self(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer dev\r\n\r\n").into_bytes())
    }

    /// `POST`, as somebody else sent it: whole path, headers, body.
    pub(crate) fn repeat(path: &str, headers: &[(String, String)], body: &str) -> Self {
        // The body may be the same and written otherwise.
        let own = headers.iter().filter(|(name, _)| name != "content-length");
        let headers: String = own.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        Self(format!("POST {path} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes())
    }

    /// `POST`, with the path after `/v1/`.
    pub(crate) fn post(target: &Target, path: &str, body: &Value) -> Self {
        let (host, prefix) = (target.address, &target.path);
        let body = body.to_string();
        let length = body.len();
        Self(
            format!(
                "POST {prefix}/v1/{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer dev\r\n\
                 content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    }
}

/// How a body ends.
#[derive(Debug, PartialEq, Eq)]
enum Length {
    Bytes(usize),
    Chunked,
}

/// What an answer's head says, as far as it matters.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: Length,
    total: Option<u64>,
}

/// A keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    raw: BytesMut,
    body: BytesMut,
    /// `X-Total-Count` of the last answer.
    pub(crate) total: Option<u64>,
}

impl Connection {
    pub(crate) async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, raw: BytesMut::new(), body: BytesMut::new(), total: None })
    }

    /// One request and its whole answer; an answer other than 2xx is an error.
    pub(crate) async fn exchange(&mut self, request: &Request) -> anyhow::Result<&[u8]> {
        let Head { status, length, total } = self.send(request).await?;
        self.total = total;
        self.body.clear();
        match length {
            Length::Bytes(length) => {
                while self.raw.len() < length {
                    self.read().await?;
                }
                self.body.extend_from_slice(&self.raw[..length]);
                self.raw.advance(length);
            }
            Length::Chunked => {
                let mut chunked = Chunked::Length;
                chunked.decode(&mut self.raw, &mut self.body)?;
                while chunked != Chunked::Done {
                    ensure!(self.body.len() <= BODY_BYTES_MAX, "the answer is too long");
                    self.read().await?;
                    chunked.decode(&mut self.raw, &mut self.body)?;
                }
            }
        }
        if !(200..300).contains(&status) {
            bail!("HTTP {status}: {}", String::from_utf8_lossy(&self.body));
        }
        Ok(&self.body)
    }

    /// One request and its answer as JSON.
    pub(crate) async fn exchange_json(&mut self, request: &Request) -> anyhow::Result<Value> {
        let body = self.exchange(request).await?;
        serde_json::from_slice(body).context("the answer is not JSON")
    }

    /// Sends the request and gives up the connection to its answer, which goes on and on, with what has come of it.
    pub(crate) async fn into_stream(mut self, request: &Request) -> anyhow::Result<(TcpStream, BytesMut)> {
        let head = self.send(request).await?;
        let status = head.status;
        ensure!(status == 200 && head.length == Length::Chunked, "HTTP {status} is not a stream");
        Ok((self.stream, self.raw))
    }

    /// Writes the request and reads the head of its answer.
    async fn send(&mut self, request: &Request) -> anyhow::Result<Head> {
        self.stream.write_all(&request.0).await?;
        loop {
            if let Some(end) = find(&self.raw, b"\r\n\r\n") {
                let head = parse_head(std::str::from_utf8(&self.raw[..end])?)?;
                self.raw.advance(end + 4);
                return Ok(head);
            }
            ensure!(self.raw.len() < HEAD_BYTES_MAX, "the answer's head is too long");
            self.read().await?;
        }
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        // Without room a read takes 64 bytes.
        self.raw.reserve(READ_BYTES);
        let count = self.stream.read_buf(&mut self.raw).await?;
        ensure!(count > 0, "the server closed the connection");
        Ok(())
    }
}

fn parse_head(head: &str) -> anyhow::Result<Head> {
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok())
        .context("not an HTTP/1.1 answer")?;
    let (mut length, mut total) = (Length::Bytes(0), None);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Length::Bytes(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            ensure!(value.trim() == "chunked", "unknown transfer coding {value}");
            length = Length::Chunked;
        } else if name.eq_ignore_ascii_case("x-total-count") {
            total = Some(value.trim().parse()?);
        }
    }
    ensure!(!matches!(length, Length::Bytes(bytes) if bytes > BODY_BYTES_MAX), "the answer is too long");
    Ok(Head { status, length, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        #[track_caller]
        fn check(head: &str, expected: Option<(u16, Length, Option<u64>)>) {
            let found = parse_head(head).ok().map(|head| (head.status, head.length, head.total));
            assert_eq!(found, expected, "{head}");
        }
        check("HTTP/1.1 201 Created\r\nContent-Length: 12\r\nx: y", Some((201, Length::Bytes(12), None)));
        check("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", Some((200, Length::Chunked, None)));
        check("HTTP/1.1 200 OK\r\nX-Total-Count: 7", Some((200, Length::Bytes(0), Some(7))));
        check("HTTP/1.1 204 No Content", Some((204, Length::Bytes(0), None)));
        check("HTTP/1.0 200 OK", None);
        check("HTTP/1.1 2", None);
        check("HTTP/1.1 200 OK\r\ncontent-length: 99999999999", None);
    }
}
