//! `everruns harnesses`: what agents and sessions start from.

use everruns_client::ListHarnesses;

use super::apply::{self, Kind};
use super::{capability_refs, history, object};
use crate::failure::Failure;
use crate::output::Column;
use crate::remote::Remote;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("BUILT IN", "/is_built_in"),
    ("PARENT", "/parent_harness_id"),
    ("CAPABILITIES", "/capabilities"),
    ("STATUS", "/status"),
];
const EXAMPLE_COLUMNS: &[Column] = &[("NAME", "/name"), ("PARENT", "/parent_name"), ("DESCRIPTION", "/description")];

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List harnesses, the built-in ones among them.
    List {
        /// Words that must all occur in the name or texts.
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        /// Archived ones too.
        #[arg(long)]
        archived: bool,
    },
    /// List harnesses that the server suggests.
    Examples,
    /// Show a harness.
    Get {
        /// Its name or id.
        harness: String,
    },
    /// Make a harness.
    Create {
        /// Its name: a-z, 0-9 and dashes.
        name: String,
        /// Instructions that come before the agent's.
        #[arg(long, value_name = "TEXT")]
        prompt: Option<String>,
        /// The id of the harness it builds on.
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        /// The model of sessions that name none.
        #[arg(long)]
        model: Option<String>,
        /// A capability to switch on; may be given several times.
        #[arg(long = "capability", value_name = "ID")]
        capabilities: Vec<String>,
        /// What it is for, for people.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Make harnesses be as the files say, and say what was done.
    Apply(apply::Arguments),
    /// Take a harness out of use; built-in ones stay.
    Delete {
        /// Its name or id.
        harness: String,
    },
    /// Print a harness as YAML, which `apply` takes.
    Export {
        /// Its name or id.
        harness: String,
    },
    #[command(flatten)]
    History(history::Verb),
    /// Make a copy of a harness under another name.
    Copy {
        /// Its name or id.
        harness: String,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (harnesses, output) = (client.harnesses(), remote.output);
    match verb {
        Verb::List { search, archived } => {
            let options = ListHarnesses { search, include_archived: archived };
            output.list(&harnesses.list(&options).await?, COLUMNS)
        }
        Verb::Examples => output.list(&harnesses.examples().await?, EXAMPLE_COLUMNS),
        Verb::Get { harness } => output.thing(&apply::harness(&client, &harness).await?),
        Verb::Create { name, prompt, parent, model, capabilities, description } => {
            let spec = object([
                ("name", Some(name.into())),
                ("system_prompt", prompt.map(Into::into)),
                ("parent_harness_id", parent.map(Into::into)),
                ("default_model_id", model.map(Into::into)),
                ("capabilities", capability_refs(&capabilities)),
                ("description", description.map(Into::into)),
            ]);
            output.changed("harness", &harnesses.create(&spec).await?, "created")
        }
        Verb::Apply(arguments) => apply::run(&client, output, &arguments, Some(Kind::Harness)).await,
        Verb::Delete { harness } => {
            let found = apply::harness(&client, &harness).await?;
            harnesses.delete(found.id).await?;
            output.deleted("harness", &harness)
        }
        Verb::Export { harness } => {
            output.line(&apply::export(Kind::Harness, &apply::harness(&client, &harness).await?.json)?)
        }
        Verb::History(verb) => history::run("harness", harnesses.revisions(), output, verb).await,
        Verb::Copy { harness } => {
            let found = apply::harness(&client, &harness).await?;
            output.changed("harness", &harnesses.copy(found.id).await?, "created")
        }
    }
}
