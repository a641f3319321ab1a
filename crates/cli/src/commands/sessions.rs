//! `everruns sessions`: the conversations.

use std::path::PathBuf;

use everruns_client::ListSessions;
use everruns_core::{AgentId, SessionId};

use super::{object, reference, write_text};
use crate::failure::Failure;
use crate::output::{Column, Portion};
use crate::remote::Remote;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("STATUS", "/status"),
    ("TITLE", "/title"),
    ("AGENT", "/agent_id"),
    ("PINNED", "/is_pinned"),
    ("UPDATED", "/updated_at"),
];

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List sessions.
    List {
        /// Only those of this agent, by name or id.
        #[arg(long)]
        agent: Option<String>,
        /// Words that must all occur in the texts.
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        /// Only those that do this: `started`, `active`, `idle` or `waitingfortoolresults`; may be given several times.
        #[arg(long = "status", value_name = "STATUS")]
        statuses: Vec<String>,
        /// Only those with this tag; may be given several times.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// Only those that you pinned.
        #[arg(long)]
        pinned: bool,
        #[command(flatten)]
        portion: Portion,
    },
    /// Count sessions by what they do.
    Stats,
    /// Show a session.
    Get {
        /// Its id.
        id: SessionId,
    },
    /// Make a session; `everruns chat` makes one by itself.
    Create {
        /// The agent, by name or id.
        #[arg(long)]
        agent: Option<String>,
        /// The harness, by name or id.
        #[arg(long)]
        harness: Option<String>,
        /// The model, instead of the agent's.
        #[arg(long)]
        model: Option<String>,
        /// Its title.
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
    },
    /// Delete a session with its events; a running turn is cancelled.
    Delete {
        /// Its id.
        id: SessionId,
    },
    /// Cancel the turn of a session.
    Cancel {
        /// Its id.
        id: SessionId,
    },
    /// Make a new session with the past of this one.
    Fork {
        /// Its id.
        id: SessionId,
        /// The event the past ends with; the newest one otherwise.
        #[arg(long, value_name = "SEQUENCE")]
        at: Option<i64>,
        /// Title of the new one.
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
    },
    /// Keep a session at the top of your list.
    Pin {
        /// Its id.
        id: SessionId,
        /// Let it go from there.
        #[arg(long)]
        off: bool,
    },
    /// Print the conversation, one message a line as JSON.
    Export {
        /// Its id.
        id: SessionId,
        /// Where to write it instead of standard output.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (sessions, output) = (client.sessions(), remote.output);
    match verb {
        Verb::List { agent, search, statuses, tags, pinned, portion } => {
            let agent_id: Option<AgentId> = match agent {
                None => None,
                Some(text) => match text.parse() {
                    Ok(id) => Some(id),
                    Err(_) => Some(client.agents().get(text).await?.id),
                },
            };
            let options = ListSessions {
                agent_id,
                search,
                statuses,
                tags,
                is_pinned: pinned.then_some(true),
                pinned_first: true,
                offset: portion.offset,
                ..ListSessions::default()
            };
            output.items(sessions.all(options), portion, COLUMNS).await
        }
        Verb::Stats => output.thing(&sessions.stats().await?),
        Verb::Get { id } => output.thing(&sessions.get(id).await?),
        Verb::Create { agent, harness, model, title } => {
            let mut spec = object([("model_id", model.map(Into::into)), ("title", title.map(Into::into))]);
            spec.extend(agent.map(|agent| reference("agent", &agent)));
            spec.extend(harness.map(|harness| reference("harness", &harness)));
            output.changed("session", &sessions.create(&spec).await?, "created")
        }
        Verb::Delete { id } => {
            sessions.delete(id).await?;
            output.deleted("session", &id.to_string())
        }
        Verb::Cancel { id } => {
            let outcome = sessions.cancel(id).await?;
            if output.json { output.json_line(&outcome) } else { output.line(&outcome.message) }
        }
        Verb::Fork { id, at, title } => {
            let changes = object([("at_sequence", at.map(Into::into)), ("title", title.map(Into::into))]);
            output.changed("session", &sessions.fork(id, &changes).await?, "created")
        }
        Verb::Pin { id, off } => {
            let (outcome, verb) = match off {
                false => (sessions.pin(id).await, "pinned"),
                true => (sessions.unpin(id).await, "let go"),
            };
            outcome?;
            output.changed("session", &serde_json::json!({ "id": id, "is_pinned": !off }), verb)
        }
        Verb::Export { id, output: path } => write_text(output, path.as_deref(), &sessions.export(id).await?),
    }
}
