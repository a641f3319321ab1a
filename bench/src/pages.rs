//! `bench pages`: pages of the event list of one session, and the whole list.

use std::time::Duration;

use clap::{Args, value_parser};
use serde_json::json;

use crate::clock::now;
use crate::creates::exchange_until;
use crate::figure::Figure;
use crate::history::History;
use crate::http::{Connection, Request};
use crate::latency::Latencies;
use crate::load::{CLIENTS_MAX, SECONDS_MAX, all};
use crate::probe::Probe;
use crate::report::Run;
use crate::target::Target;
use crate::turns;

/// What is asked for, and by how many at the same time; the whole list by one, for it is long.
const QUESTIONS: [(&str, &str, bool); 3] =
    [("latest", "?limit=200", true), ("middle", "?limit=200&after_sequence=", true), ("all", "", false)];

#[derive(Args)]
pub(crate) struct Options {
    /// The server, on this machine
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    pub(crate) url: Target,
    /// Events of the session
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=20_000))]
    pub(crate) events: u32,
    /// Clients that ask for pages at the same time
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u32).range(1..=CLIENTS_MAX))]
    pub(crate) clients: u32,
    /// How long to measure each of the three questions
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    pub(crate) seconds: u32,
    #[command(flatten)]
    pub(crate) probe: Probe,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { url, events, clients, seconds, probe } = options;
    let mut history = History::new(url, turns::MODEL).await?;
    history.fill_with_words((*events).into()).await?;

    let mut figures = Vec::new();
    for (name, query, is_shared) in QUESTIONS {
        let middle = if query.ends_with('=') { (events / 2).to_string() } else { String::new() };
        let path = format!("sessions/{}/events{query}{middle}", history.session);
        let request = || Request::get(url, &path);
        let bytes = Connection::open(url).await?.exchange(&request()).await?.len();
        let mut connections = Vec::new();
        for _ in 0..if is_shared { *clients } else { 1 } {
            connections.push(Connection::open(url).await?);
        }
        let before = probe.read().await?;
        let start = now();
        let end = start + Duration::from_secs((*seconds).into());
        let work = |connection| exchange_until(end, connection, request());
        let latencies = all(connections.into_iter().map(work)).await?.concat();
        let took = (now() - start).as_secs_f64();

        let count = latencies.len();
        let mut found =
            vec![Figure::new("per_second", count as f64 / took), Figure::new("kib", bytes as f64 / 1_024.0)];
        found.extend(Latencies::new(latencies).figures(""));
        found.extend(probe.figures(&before, "page", count).await?);
        figures.extend(found.into_iter().map(|figure| Figure::new(format!("{name}.{}", figure.name), figure.value)));
    }
    let parameters = json!({ "events": events, "clients": clients, "seconds": seconds });
    Ok(Run { name: "pages".to_owned(), kind: "pages", parameters, figures })
}
