//! `bench tools`: two model calls per turn, with a tool call between them.

use clap::Args;

use crate::agent::Agent;
use crate::figure::Figure;
use crate::load;

const MODEL: &str = "llmsim/tool?name=get_current_time";
const CAPABILITY: &str = "current_time";

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) load: load::Options,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let load = &options.load;
    let agent = Agent::create(&load.url, "bench-tools", MODEL, &[CAPABILITY]).await?;
    load::drive("tools", &agent, load).await
}
