//! A session of 1,000,000 events: what it takes to list, to filter, to search and to count them, and that the server's
//! memory stays bounded while it does.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, Event, ListEvents};
use everruns_core::SessionId;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::long_session::{LongSession, median_and_worst, take};
use super::memory::{mebibytes, resident_bytes};
use super::server::Server;

const EVENTS: i64 = 1_000_000;
/// How often each is asked.
const TIMES: usize = 7;
/// Forks at each place.
const FORKS: usize = 5;
/// What the server may hold more than before while it lists everything.
const GROWTH_BYTES_MAX: u64 = 64 * 1024 * 1024;
const EARLY: &str = "pineapple";
const LATE: &str = "marzipan";
const TOOL: &str = "test_echo";
const STOP: Duration = Duration::from_secs(60);

pub(super) async fn run() -> anyhow::Result<String> {
    let mut server = Server::start("lists")?;
    server.ready().await?;
    let client = server.client()?;
    let begun = Instant::now();
    let mut session = LongSession::make(client.clone()).await?;
    session.grow_to(EVENTS / 100).await?;
    session.say(EARLY, Some(TOOL)).await?;
    session.grow_to(EVENTS).await?;
    session.say(LATE, Some(TOOL)).await?;
    let last = session.grow_to(EVENTS + EVENTS / 1_000).await?;
    println!("{last} events, made in {} s", begun.elapsed().as_secs());

    // A start, so that nothing of how the log was made is in memory.
    let id = session.id;
    drop(session);
    server.stop(STOP).await?;
    server.spawn()?;
    server.ready().await?;
    let client = server.client()?;
    let (process, port) = (server.id()?, server.port());

    let events = format!("/v1/sessions/{id}/events");
    let middle = event_at(&client, id, last / 2).await?;
    let (from, to) = (middle.ts, event_at(&client, id, last / 2 + 200).await?.ts);
    let turn = middle.context["turn_id"].as_str().context("no turn in the middle")?;
    let cases = [
        ("limit=200", "limit=200".to_owned()),
        ("limit=200, order_desc", "limit=200&order_desc=true".to_owned()),
        ("limit=200, types", "limit=200&types=turn.completed".to_owned()),
        ("limit=200, types that are rare", "limit=200&types=tool.completed".to_owned()),
        ("limit=200, before_sequence", format!("limit=200&before_sequence={}", last / 2)),
        ("limit=200, after_sequence", format!("limit=200&after_sequence={}", last / 2)),
        ("around", format!("around={}", middle.id)),
        ("from_ts and to_ts", format!("from_ts={from}&to_ts={to}")),
        ("turn_id", format!("turn_id={turn}")),
        ("limit=1, tool_name, found late", format!("limit=1&tool_name={TOOL}")),
        ("limit=1, tool_name, found early", format!("limit=1&tool_name={TOOL}&before_sequence={}", last / 2)),
        ("limit=1, q, found at once", format!("limit=1&q={LATE}")),
        ("limit=1, q, found at the other end", format!("limit=1&q={EARLY}")),
        ("limit=1, q, not found", "limit=1&q=nowhere".to_owned()),
        ("q without limit", format!("q={EARLY}")),
    ];
    for name in ["first", "again"] {
        let taken = take(port, &format!("{events}/summary")).await?;
        println!("summary, {name}: {:.1} ms", taken.took.as_secs_f64() * 1_000.0);
    }
    let mut slowest: (f64, &str) = (0.0, "");
    for (name, query) in &cases {
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..TIMES {
            let taken = take(port, &format!("{events}?{query}")).await.context(*name)?;
            times.push(taken.took);
            bytes = taken.bytes;
        }
        let (median, worst) = median_and_worst(&mut times);
        println!("{name}: {median:.1} ms (worst of {TIMES}: {worst:.1}), {bytes} bytes");
        if median > slowest.0 {
            slowest = (median, name);
        }
    }
    for (name, sequence) in [("head", last), ("middle", last / 2)] {
        let mut times = Vec::new();
        for _ in 0..FORKS {
            let begun = Instant::now();
            client.sessions().fork(id, &json!({"at_sequence": sequence})).await?;
            times.push(begun.elapsed());
        }
        let (median, worst) = median_and_worst(&mut times);
        println!("fork at the {name}: {median:.1} ms (worst of {FORKS}: {worst:.1})");
    }

    let before = resident_bytes(process)?;
    let watched = async {
        let mut most = before;
        loop {
            most = most.max(resident_bytes(process).unwrap_or(most));
            ensure!(most < before + GROWTH_BYTES_MAX, "the server holds {} for a list", mebibytes(most));
            sleep(Duration::from_millis(20)).await;
        }
    };
    // The watch never ends well: it only ends the proof early.
    let all = tokio::select! {
        all = take(port, &events) => all,
        broken = watched => broken,
    }?;
    let after = resident_bytes(process)?;
    ensure!(after < before + GROWTH_BYTES_MAX, "the server holds {} after a list", mebibytes(after));
    Ok(format!(
        "of {last} events; the slowest question ({}) took {:.0} ms; the whole list, {}, {:.1} s; the server held {} \
         before and {} after",
        slowest.1,
        slowest.0,
        mebibytes(all.bytes as u64),
        all.took.as_secs_f64(),
        mebibytes(before),
        mebibytes(after)
    ))
}

async fn event_at(client: &Client, session: SessionId, sequence: i64) -> anyhow::Result<Event> {
    let only = ListEvents { after_sequence: Some(sequence - 1), limit: Some(1), ..ListEvents::default() };
    client.events().list(session, &only).await?.into_iter().next().context("a sequence without an event")
}
