//! `everruns agents`: what sessions are run by.

use std::path::PathBuf;

use everruns_client::ListAgents;

use super::apply::{self, Kind};
use super::{capability_refs, history, object, read_text, reference, write_text};
use crate::failure::Failure;
use crate::output::{Column, Portion};
use crate::remote::Remote;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("MODEL", "/default_model_id"),
    ("CAPABILITIES", "/capabilities"),
    ("STATUS", "/status"),
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
    /// List agents.
    List {
        /// Words that must all occur in the name or texts.
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        /// Archived ones too.
        #[arg(long)]
        archived: bool,
        #[command(flatten)]
        portion: Portion,
    },
    /// Show an agent.
    Get {
        /// Its name or id.
        agent: String,
    },
    /// Make an agent, or change the one of this name to be as described.
    Create(Create),
    /// Make agents be as the files say, and say what was done.
    Apply(apply::Arguments),
    /// Take an agent out of use; its sessions stay.
    Delete {
        /// Its name or id.
        agent: String,
    },
    /// Print an agent as Markdown with front matter, which `apply` and `import` take.
    Export {
        /// Its name or id.
        agent: String,
        /// Where to write it instead of standard output.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Make an agent of a file: Markdown with front matter, YAML, JSON, or a prompt alone.
    Import {
        /// The file, `-` for standard input.
        #[arg(required_unless_present = "example")]
        file: Option<PathBuf>,
        /// One of the server's examples instead of a file.
        #[arg(long, value_name = "NAME", conflicts_with = "file")]
        example: Option<String>,
    },
    /// Make a copy of an agent under another name.
    Copy {
        /// Its name or id.
        agent: String,
    },
    #[command(flatten)]
    History(history::Verb),
    /// Show sessions, tokens and times of an agent, in numbers.
    Stats {
        /// Its name or id.
        agent: String,
    },
}

#[derive(clap::Args)]
struct Create {
    /// Its name: a-z, 0-9 and dashes.
    name: String,
    /// Its instructions.
    #[arg(long, value_name = "TEXT", required_unless_present = "prompt_file")]
    prompt: Option<String>,
    /// A file with its instructions, `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    prompt_file: Option<PathBuf>,
    /// The model it thinks with.
    #[arg(long)]
    model: Option<String>,
    /// The harness it builds on, by name or id.
    #[arg(long)]
    harness: Option<String>,
    /// A capability to switch on; may be given several times.
    #[arg(long = "capability", value_name = "ID")]
    capabilities: Vec<String>,
    /// What it is for, for people.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (agents, output) = (client.agents(), remote.output);
    match verb {
        Verb::List { search, archived, portion } => {
            let options =
                ListAgents { search, include_archived: archived, offset: portion.offset, ..ListAgents::default() };
            output.items(agents.all(options), portion, COLUMNS).await
        }
        Verb::Get { agent } => output.thing(&agents.get(agent).await?),
        Verb::Create(create) => {
            let prompt = match (create.prompt, create.prompt_file) {
                (Some(prompt), _) => prompt,
                (None, Some(path)) => read_text(&path)?,
                (None, None) => String::new(),
            };
            let mut spec = object([
                ("name", Some(create.name.into())),
                ("system_prompt", Some(prompt.into())),
                ("default_model_id", create.model.map(Into::into)),
                ("description", create.description.map(Into::into)),
                ("capabilities", capability_refs(&create.capabilities)),
            ]);
            spec.extend(create.harness.map(|harness| reference("harness", &harness)));
            output.changed("agent", &agents.create(&spec).await?, "saved")
        }
        Verb::Apply(arguments) => apply::run(&client, output, &arguments, Some(Kind::Agent)).await,
        Verb::Delete { agent } => {
            agents.delete(&agent).await?;
            output.deleted("agent", &agent)
        }
        Verb::Export { agent, output: path } => write_text(output, path.as_deref(), &agents.export(agent).await?),
        Verb::Import { file, example } => {
            let agent = match (file, example) {
                (Some(path), _) => agents.import(&read_text(&path)?).await?,
                (None, example) => agents.import_example(&example.unwrap_or_default()).await?,
            };
            output.changed("agent", &agent, "imported")
        }
        Verb::Copy { agent } => output.changed("agent", &agents.copy(agent).await?, "created"),
        Verb::History(verb) => history::run("agent", agents.revisions(), output, verb).await,
        Verb::Stats { agent } => output.thing(&agents.stats(agent).await?),
    }
}
