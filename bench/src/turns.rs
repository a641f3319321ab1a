//! `bench turns`: one model call per turn.

use clap::Args;

use crate::agent::Agent;
use crate::figure::Figure;
use crate::load;

/// The simulated model that answers the same few words at once: what is left is the server's own work.
pub(crate) const MODEL: &str = "llmsim/fixed";

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) load: load::Options,
    /// The model that answers
    #[arg(long, default_value = MODEL)]
    pub(crate) model: String,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let Options { load, model } = options;
    let agent = Agent::create(&load.url, "bench-turns", model, &[]).await?;
    load::drive("turns", &agent, load).await
}
