//! A thousand dead readers and a slow one on a session with fat answers: they cost bounded memory, nobody else waits for
//! them, and their connections are let go after a while.

mod live;
mod still;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, ListEvents};
use everruns_core::SessionId;
use everruns_core::limits::CONNECTION_STALL_SECONDS_MAX;
use everruns_core::session::{SessionSpec, SessionStatus};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::memory::{mebibytes, resident_bytes};
use super::server::Server;
use super::wire;
use live::{Live, percentile};
use still::{Dead, Slow};

/// Dead readers: half of them read from the first event on, the others from the latest turn on.
const DEAD: usize = 1_000;
/// Readers who keep up.
const LIVE: usize = 5;
/// An answer of some 110 KB over half a minute; each of its hundreds of deltas repeats all of the text so far.
const FAT: &str = "llmsim/lorem?tokens=20000&token_ms=1";
/// Fat answers before there are dead readers, and while there are.
const TURNS: (usize, usize) = (1, 2);
const TURN: Duration = Duration::from_secs(120);
/// What one dead reader may cost, bytes. It holds what was encoded for it and not sent: a page (`STREAM_PAGE_BYTES`, here
/// 128 KiB) and the frame that went beyond it, 110 KB at most here; and in the buffer of its connection 400 KiB and again a
/// page that goes beyond. The rest is room for what the allocator cannot give back.
const DEAD_BYTES_MAX: u64 = 1_280 * 1024;
/// Beyond this the proof ends before the machine suffers.
const RESIDENT_BYTES_MAX: u64 = DEAD as u64 * DEAD_BYTES_MAX + 256 * 1024 * 1024;
/// Beside dead readers, 99 of 100 events come no later than this, or than this many times what they took before.
const DELAY_MILLIS: u64 = 250;
const DELAY_TIMES: u64 = 3;
/// After this time nobody is left who takes nothing. The kernel looks at a stalled connection ever more seldom.
const LET_GO: Duration = Duration::from_secs(3 * CONNECTION_STALL_SECONDS_MAX);
/// Files that this program and the server may have open, each.
const FILES_MIN: u64 = 4_096;

pub(super) async fn run() -> anyhow::Result<String> {
    allow_files().await?;
    let mut server = Server::start("readers")?;
    server.ready().await?;
    let process = server.id()?;
    let watched = async {
        loop {
            let resident = resident_bytes(process)?;
            ensure!(resident < RESIDENT_BYTES_MAX, "the server holds {}", mebibytes(resident));
            sleep(Duration::from_millis(100)).await;
        }
    };
    // The watch never ends well: it only ends the proof early.
    tokio::select! {
        shown = show(&server, process) => shown,
        broken = watched => broken,
    }
}

async fn show(server: &Server, process: u32) -> anyhow::Result<String> {
    let (client, port) = (server.client()?, server.port());
    let spec = SessionSpec { model_id: Some(FAT.to_owned()), ..SessionSpec::default() };
    let session = client.sessions().create(&spec).await?.id;
    let mut live = Vec::new();
    for _ in 0..LIVE {
        live.push(Live::open(&client, session).await?);
    }
    for _ in 0..TURNS.0 {
        fat_turn(&client, session).await?;
    }
    let mut calm = delays(&live, 1);
    let calm = percentile(&mut calm, 99);
    let before = resident_bytes(process)?;

    let from = client.events().list(session, &ListEvents::default()).await?.len() as i64 + 1;
    let slow = Slow::open(port, session).await?;
    let mut dead = Dead::new();
    dead.open(port, session, "?after_sequence=0", DEAD / 2).await.context("open readers from the first event on")?;
    dead.open(port, session, "", DEAD / 2).await.context("open readers from the latest turn on")?;
    at_rest(port).await?;
    let since = Instant::now();
    let mut during = resident_bytes(process)?;
    for _ in 0..TURNS.1 {
        fat_turn(&client, session).await?;
        during = during.max(resident_bytes(process)?);
    }
    let each = during.saturating_sub(before) / DEAD as u64;
    ensure!(each <= DEAD_BYTES_MAX, "a dead reader costs {each} bytes, from {} to {}", before, during);
    let mut busy = delays(&live, from);
    let (count, busy) = (busy.len(), percentile(&mut busy, 99));
    let allowed = DELAY_MILLIS.max(DELAY_TIMES * calm);
    ensure!(busy <= allowed, "beside dead readers events come {busy} ms late, where {allowed} ms are allowed");

    // What is left then are those who keep up, and perhaps the slow one.
    let open = loop {
        let open = open_streams(port).await?;
        if open <= LIVE as u64 + 1 {
            break open;
        }
        ensure!(
            since.elapsed() < LET_GO,
            "{open} streams are open after {LET_GO:?}; {} dead ones were let go",
            dead.let_go().await
        );
        sleep(Duration::from_millis(500)).await;
    };
    let let_go = since.elapsed();
    let after = resident_bytes(process)?;
    let log = client.events().list(session, &ListEvents::default()).await?;
    for live in live {
        live.compare(&log).await?;
    }
    Ok(format!(
        "{DEAD} dead readers beside a session of fat answers cost {each} bytes each ({} before, {} with them, {} after); \
         99 of 100 of {count} events reached {LIVE} others within {busy} ms ({calm} ms before), who saw the log as it \
         stands; the dead were gone {} s after the last came, at the latest ({open} streams left); a reader of one byte a second took \
         {} bytes",
        mebibytes(before),
        mebibytes(during),
        mebibytes(after),
        let_go.as_secs(),
        slow.leave(),
    ))
}

fn delays(live: &[Live], from: i64) -> Vec<u64> {
    live.iter().flat_map(|live| live.delays_from(from)).collect()
}

async fn fat_turn(client: &Client, session: SessionId) -> anyhow::Result<()> {
    client.messages().create(session, "Tell me everything.").await?;
    let begun = Instant::now();
    while client.sessions().get(session).await?.status != SessionStatus::Idle {
        ensure!(begun.elapsed() < TURN, "a fat answer does not end");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Waits until everybody has been sent what there is: nobody asks the database any more. What it takes to read the log
/// to a thousand newcomers is work that they asked for, and no delay by readers who are dead.
async fn at_rest(port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut before = None;
    loop {
        let statements = wire::get(port, "/ready").await?["statements"].as_u64();
        // Being asked is one statement itself.
        if statements.is_some() && statements.zip(before).is_some_and(|(now, before)| now <= before + 1) {
            return Ok(());
        }
        ensure!(begun.elapsed() < TURN, "the server does not come to rest");
        before = statements;
        sleep(Duration::from_secs(1)).await;
    }
}

async fn open_streams(port: u16) -> anyhow::Result<u64> {
    wire::get(port, "/ready").await?["open_streams"].as_u64().context("`/ready` does not tell the open streams")
}

/// Lets this program and those it starts open as many files as a thousand connections need.
async fn allow_files() -> anyhow::Result<()> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let allowed = line.split_whitespace().next().and_then(|soft| soft.parse::<u64>().ok());
    if allowed.is_none_or(|allowed| allowed >= FILES_MIN) {
        return Ok(());
    }
    let process = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &process, &format!("--nofile={FILES_MIN}:")]).status().await;
    ensure!(
        raised.is_ok_and(|status| status.success()),
        "this proof needs {FILES_MIN} open files; run `ulimit -n {FILES_MIN}` first (prlimit is in the Debian package \
         util-linux)"
    );
    Ok(())
}
