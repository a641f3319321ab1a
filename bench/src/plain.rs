//! Plain clients that send the server's own request to the provider and read what it says: what the machine and the load
//! generator take by themselves.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::{Buf as _, BytesMut};
use everruns_simulator::{Reply, Request as Asked};
use memchr::memmem::find_iter;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep_until;

use crate::clock::now;
use crate::http::{Connection, Request};
use crate::load::all;
use crate::provider::Provider;
use crate::script;

/// What they are told, again and again: as unlike the rest of a stream as a word can be.
pub(crate) const WORD: &str = "Przewalski";
const READ_BYTES: usize = 16 * 1024;

/// Numbers of streams from here on are plain clients'.
const NUMBERS: u32 = 1_000_000;

/// How long each of so many words took to each of so many clients that begin within `ramp`.
pub(crate) async fn listen(
    provider: &Provider,
    asked: &Asked,
    clients: u32,
    words: usize,
    between: Duration,
    ramp: Duration,
) -> anyhow::Result<Vec<Duration>> {
    let text = [WORD].repeat(words).join(" ");
    let start = now();
    let mut hearing = Vec::new();
    for client in 0..clients {
        provider.simulator.push(Reply::text(&text).between(between));
        let (number, begin) = (NUMBERS + client, start + ramp * client / clients);
        let request = repeat(asked, &script::numbered(&asked.body.to_string(), number));
        let connection = Connection::open(&provider.target).await?;
        hearing.push(async move {
            sleep_until(begin.into()).await;
            let (socket, body) = connection.into_stream(&request).await?;
            Ok((number, hear(socket, body, words).await?))
        });
    }
    let heard = all(hearing.into_iter()).await?;
    let said = script::said_by_number(&provider.simulator.requests());
    let mut took = Vec::new();
    for (number, heard) in heard {
        let said = said.get(&number).context("the provider was not asked")?;
        took.extend(said.iter().zip(heard).map(|(said, heard)| heard.saturating_duration_since(*said)));
    }
    Ok(took)
}

/// The same request with this body.
pub(crate) fn repeat(asked: &Asked, body: &str) -> Request {
    let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
    Request::repeat(&format!("{}{query}", asked.path), &asked.headers, body)
}

/// When each word was received, up to so many.
pub(crate) async fn hear(mut socket: TcpStream, mut body: BytesMut, words: usize) -> anyhow::Result<Vec<Instant>> {
    let mut heard = Vec::with_capacity(words);
    loop {
        let received = now();
        let ends: Vec<usize> = find_iter(&body, WORD.as_bytes()).map(|start| start + WORD.len()).collect();
        heard.extend(ends.iter().take(words - heard.len()).map(|_| received));
        if heard.len() == words {
            return Ok(heard);
        }
        // A word may have begun.
        let kept = (body.len() - ends.last().unwrap_or(&0)).min(WORD.len() - 1);
        body.advance(body.len() - kept);
        body.reserve(READ_BYTES);
        ensure!(socket.read_buf(&mut body).await? > 0, "the provider ended its answer early");
    }
}
