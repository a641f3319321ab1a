//! `bench providers`: many sessions at once whose model speaks word by word over a provider's wire format, and how long
//! each word takes from the provider to a reader of the event stream.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, value_parser};
use everruns_simulator::Reply;
use serde_json::json;
use tokio::time::{sleep_until, timeout};

use crate::agent::Agent;
use crate::clock::{Wall, now};
use crate::deltas::{Deltas, Heard};
use crate::figure::Figure;
use crate::http::{Connection, Request};
use crate::latency::ms;
use crate::load::all;
use crate::plain;
use crate::probe::Probe;
use crate::provider::{Format, Provider};
use crate::report::Run;
use crate::script::{self, Script};
use crate::server::Server;
use crate::target::Target;
use crate::told::{self, Told};
use crate::{disk, open_files, process};

const STREAMS_MAX: i64 = 2_000;
/// The provider's own wait before the first word.
pub(crate) const FIRST: Duration = Duration::from_millis(200);
/// Streams begin one after the other within this time, so that neither their turns nor their words come in one burst.
const RAMP: Duration = Duration::from_secs(2);
/// How long each plain client is spoken to, milliseconds.
const PLAIN_MILLIS: u32 = 3_000;
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

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { binary, data_dir, format, streams, word_ms, seconds } = options;
    open_files::allow(4 * streams)?;
    let server = Server::start(binary, data_dir).await?;
    let provider = Provider::start(2 * *streams as usize + 1)?;
    let model = provider.join(&server.target, *format).await?;
    let agent = Agent::create(&server.target, "bench-providers", &model, &[]).await?;
    let between = Duration::from_millis((*word_ms).into());
    let words_in = |millis: u32| (millis / word_ms).max(2) as usize;
    let script = Script::new(words_in(seconds * 1_000));

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
    let asked = provider.simulator.requests().pop().context("the provider was not asked")?;
    let plain = plain::listen(&provider, &asked, *streams, words_in(PLAIN_MILLIS), between, RAMP).await?;
    let mut figures = told::losses(&told, &script);
    figures.extend(told::ways(&told, &script, &wall, sync)?);
    figures.extend(told::rates(&told, &script, between)?);
    figures.extend(told::delays(&told, between, FIRST));
    figures.extend(told::percentiles("plain_reader_", plain.into_iter()));
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
