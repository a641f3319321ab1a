//! `bench long`: what a long past costs a session. Three sessions are made and then asked the same, in turns, so that
//! all of them meet the same moods of the machine: one with few events, one with few events and a full prompt, and one
//! with many events and the same full prompt.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, value_parser};
use serde_json::json;

use crate::clock::now;
use crate::figure::Figure;
use crate::history::History;
use crate::http::{Connection, Request};
use crate::latency::Latencies;
use crate::report::Run;
use crate::server::Server;
use crate::target::Target;
use crate::turns;

/// Text of the long messages: more than a prompt holds (`PROMPT_BYTES_MAX`, 400 KiB), so that it is full.
const PROMPT_BYTES: usize = 480 * 1024;
/// How often the server is started anew for a first turn of each session.
const STARTS: usize = 5;

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    pub(crate) binary: PathBuf,
    /// Folder for its data; it is kept
    #[arg(long)]
    pub(crate) data_dir: PathBuf,
    /// Events of the long session
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u32).range(2_000..=1_000_000))]
    pub(crate) events: u32,
    /// Events of the short ones
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(700..=10_000))]
    pub(crate) events_short: u32,
    /// Turns and questions per session
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=1_000))]
    pub(crate) turns: u32,
}

/// What one session was measured to take.
#[derive(Default)]
struct Tally {
    first_delta: Vec<Duration>,
    turn: Vec<Duration>,
    page: Vec<Duration>,
    total: Vec<Duration>,
    turn_after_start: Vec<Duration>,
}

impl Tally {
    /// All that was measured, and the percentiles that so many measurements carry.
    fn series(&self) -> [(&'static str, &[Duration], &'static [usize]); 5] {
        [
            ("first_delta", &self.first_delta, &[50, 99]),
            ("turn", &self.turn, &[50, 99]),
            ("page", &self.page, &[50, 99]),
            ("total_count", &self.total, &[50, 99]),
            ("turn_after_start", &self.turn_after_start, &[50]),
        ]
    }
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { binary, data_dir, events, events_short, turns } = options;
    let (long, short) = (i64::from(*events), i64::from(*events_short));
    let server = Server::start(binary, data_dir).await?;
    let names = [short.to_string(), format!("{short}_full"), long.to_string()];
    let mut histories = Vec::new();
    let start = now();
    for (events, is_full) in [(short, false), (short, true), (long, true)] {
        let mut history = History::new(&server.target, turns::MODEL).await?;
        // Words, and in the full sessions long messages behind them: what the model reads is the same in both.
        let newest = if is_full { History::events_of_prompt(PROMPT_BYTES) } else { 0 };
        history.fill_with_words(events - newest).await?;
        if is_full {
            history.fill_prompt(PROMPT_BYTES).await?;
        }
        let count = history.events().await?;
        ensure!((events..events + events / 10).contains(&count), "{count} events instead of {events}");
        histories.push(history);
    }
    let mut figures = vec![Figure::new("fill_seconds", (now() - start).as_secs_f64())];
    for history in &mut histories {
        history.reopen().await?;
    }

    let mut tallies: [Tally; 3] = Default::default();
    for _ in 0..*turns {
        for (history, tally) in histories.iter_mut().zip(&mut tallies) {
            let took = history.talk().await?;
            tally.first_delta.push(took.first_delta);
            tally.turn.push(took.turn);
        }
    }
    for (history, name) in histories.iter_mut().zip(&names) {
        let tokens = history.prompt_tokens().await?;
        figures.push(Figure::new(format!("{name}.prompt_tokens"), tokens.into()));
    }
    let mut connection = Connection::open(&server.target).await?;
    for _ in 0..*turns {
        for (history, tally) in histories.iter().zip(&mut tallies) {
            tally.page.push(ask(&mut connection, &server.target, &history.session, 200).await?);
            tally.total.push(ask(&mut connection, &server.target, &history.session, 1).await?);
        }
    }
    drop(server);
    for number in 0..STARTS {
        let server = Server::start(binary, data_dir).await?;
        // The first turn of all pays for the process, not for its session.
        History::new(&server.target, turns::MODEL).await?.talk().await?;
        for place in 0..histories.len() {
            let which = (number + place) % histories.len();
            let mut history = histories[which].reopened(&server.target).await?;
            tallies[which].turn_after_start.push(history.talk().await?.turn);
        }
    }

    figures.extend(compared(&names, &tallies));
    let parameters = json!({ "events": events, "events_short": events_short, "turns": turns, "prompt": PROMPT_BYTES });
    Ok(Run { name: "long".to_owned(), kind: "long", parameters, figures })
}

/// Asks for the newest events and how many there are.
async fn ask(connection: &mut Connection, target: &Target, session: &str, limit: u32) -> anyhow::Result<Duration> {
    let request = Request::get(target, &format!("sessions/{session}/events?limit={limit}"));
    let start = now();
    connection.exchange(&request).await?;
    let took = now() - start;
    connection.total.context("a limited page without X-Total-Count")?;
    Ok(took)
}

/// The medians and p99 of each session, and those of the long one by those of the short ones.
fn compared(names: &[String; 3], tallies: &[Tally; 3]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let [.., long] = tallies;
    for (name, tally) in names.iter().zip(tallies) {
        for (series, latencies, percents) in tally.series() {
            let latencies = Latencies::new(latencies.to_vec());
            for percent in percents {
                let value = latencies.percentile_ms(*percent);
                figures.extend(value.map(|value| Figure::new(format!("{name}.{series}_p{percent}_ms"), value)));
            }
        }
    }
    for (name, short) in names.iter().zip(&tallies[..2]) {
        for ((series, long, percents), (_, short, _)) in long.series().into_iter().zip(short.series()) {
            let (long, short) = (Latencies::new(long.to_vec()), Latencies::new(short.to_vec()));
            for percent in percents {
                let pair = long.percentile_ms(*percent).zip(short.percentile_ms(*percent));
                let ratio = pair.map(|(long, short)| long / short);
                figures.extend(ratio.map(|ratio| Figure::new(format!("by_{name}.{series}_p{percent}"), ratio)));
            }
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_session_is_compared_with_each_short_one() {
        let tally = |millis| Tally { turn: vec![Duration::from_millis(millis)], ..Tally::default() };
        let names = ["a", "b", "c"].map(str::to_owned);
        let figures = compared(&names, &[tally(2), tally(4), tally(6)]);
        let found = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
        assert_eq!(found("c.turn_p50_ms"), Some(6.0));
        assert_eq!(found("by_a.turn_p50"), Some(3.0));
        assert_eq!(found("by_b.turn_p99"), Some(1.5));
        assert_eq!(found("by_a.page_p50"), None);
    }
}
