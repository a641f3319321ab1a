//! `bench providers`: many sessions at once whose model speaks word by word over a provider's wire format, and how long
//! each word takes from the provider to a reader of the event stream.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::{Args, value_parser};
use everruns_simulator::Reply;
use serde_json::json;
use tokio::time::{sleep_until, timeout};

use crate::agent::Agent;
use crate::clock::{Wall, now};
use crate::deltas::{Deltas, Heard};
use crate::figure::Figure;
use crate::http::{Connection, Request};
use crate::latency::{Latencies, ms};
use crate::load::all;
use crate::overhead::{Shown, Way, ways};
use crate::probe::Probe;
use crate::provider::{Format, Provider};
use crate::report::Run;
use crate::script::{self, Script};
use crate::server::Server;
use crate::target::Target;
use crate::{disk, open_files, process};

const STREAMS_MAX: i64 = 2_000;
/// The provider's own wait before the first word.
pub(crate) const FIRST: Duration = Duration::from_millis(200);
/// Streams begin one after the other within this time, so that neither their turns nor their words come in one burst.
const RAMP: Duration = Duration::from_secs(2);
/// After so long a stream's window has grown to its full length, so that as much waits at one time as at another.
const SETTLED: Duration = Duration::from_millis(500);
/// A turn that takes so much longer than its words hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    pub(crate) binary: PathBuf,
    /// Folder for its data, on the disk to measure; it is kept
    #[arg(long)]
    pub(crate) data_dir: PathBuf,
    /// The wire format that the provider speaks
    #[arg(long, value_enum, default_value_t = Format::Openai)]
    pub(crate) format: Format,
    /// Sessions at the same time, each with one reader
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=STREAMS_MAX))]
    pub(crate) streams: u32,
    /// Milliseconds from word to word
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) word_ms: u32,
    /// How long each of them speaks
    #[arg(long, default_value_t = 12, value_parser = value_parser!(u32).range(1..=120))]
    pub(crate) seconds: u32,
}

/// What became of one session's answer.
struct Told {
    posted: Instant,
    heard: Heard,
    /// When the provider said each word.
    said: Vec<Instant>,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { binary, data_dir, format, streams, word_ms, seconds } = options;
    open_files::allow(4 * streams)?;
    let server = Server::start(binary, data_dir).await?;
    let provider = Provider::start(*streams as usize + 1)?;
    let model = provider.join(&server.target, *format).await?;
    let agent = Agent::create(&server.target, "bench-providers", &model, &[]).await?;
    let between = Duration::from_millis((*word_ms).into());
    let script = Script::new((seconds * 1_000 / word_ms).max(2) as usize);

    // The first turn of all connects, and warms up both sides.
    provider.simulator.push(Reply::text(&script.text[..script.ends[1]]).between(between));
    for _ in 0..*streams {
        provider.simulator.push(Reply::text(&script.text).first_after(FIRST).between(between));
    }
    let mut speakers = Vec::new();
    for (number, session) in (0..=*streams).zip(agent.sessions(streams + 1).await?) {
        speakers.push(Speaker::open(&agent, number, &session).await?);
    }
    speakers.remove(0).turn(now(), PATIENCE).await?;

    let before_sync = disk::typical_ms(data_dir)?;
    let probe = Probe { pid: Some(server.pid()), counters_url: Some(counters(&server)), ..Probe::default() };
    let (wall, start) = (Wall::now(), now());
    let before = probe.read().await?;
    let before_provider = process::cpu(&provider.thread)?;
    let patience = PATIENCE + Duration::from_secs((*seconds).into());
    let turns = speakers.into_iter().enumerate().map(|(place, speaker)| {
        let begin = start + RAMP * u32::try_from(place).unwrap_or(0) / *streams;
        speaker.turn(begin, patience)
    });
    let heard = all(turns).await?;
    let took = (now() - start).as_secs_f64();
    let words = script.ends.len() * heard.len();
    let costs = probe.figures(&before, "word", words).await?;
    let provider_cpu = ms(process::cpu(&provider.thread)?.saturating_sub(before_provider));
    let sync = before_sync.min(disk::typical_ms(data_dir)?);

    let told = join(heard, &provider)?;
    let mut figures = script_kept(&told, &script);
    figures.extend(on_the_way(&told, &script, &wall, sync)?);
    figures.extend(rates(&told, &script, between)?);
    let server_cpu = costs.iter().find(|figure| figure.name == "server_cpu_ms_per_word").map(|figure| figure.value);
    if let Some(per_word) = server_cpu {
        let cores = per_word * words as f64 / 1_000.0 / took;
        figures.push(Figure::new("server_cores", cores));
        figures.push(Figure::new("server_cpu_ms_per_stream_second", cores * 1_000.0 / f64::from(*streams)));
    }
    figures.extend(costs);
    figures.push(Figure::new("provider_cpu_ms_per_word", provider_cpu / words as f64));
    let parameters = json!({
        "format": format.name(),
        "streams": streams,
        "word_ms": word_ms,
        "words": script.ends.len(),
        "first_ms": FIRST.as_millis(),
    });
    Ok(Run { name: name(options), kind: "providers", parameters, figures })
}

/// Such as `providers.openai.100` for 50 words a second; other speeds are named.
fn name(options: &Options) -> String {
    let pace = if options.word_ms == 20 { String::new() } else { format!("_by_{}_ms", options.word_ms) };
    format!("providers.{}.{}{pace}", options.format.name(), options.streams)
}

fn counters(server: &Server) -> Target {
    Target { path: "/ready".to_owned(), ..server.target.clone() }
}

/// A session, a connection to post over and a reader.
struct Speaker {
    number: u32,
    message: Request,
    connection: Connection,
    deltas: Deltas,
}

impl Speaker {
    async fn open(agent: &Agent, number: u32, session: &str) -> anyhow::Result<Self> {
        Ok(Self {
            number,
            message: agent.text_request(session, &script::question(number)),
            connection: Connection::open(&agent.target).await?,
            deltas: Deltas::open(&agent.target, session).await?,
        })
    }

    /// Posts at a time and listens until the end.
    async fn turn(mut self, begin: Instant, patience: Duration) -> anyhow::Result<(u32, Instant, Heard)> {
        sleep_until(begin.into()).await;
        let posted = now();
        let both = async {
            let post = async { self.connection.exchange(&self.message).await.map(|_| ()) };
            tokio::try_join!(post, self.deltas.turn())
        };
        let ((), heard) = timeout(patience, both).await.context("a turn takes too long")??;
        Ok((self.number, posted, heard))
    }
}

/// Puts what was heard beside what was said.
fn join(heard: Vec<(u32, Instant, Heard)>, provider: &Provider) -> anyhow::Result<Vec<Told>> {
    let mut said = script::said_by_number(&provider.simulator.requests());
    let one = |(number, posted, heard)| {
        let said = said.remove(&number).context("the provider was not asked")?;
        Ok(Told { posted, heard, said })
    };
    heard.into_iter().map(one).collect()
}

/// Words that did not arrive as they were said.
fn script_kept(told: &[Told], script: &Script) -> Vec<Figure> {
    let lost: usize = told.iter().map(|one| script.lost(&one.heard.text)).sum();
    let words: usize = told.iter().map(|one| one.said.len()).sum();
    vec![Figure::new("words", words as f64), Figure::new("words_lost", lost as f64)]
}

/// What words took, of all that were said while every stream spoke.
fn on_the_way(told: &[Told], script: &Script, wall: &Wall, sync_ms: f64) -> anyhow::Result<Vec<Figure>> {
    let (from, until) = together(told)?;
    let of = |one: &Told| {
        let shown = one.heard.groups.iter().map(|group| Shown {
            decided: wall.instant(group.decided),
            received: group.received,
            words: script.words(group.end),
        });
        ways(&one.said, &shown.collect::<Vec<_>>())
    };
    let counted: Vec<Way> = told.iter().flat_map(of).filter(|way| (from..=until).contains(&way.said)).collect();
    ensure!(!counted.is_empty(), "the streams did not speak at the same time");
    let sync = Duration::from_secs_f64(sync_ms / 1_000.0);
    let at_once = counted.iter().filter(|way| way.commits == 1).count();
    let mut figures = percentiles("whole_", counted.iter().map(|way| way.whole));
    figures.extend(percentiles("beyond_window_", counted.iter().map(|way| way.beyond_window)));
    figures.extend(percentiles("overhead_", counted.iter().map(|way| way.overhead(sync))));
    figures.push(Figure::new("words_counted", counted.len() as f64));
    figures.push(Figure::new("shown_at_once_percent", 100.0 * at_once as f64 / counted.len() as f64));
    figures.push(Figure::new("fdatasync_p50_ms", sync_ms));
    Ok(figures)
}

/// Whether the server keeps up: how much it showed of what was said while every stream spoke, and how far behind it was at
/// the end.
fn rates(told: &[Told], script: &Script, between: Duration) -> anyhow::Result<Vec<Figure>> {
    let (from, until) = together(told)?;
    let from = from + SETTLED;
    ensure!(from < until, "the streams did not speak long enough at the same time");
    let seconds = (until - from).as_secs_f64();
    let said = told.iter().flat_map(|one| &one.said).filter(|at| (from..=until).contains(at)).count();
    let shown = |one: &Told| {
        let by = |at: Instant| {
            let last = one.heard.groups.iter().rev().find(|group| group.received <= at);
            last.map_or(0, |group| script.words(group.end))
        };
        by(until) - by(from)
    };
    let shown: usize = told.iter().map(shown).sum();
    let asked = told.len() as f64 / between.as_secs_f64();
    let late = told.iter().flat_map(|one| {
        let due = (0_u32..).map(move |word| one.said[0] + between * word);
        one.said.iter().zip(due).map(|(said, due)| said.saturating_duration_since(due))
    });
    let lags = told.iter().filter_map(|one| Some(one.heard.completed.saturating_duration_since(*one.said.last()?)));
    let firsts = told.iter().filter_map(|one| {
        let first = one.heard.groups.first()?.received - one.posted;
        Some(first.saturating_sub(FIRST))
    });
    let mut figures = vec![
        Figure::new("asked_per_second", asked),
        Figure::new("said_per_second", said as f64 / seconds),
        Figure::new("shown_per_second", shown as f64 / seconds),
        Figure::new("shown_of_asked", shown as f64 / seconds / asked),
    ];
    figures.extend(percentiles("provider_late_", late));
    figures.extend(percentiles("end_lag_", lags));
    figures.extend(percentiles("first_added_", firsts));
    Ok(figures)
}

/// The time in which every stream spoke.
fn together(told: &[Told]) -> anyhow::Result<(Instant, Instant)> {
    let from = told.iter().filter_map(|one| one.said.first()).max().context("nobody spoke")?;
    let until = told.iter().filter_map(|one| one.said.last()).min().context("nobody spoke")?;
    ensure!(from < until, "the streams did not speak at the same time");
    Ok((*from, *until))
}

fn percentiles(prefix: &str, times: impl Iterator<Item = Duration>) -> Vec<Figure> {
    let times = Latencies::new(times.collect());
    let figure = |(name, percent)| Some(Figure::new(format!("{prefix}{name}_ms"), times.percentile_ms(percent)?));
    [("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)].into_iter().filter_map(figure).collect()
}
