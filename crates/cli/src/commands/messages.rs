//! `everruns messages`: what was said in a session.

use std::path::PathBuf;

use everruns_client::NewMessage;
use everruns_core::SessionId;
use everruns_core::message::ToolResult;
use serde_json::Value;

use super::read_text;
use crate::failure::Failure;
use crate::output::{Output, plain};
use crate::remote::Remote;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Print the messages of a session, oldest first.
    List {
        /// The session's id.
        session: SessionId,
    },
    /// Send a message and come back at once; `everruns chat` waits for the answer.
    Create {
        /// The session's id.
        session: SessionId,
        /// What to say.
        #[arg(required_unless_present = "file")]
        text: Option<String>,
        /// A file with what to say, `-` for standard input.
        #[arg(short, long, conflicts_with = "text")]
        file: Option<PathBuf>,
        /// What becomes of it while a turn runs: `steer` (otherwise), `queue`, `interrupt`, `rollback` or `reject`.
        #[arg(long, value_name = "HOW")]
        delivery: Option<String>,
    },
    /// Answer a call of a tool that runs at the client.
    Answer {
        /// The session's id.
        session: SessionId,
        /// The id of the call, as the `tool.call_requested` event names it.
        call: String,
        /// What came out: JSON, or else a text.
        #[arg(required_unless_present = "error")]
        result: Option<String>,
        /// What went wrong instead.
        #[arg(long, value_name = "TEXT", conflicts_with = "result")]
        error: Option<String>,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (messages, output) = (client.messages(), remote.output);
    match verb {
        Verb::List { session } => list(output, messages.list(session).await?),
        Verb::Create { session, text, file, delivery } => {
            let text = match (text, file) {
                (Some(text), _) => text,
                (None, Some(path)) => read_text(&path)?,
                (None, None) => String::new(),
            };
            let message = messages.send(session, &NewMessage { delivery, ..NewMessage::text(text) }).await?;
            output.changed("message", &message, "sent")
        }
        Verb::Answer { session, call, result, error } => {
            let result = result.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
            let result = ToolResult { tool_call_id: call, result, error };
            let taken = messages.tool_results(session, &[result]).await?;
            output.line(&format!("{} taken, the session is {}", taken.accepted, taken.status))
        }
    }
}

/// For people a conversation is read, not looked up: who, then what.
fn list(output: Output, messages: Vec<everruns_client::Seen<everruns_core::message::Message>>) -> Result<(), Failure> {
    if output.json || output.quiet {
        return output.list(&messages, &[]);
    }
    for message in messages {
        let who = message.json["role"].as_str().unwrap_or("?");
        let when = message.json["created_at"].as_str().unwrap_or_default();
        output.line(&format!("{who} ({when}):"))?;
        for part in message.json["content"].as_array().into_iter().flatten() {
            output.line(&indented(&part_text(part)))?;
        }
    }
    Ok(())
}

fn part_text(part: &Value) -> String {
    match part["type"].as_str() {
        Some("text") => plain(part["text"].as_str().unwrap_or_default()),
        Some("tool_call") => plain(&format!("→ {} {}", part["name"].as_str().unwrap_or("?"), part["arguments"])),
        Some("tool_result") => match part["error"].as_str() {
            Some(error) => plain(&format!("← failed: {error}")),
            None => plain(&format!("← {}", part["result"])),
        },
        Some("image_file") => plain(&format!("[image {}]", part["image_id"].as_str().unwrap_or("?"))),
        kind => plain(&format!("[{}]", kind.unwrap_or("?"))),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
