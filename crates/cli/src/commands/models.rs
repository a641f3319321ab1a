//! `everruns models`: what agents can think with.

use everruns_client::ListModels;

use super::apply::{self, Kind};
use super::object;
use crate::failure::Failure;
use crate::output::Column;
use crate::profiles;
use crate::remote::Remote;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("MODEL", "/model_id"),
    ("NAME", "/display_name"),
    ("PROVIDER", "/provider_name"),
    ("ENABLED", "/enabled"),
    ("SOURCE", "/source"),
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
    /// List models.
    List {
        /// Only those of this provider, by name or id.
        #[arg(long)]
        provider: Option<String>,
        /// Only those that you marked.
        #[arg(long, conflicts_with = "provider")]
        favorites: bool,
        /// Words that must all occur in the texts.
        #[arg(long, value_name = "WORDS", conflicts_with = "provider")]
        search: Option<String>,
    },
    /// Show a model.
    Get {
        /// Its id, `model_…`.
        id: String,
    },
    /// Add a model to a provider.
    Create {
        /// What the provider calls it.
        model: String,
        /// The provider, by name or id.
        #[arg(long)]
        provider: String,
        /// Its name, for people; what the provider calls it otherwise.
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
    },
    /// Make models be as the files say, and say what was done.
    Apply(apply::Arguments),
    /// Take newer facts and prices of models from a file; the server reads them at its next start.
    RefreshProfiles(profiles::RefreshOptions),
    /// Take a model away.
    Delete {
        /// Its id, `model_…`.
        id: String,
    },
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (models, output) = (client.models(), remote.output);
    match verb {
        Verb::List { provider: Some(provider), .. } => {
            let provider = apply::provider(&client, &provider).await?;
            output.list(&models.list_of(&provider.id).await?, COLUMNS)
        }
        Verb::List { provider: None, favorites, search } => {
            let options = ListModels { favorites_only: favorites, search, ..ListModels::default() };
            output.list(&models.list(&options).await?, COLUMNS)
        }
        Verb::Get { id } => output.thing(&models.get(id).await?),
        Verb::Create { model, provider, display_name } => {
            let provider = apply::provider(&client, &provider).await?;
            let spec = object([
                ("display_name", Some(display_name.unwrap_or_else(|| model.clone()).into())),
                ("model_id", Some(model.into())),
            ]);
            output.changed("model", &models.create(&provider.id, &spec).await?, "created")
        }
        Verb::Apply(arguments) => apply::run(&client, output, &arguments, Some(Kind::Model)).await,
        Verb::RefreshProfiles(options) => profiles::refresh(&options),
        Verb::Delete { id } => {
            models.delete(&id).await?;
            output.deleted("model", &id)
        }
    }
}
