//! Forks of a session with 100,000 events and 1,000 files: how long one takes, and how much the database grows by it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, Content};
use everruns_core::{SessionId, WorkspaceId};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::long_session::{LongSession, median_and_worst};
use super::server::Server;

const EVENTS: i64 = 100_000;
const FILES: usize = 1_000;
const FILE_BYTES: usize = 1_000;
/// Forks at each place.
const FORKS: i64 = 20;
/// What half of the forks may take at most, milliseconds.
const MILLIS_MAX: f64 = 50.0;
/// What the database may grow by with each fork, bytes.
const BYTES_MAX: u64 = 1_000_000;
const STOP: Duration = Duration::from_secs(60);

pub(super) async fn run() -> anyhow::Result<String> {
    let mut server = Server::start("forks")?;
    server.ready().await?;
    let mut session = LongSession::make(server.client()?).await?;
    let last = session.grow_to(EVENTS).await?;
    make_files(&server.client()?, session.id).await?;
    println!("{last} events, {FILES} files");

    let (id, middle) = (session.id, last / 2);
    drop(session);
    let mut figures = Vec::new();
    for place in ["head", "middle", "third quarter"] {
        let before = bytes_at_rest(&mut server).await?;
        server.spawn()?;
        server.ready().await?;
        let client = server.client()?;
        let mut times = Vec::new();
        for number in 0..FORKS {
            // One after the other, so that turns are cut at each of their events.
            let change = match place {
                "head" => json!({}),
                "middle" => json!({"at_sequence": middle + number}),
                _ => json!({"at_sequence": middle + middle / 2 + number}),
            };
            times.push(fork(&client, id, &change).await?);
        }
        let grown = bytes_at_rest(&mut server).await?.saturating_sub(before) / FORKS as u64;
        server.spawn()?;
        server.ready().await?;
        let (median, worst) = median_and_worst(&mut times);
        let figure = format!("at the {place} {median:.1} ms (worst of {FORKS}: {worst:.1}) and {grown} bytes");
        println!("{figure}");
        ensure!(median <= MILLIS_MAX, "a fork is to take {MILLIS_MAX} ms at most: {figure}");
        ensure!(grown <= BYTES_MAX, "a fork is to cost {BYTES_MAX} bytes at most: {figure}");
        figures.push(figure);
    }
    Ok(format!("a fork of {last} events and {FILES} files: {}", figures.join("; ")))
}

async fn make_files(client: &Client, session: SessionId) -> anyhow::Result<()> {
    let workspace = WorkspaceId::of_session(session);
    for number in 0..FILES {
        let line = format!("Line of file {number}. ");
        let content = Content::text(line.repeat(FILE_BYTES / line.len()));
        let path = format!("/folder{}/file{number}.txt", number % 10);
        client.files().create(workspace, &path, &content).await?;
    }
    Ok(())
}

/// Forks and looks at the fork: it has the parent's files.
async fn fork(client: &Client, session: SessionId, change: &Value) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let fork = client.sessions().fork(session, change).await?.id;
    let took = begun.elapsed();
    let file = format!("/folder{}/file{}.txt", (FILES - 1) % 10, FILES - 1);
    client.files().stat(WorkspaceId::of_session(fork), &file).await.context("a fork without its files")?;
    Ok(took)
}

/// Stops the server, which copies the write-ahead log into the database file; the bytes of both.
async fn bytes_at_rest(server: &mut Server) -> anyhow::Result<u64> {
    server.stop(STOP).await?;
    bytes_of(server.data())
}

fn bytes_of(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(folder).with_context(|| format!("look into {}", folder.display()))? {
        let file = file?;
        if file.file_name().to_string_lossy().contains(".db") {
            bytes += file.metadata()?.len();
        }
    }
    ensure!(bytes > 0, "no database in {}", folder.display());
    Ok(bytes)
}
