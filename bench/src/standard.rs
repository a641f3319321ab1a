//! The standard set: every figure that docs/benchmarks.md shows, each kind on servers started for it alone.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, value_parser};

use crate::data_folder::DataFolder;
use crate::load::{self, SECONDS_MAX};
use crate::probe::Probe;
use crate::provider::Format;
use crate::report::{Run, Subject};
use crate::server::Server;
use crate::target::Target;
use crate::watch::Mode;
use crate::{cold, creates, disk, fanout, first, floor, idle, long, pages, providers, tools, turns};

const CLIENTS: u32 = 64;
/// Sessions that share the idle streams, the second time.
const IDLE_SESSIONS: u32 = 10;
/// The tutorials ask ten times a second, which would measure their pause; this is as often as the server can bear.
const POLL_MS: u32 = 10;
const PAGE_EVENTS: u32 = 10_000;
const PAGE_CLIENTS: u32 = 8;
const LONG_TURNS: u32 = 100;
/// Formats, sessions that a provider speaks to at the same time, and milliseconds between its words. At one pace words wait
/// for the window, at the slower one each is shown by itself.
const SPEAKERS: [(Format, u32, u32); 8] = [
    (Format::Openai, 1, 20),
    (Format::Openai, 100, 20),
    (Format::Openai, 100, 120),
    (Format::Openai, 500, 20),
    (Format::OpenaiCompletions, 100, 20),
    (Format::Anthropic, 100, 20),
    (Format::Gemini, 100, 20),
    (Format::Bedrock, 100, 20),
];
const FIRST_WORDS: u32 = 50;
/// Figures that settle quickly get no more than this, seconds.
const SECONDS_SHORT: u32 = 5;

/// How thoroughly, and where.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Options {
    /// Runs of each kind: 3 without your word, to compare 5
    #[arg(long, value_parser = value_parser!(u8).range(1..=15))]
    pub(crate) repeat: Option<u8>,
    /// Seconds per load
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=SECONDS_MAX))]
    seconds: u32,
    /// Only these kinds, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Kind>,
    /// Folder for the servers' data, on the disk to measure
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Path of the server's counters
    #[arg(long, default_value = "/ready")]
    counters_path: String,
    /// The commit that was built, for the record
    #[arg(long)]
    commit: Option<String>,
    /// Sessions in the database of the cold start
    #[arg(long, default_value_t = 100_000)]
    cold_sessions: u32,
    /// Idle streams
    #[arg(long, default_value_t = 10_000)]
    streams: u32,
    /// Readers of one session
    #[arg(long, default_value_t = 1_000)]
    readers: u32,
    /// Events of the long session
    #[arg(long, default_value_t = 100_000)]
    long_events: u32,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// The disk alone
    Disk,
    /// The load generator alone
    Floor,
    /// Text turns of 1 and 64 clients, and of one whose model speaks word by word
    Turns,
    /// Text turns of 1 and 64 clients that ask instead of listening
    Poll,
    /// Tool turns of 64 clients
    Tools,
    /// Sessions made by 64 clients
    Creates,
    /// Pages of the event list
    Pages,
    /// A long session against short ones
    Long,
    /// Idle event streams
    Idle,
    /// One session with many readers
    Fanout,
    /// Models that speak over providers' wire formats
    Providers,
    /// Start, idle memory and size
    Cold,
}

impl Options {
    /// The kinds asked for, in the order of the set.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let wanted = |kind: &Kind| self.only.is_empty() || self.only.contains(kind);
        Kind::value_variants().iter().copied().filter(wanted).collect()
    }

    pub(crate) fn subject(&self, binary: &Path) -> Subject {
        Subject::new(binary, self.commit.clone())
    }
}

/// Measures one kind once and prints a line for each of its runs.
pub(crate) async fn measure(kind: Kind, binary: &Path, options: &Options) -> anyhow::Result<Vec<Run>> {
    let folder = DataFolder::create(&options.folder)?;
    let set = Set { binary, options, folder: folder.path() };
    let runs = match kind {
        Kind::Disk => vec![disk::measure(folder.path())?],
        Kind::Floor => {
            let seconds = options.seconds.min(SECONDS_SHORT);
            let mut runs = Vec::new();
            for (clients, readers) in [(1, None), (CLIENTS, None), (0, Some(options.readers))] {
                runs.push(floor::measure(&floor::Options { clients, readers, seconds }).await?);
            }
            runs
        }
        Kind::Turns => {
            let mut runs = set.turns(Mode::Stream).await?;
            runs.push(set.words().await?);
            runs
        }
        Kind::Poll => set.turns(Mode::Latest).await?,
        Kind::Tools => {
            let server = set.server("tools").await?;
            vec![tools::measure(&tools::Options { load: set.load(&server, CLIENTS, Mode::Stream) }).await?]
        }
        Kind::Creates => {
            let server = set.server("creates").await?;
            let (url, seconds) = (server.target.clone(), options.seconds);
            let probe = set.probe(&server);
            vec![creates::measure(&creates::Options { url, clients: CLIENTS, seconds, probe }).await?]
        }
        Kind::Pages => {
            let server = set.server("pages").await?;
            let (url, seconds) = (server.target.clone(), options.seconds.min(SECONDS_SHORT));
            let (events, clients, probe) = (PAGE_EVENTS, PAGE_CLIENTS, set.probe(&server));
            vec![pages::measure(&pages::Options { url, events, clients, seconds, probe }).await?]
        }
        Kind::Long => {
            let (binary, data_dir) = (binary.to_owned(), folder.path().join("long"));
            let (events, events_short, turns) = (options.long_events, 1_000, LONG_TURNS);
            vec![long::measure(&long::Options { binary, data_dir, events, events_short, turns }).await?]
        }
        Kind::Idle => set.idle().await?,
        Kind::Fanout => set.fanout().await?,
        Kind::Providers => set.providers().await?,
        Kind::Cold => {
            let at = |name: &str, sessions| {
                let (binary, data_dir) = (binary.to_owned(), folder.path().join(name));
                cold::Options { binary, data_dir, sessions }
            };
            let empty = cold::measure(&at("empty", 0)).await?;
            vec![empty, cold::measure(&at("full", options.cold_sessions)).await?]
        }
    };
    for run in &runs {
        println!("{}", run.line(&options.subject(binary)));
    }
    Ok(runs)
}

/// What the parts of the set share.
struct Set<'a> {
    binary: &'a Path,
    options: &'a Options,
    folder: &'a Path,
}

impl Set<'_> {
    async fn server(&self, name: &str) -> anyhow::Result<Server> {
        Server::start(self.binary, &self.folder.join(name)).await
    }

    fn probe(&self, server: &Server) -> Probe {
        let counters = Target { path: self.options.counters_path.clone(), ..server.target.clone() };
        Probe { pid: Some(server.pid()), counters_url: Some(counters), ..Probe::default() }
    }

    fn load(&self, server: &Server, clients: u32, mode: Mode) -> load::Options {
        load::Options {
            url: server.target.clone(),
            clients,
            seconds: self.options.seconds,
            mode,
            poll_ms: POLL_MS,
            sessions_per_client: 1,
            probe: self.probe(server),
        }
    }

    async fn turns(&self, mode: Mode) -> anyhow::Result<Vec<Run>> {
        let mut runs = Vec::new();
        for clients in [1, CLIENTS] {
            let server = self.server(&format!("turns-{clients}")).await?;
            let load = self.load(&server, clients, mode);
            let disk = (clients == 1 && mode == Mode::Stream).then(|| self.folder.to_owned());
            runs.push(turns::measure(&turns::Options { load, model: turns::MODEL.to_owned(), disk }).await?);
        }
        Ok(runs)
    }

    /// One client of a model that speaks word by word.
    async fn words(&self) -> anyhow::Result<Run> {
        let server = self.server("words").await?;
        let seconds = self.options.seconds.min(SECONDS_SHORT);
        let load = load::Options { seconds, ..self.load(&server, 1, Mode::Stream) };
        turns::measure(&turns::Options { load, model: turns::MODEL_OF_WORDS.to_owned(), disk: None }).await
    }

    async fn idle(&self) -> anyhow::Result<Vec<Run>> {
        let mut runs = Vec::new();
        for sessions in [self.options.streams, IDLE_SESSIONS] {
            let server = self.server(&format!("idle-{sessions}")).await?;
            let (url, streams, pid) = (server.target.clone(), self.options.streams, server.pid());
            runs.push(idle::measure(&idle::Options { url, streams, sessions: Some(sessions), pid }).await?);
        }
        Ok(runs)
    }

    async fn providers(&self) -> anyhow::Result<Vec<Run>> {
        let at = |name: &str| (self.binary.to_owned(), self.folder.join(name));
        let (binary, data_dir) = at("first");
        let (format, turns) = (Format::Openai, FIRST_WORDS);
        let mut runs = vec![first::measure(&first::Options { binary, data_dir, format, turns }).await?];
        for (format, streams, word_ms) in SPEAKERS {
            let (binary, data_dir) = at(&format!("{}-{streams}-{word_ms}", format.name()));
            let seconds = self.options.seconds;
            let options = providers::Options { binary, data_dir, format, streams, word_ms, seconds };
            runs.push(providers::measure(&options).await?);
        }
        Ok(runs)
    }

    async fn fanout(&self) -> anyhow::Result<Vec<Run>> {
        let mut runs = Vec::new();
        for one_event in [true, false] {
            let server = self.server(&format!("fanout-{one_event}")).await?;
            let (url, readers, seconds) = (server.target.clone(), self.options.readers, self.options.seconds);
            let probe = self.probe(&server);
            runs.push(fanout::measure(&fanout::Options { url, readers, one_event, seconds, probe }).await?);
        }
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn a_subset_keeps_the_order_of_the_set() {
        let kinds = |line: &str| Line::parse_from(line.split(' ')).options.kinds();
        assert_eq!(kinds("run --only tools,turns"), [Kind::Turns, Kind::Tools]);
        assert_eq!(kinds("run").len(), Kind::value_variants().len());
    }
}
