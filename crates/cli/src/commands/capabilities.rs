//! `everruns capabilities`: what agents can switch on.

use everruns_client::ListCapabilities;

use crate::failure::Failure;
use crate::output::{Column, Portion};
use crate::remote::Remote;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("CATEGORY", "/category"),
    ("STATUS", "/status"),
    ("DESCRIPTION", "/description"),
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
    /// List capabilities.
    List {
        /// Words that must all occur in the texts.
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        #[command(flatten)]
        portion: Portion,
    },
    /// Show a capability with its tools.
    Get {
        /// Its id.
        id: String,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    match verb {
        Verb::List { search, portion } => {
            let options = ListCapabilities { search, offset: portion.offset, limit: None };
            remote.output.items(client.capabilities().all(options), portion, COLUMNS).await
        }
        Verb::Get { id } => remote.output.thing(&client.capabilities().get(&id).await?),
    }
}
