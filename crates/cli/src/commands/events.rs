//! `everruns events`: everything that happened in a session.

use everruns_client::{Event, ListEvents, StreamOptions};
use everruns_core::{EventId, SessionId, Timestamp};
use futures::StreamExt as _;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Failure, INTERRUPTED};
use crate::output::{Output, plain};
use crate::remote::Remote;

use super::losses::Losses;

/// What an event's line tells of its data, characters.
const DETAIL_CHARS: usize = 100;
/// Losses in a row after which following ends: some four minutes.
const LOSSES_MAX: u32 = 12;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Args)]
struct Filter {
    /// The session's id.
    session: SessionId,
    /// Only what came after this event.
    #[arg(long, value_name = "EVENT")]
    since: Option<EventId>,
    /// Only this type; may be given several times.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Not this type; may be given several times.
    #[arg(long, value_name = "TYPE")]
    exclude: Vec<String>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Print events that are there, oldest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// Only the last so many; the first ones after `--since`.
        #[arg(long)]
        limit: Option<u32>,
        /// Only those of this turn.
        #[arg(long, value_name = "TURN")]
        turn: Option<String>,
        /// Only those of this tool.
        #[arg(long, value_name = "NAME")]
        tool: Option<String>,
        /// Only those with these words.
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        /// Only from this time on, such as 2026-11-25T10:00:00Z.
        #[arg(long, value_name = "TIME")]
        from: Option<Timestamp>,
        /// Only up to this time.
        #[arg(long, value_name = "TIME")]
        to: Option<Timestamp>,
        /// Newest first.
        #[arg(long)]
        newest: bool,
    },
    /// Print events as they happen, until Ctrl-C. Finds its way back after a loss without a gap.
    Follow {
        #[command(flatten)]
        filter: Filter,
        /// Leave when the turn is over.
        #[arg(long, conflicts_with_all = ["types", "exclude"])]
        turn: bool,
    },
    /// Count the events of a session.
    Summary {
        /// The session's id.
        session: SessionId,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (events, output) = (client.events(), remote.output);
    match verb {
        Verb::List { filter, limit, turn, tool, search, from, to, newest } => {
            let options = ListEvents {
                limit,
                since_id: filter.since,
                types: filter.types,
                exclude: filter.exclude,
                turn_id: turn,
                tool_name: tool,
                q: search,
                from_ts: from,
                to_ts: to,
                order_desc: newest,
                ..ListEvents::default()
            };
            if limit.is_some() || newest {
                let page = events.list(filter.session, &options).await?;
                return page.iter().try_for_each(|event| print(output, event));
            }
            // Page by page: a log may be larger than memory.
            let mut all = events.all(filter.session, options);
            while let Some(event) = all.next().await {
                print(output, &event?)?;
            }
            Ok(())
        }
        Verb::Follow { filter, turn } => {
            let (told, mut losses) = Losses::new();
            let options = StreamOptions {
                since_id: filter.since,
                types: filter.types,
                exclude: filter.exclude,
                losses_max: Some(LOSSES_MAX),
                losses: Some(told),
            };
            let mut stream = events.stream(filter.session, options);
            let mut interrupts = signal(SignalKind::interrupt())?;
            loop {
                let event = tokio::select! {
                    _ = interrupts.recv() => return Err(Failure::silent(INTERRUPTED)),
                    loss = losses.next() => {
                        output.note(&loss);
                        continue;
                    }
                    event = stream.next() => event,
                };
                let Some(event) = event.transpose()? else { return Ok(()) };
                print(output, &event)?;
                if turn && event.ends_turn() {
                    return Ok(());
                }
            }
        }
        Verb::Summary { session } => output.thing(&events.summary(session).await?),
    }
}

fn print(output: Output, event: &Event) -> Result<(), Failure> {
    if output.json {
        return output.json_line(event);
    }
    if output.quiet {
        return output.line(&event.id.to_string());
    }
    let line = format!("{:>6}  {}  {:<26}  {}", event.sequence, event.ts, event.type_name, detail(&event.data));
    output.line(plain(&line).trim_end())
}

/// What a line tells of an event's data: what was said or called, else all of it, shortened.
fn detail(data: &Value) -> String {
    let texts = ["/delta", "/message/content/0/text", "/error", "/tool_call/name", "/tool_name", "/text_preview"];
    let text = texts.iter().find_map(|pointer| data.pointer(pointer)?.as_str());
    let text = text.map_or_else(|| data.to_string(), str::to_owned);
    everruns_core::message::preview(&text, DETAIL_CHARS)
}
