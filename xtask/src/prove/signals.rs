//! A server that is asked to stop: idle with readers, and in the middle of turns; and a server that must not start.

use super::server::{Server, free_port};
use anyhow::{Context as _, ensure};
use everruns_client::{Client, Event, ListEvents, StreamOptions};
use everruns_core::SessionId;
use everruns_core::agent::Layer;
use everruns_core::capability::CapabilityRef;
use everruns_core::session::{SessionSpec, SessionStatus};
use futures::StreamExt as _;
use futures::future::try_join_all;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Open event streams of the idle server.
const STREAMS: usize = 50;
/// An idle server stops within this time.
const IDLE_STOP: Duration = Duration::from_secs(3);
/// A server with running turns stops within this time.
const BUSY_STOP: Duration = Duration::from_secs(15);
/// Every turn that was handed back ends within this time after the next start.
const FINISH: Duration = Duration::from_secs(60);

/// Turns of three kinds: those that end while the server waits for them, those that it hands back between two steps,
/// and those it has to break off.
const TURNS: &[(usize, &str)] = &[
    (7, "llmsim/lorem?tokens=100&token_ms=30&seed=1"),
    (7, r#"llmsim/tool?name=test_wait&arguments={"millis":1500}&rounds=5"#),
    (6, "llmsim/lorem?tokens=300&token_ms=50&seed=2"),
];

pub(super) async fn run() -> anyhow::Result<String> {
    let mut server = Server::start("signals")?;
    server.ready().await?;
    refused(&server).await?;
    let idle = stop_idle(&mut server).await?;
    server.spawn()?;
    server.ready().await?;
    let busy = stop_busy(&mut server).await?;
    Ok(format!("{idle}; {busy}; a second server on the same port or directory is refused"))
}

/// A second server must say what to do instead.
async fn refused(server: &Server) -> anyhow::Result<()> {
    for (what, port, data, remedy) in
        [("port", server.port(), "other", "--port"), ("directory", free_port()?, "data", "--data-dir")]
    {
        let output = server.rival(port, data).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "a second server on the same {what} ended well");
        ensure!(said.contains("in use") && said.contains(remedy), "for the same {what} it says {said:?}");
    }
    Ok(())
}

async fn stop_idle(server: &mut Server) -> anyhow::Result<String> {
    let client = server.client()?;
    let mut streams = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        let session = client.sessions().create(&SessionSpec::default()).await?.id;
        let mut frames = client.events().connect(session, &StreamOptions::default()).await?;
        let first = frames.next().await.context("a stream has no frame")??;
        ensure!(first.name == "connected", "a stream begins with {}", first.name);
        streams.push(frames);
    }
    let farewells = try_join_all(streams.into_iter().map(async |mut frames| {
        let mut last = None;
        while let Some(frame) = frames.next().await {
            last = Some(frame.context("a stream broke off")?);
        }
        let last = last.context("a stream ended without a word")?;
        ensure!(last.disconnecting().is_some(), "a stream ends with {}", last.name);
        anyhow::Ok(())
    }));
    let farewells = async { timeout(IDLE_STOP, farewells).await.context("a stream stays open")? };
    let ((status, took), farewells) = tokio::try_join!(server.stop(IDLE_STOP), farewells)?;
    ensure!(status.success(), "the idle server ended with {status}");
    Ok(format!("idle: {} streams told, stopped in {} ms", farewells.len(), took.as_millis()))
}

async fn stop_busy(server: &mut Server) -> anyhow::Result<String> {
    let client = server.client()?;
    let models = TURNS.iter().flat_map(|(count, model)| std::iter::repeat_n(*model, *count));
    let sessions = try_join_all(models.map(|model| start_turn(&client, model))).await?;
    for session in &sessions {
        let status = client.sessions().get(*session).await?.status;
        ensure!(status == SessionStatus::Active, "a turn is {status:?} before the signal");
    }
    // Into the middle of the second tool and of the texts.
    sleep(Duration::from_millis(2_000)).await;
    let (status, took) = server.stop(BUSY_STOP).await?;
    ensure!(status.success(), "the busy server ended with {status}");
    let handed_back = server.log()?.matches("turn handed back").count();

    server.spawn()?;
    server.ready().await?;
    let client = server.client()?;
    let mut ended_before = 0;
    for session in &sessions {
        let log = client.events().list(*session, &ListEvents::default()).await?;
        ended_before += usize::from(log.iter().any(Event::ends_turn));
    }
    ensure!(
        ended_before + handed_back == sessions.len(),
        "{ended_before} turns ended and {handed_back} were handed back, of {}",
        sessions.len()
    );
    let begun = Instant::now();
    for session in &sessions {
        while client.sessions().get(*session).await?.status != SessionStatus::Idle {
            ensure!(begun.elapsed() < FINISH, "{session} does not end after the restart");
            sleep(Duration::from_millis(50)).await;
        }
        ended_once(&client.events().list(*session, &ListEvents::default()).await?)
            .with_context(|| session.to_string())?;
    }
    Ok(format!(
        "busy: {} turns, stopped in {} ms, {handed_back} handed back, all ended once, {} ms after the next start",
        sessions.len(),
        took.as_millis(),
        begun.elapsed().as_millis(),
    ))
}

async fn start_turn(client: &Client, model: &str) -> anyhow::Result<SessionId> {
    let capabilities = vec![CapabilityRef { id: "test_tools".to_owned(), config: Value::Null }];
    let layer = Layer { capabilities, ..Layer::default() };
    let spec = SessionSpec { model_id: Some(model.to_owned()), layer, ..SessionSpec::default() };
    let session = client.sessions().create(&spec).await?.id;
    client.messages().create(session, "Go on until you are asked to stop.").await?;
    Ok(session)
}

fn ended_once(log: &[Event]) -> anyhow::Result<()> {
    let count = |name: &str| log.iter().filter(|event| event.type_name == name).count();
    ensure!(log.iter().zip(1..).all(|(event, sequence)| event.sequence == sequence), "the log has a gap");
    ensure!(count("turn.started") == 1 && count("turn.completed") == 1, "the turn did not complete once");
    ensure!(log.iter().filter(|event| event.ends_turn()).count() == 1, "the turn ended twice");
    ensure!(count("tool.started") == count("tool.completed"), "a call has no answer");
    Ok(())
}
