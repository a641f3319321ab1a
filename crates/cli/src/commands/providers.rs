//! `everruns providers`: where models come from.

use std::path::PathBuf;

use super::apply::{self, Kind};
use super::{object, read_text};
use crate::failure::Failure;
use crate::output::Column;
use crate::remote::Remote;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("TYPE", "/provider_type"),
    ("KEY", "/api_key_set"),
    ("ADDRESS", "/base_url"),
    ("STATUS", "/status"),
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
    /// List providers.
    List,
    /// Show a provider; its key is never shown.
    Get {
        /// Its name or id.
        provider: String,
    },
    /// Make a provider.
    Create {
        /// Its name, for people.
        name: String,
        /// What it speaks, such as `openai` or `llmsim`.
        #[arg(long = "type", value_name = "TYPE")]
        provider_type: String,
        /// Where it is, if not at its usual place.
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        /// A file with its key, `-` for standard input: a key in a flag would be seen by others.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Make providers be as the files say, and say what was done.
    Apply(apply::Arguments),
    /// Delete a provider and its models.
    Delete {
        /// Its name or id.
        provider: String,
    },
    /// Print a provider as YAML without its key, which `apply` takes.
    Export {
        /// Its name or id.
        provider: String,
    },
    /// Ask a provider which models it has, and take them over.
    Sync {
        /// Its name or id.
        provider: String,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (providers, output) = (client.providers(), remote.output);
    match verb {
        Verb::List => output.list(&providers.list().await?, COLUMNS),
        Verb::Get { provider } => output.thing(&apply::provider(&client, &provider).await?),
        Verb::Create { name, provider_type, base_url, key_file } => {
            let key = key_file.map(|path| read_text(&path)).transpose()?;
            let spec = object([
                ("name", Some(name.into())),
                ("provider_type", Some(provider_type.into())),
                ("base_url", base_url.map(Into::into)),
                ("api_key", key.map(|key| key.trim().into())),
            ]);
            output.changed("provider", &providers.create(&spec).await?, "created")
        }
        Verb::Apply(arguments) => apply::run(&client, output, &arguments, Some(Kind::Provider)).await,
        Verb::Delete { provider } => {
            providers.delete(&apply::provider(&client, &provider).await?.id).await?;
            output.deleted("provider", &provider)
        }
        Verb::Export { provider } => {
            output.line(&apply::export(Kind::Provider, &apply::provider(&client, &provider).await?.json)?)
        }
        Verb::Sync { provider } => {
            output.thing(&providers.sync_models(&apply::provider(&client, &provider).await?.id).await?)
        }
    }
}
