//! `bench tools`: two model calls per turn, with a tool call between them.

use anyhow::ensure;
use clap::Args;
use memchr::memmem::find;

use crate::agent::Agent;
use crate::http::{Connection, Request};
use crate::load::{self, Session};
use crate::report::Run;

const MODEL: &str = "llmsim/tool?name=get_current_time";
const CAPABILITY: &str = "current_time";

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) load: load::Options,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let load = &options.load;
    let agent = Agent::create(&load.url, "bench-tools", MODEL, &[CAPABILITY]).await?;
    prove(&agent, load).await?;
    let figures = load::drive(&agent, load).await?;
    Ok(Run { name: load.name("tools"), kind: "tools", parameters: load.parameters(MODEL), figures })
}

/// Runs one turn and looks for its tool call: a turn without one would be measured as a fast one.
async fn prove(agent: &Agent, load: &load::Options) -> anyhow::Result<()> {
    let mut connection = Connection::open(&load.url).await?;
    let mut session = Session::open(agent, &mut connection, load).await?;
    session.turn(&mut connection).await?;
    let path = format!("sessions/{}/events?types=tool.completed", session.id);
    let events = connection.exchange(&Request::get(&load.url, &path)).await?;
    let called = find(events, br#""type":"tool.completed""#).is_some();
    ensure!(called, "the model {MODEL} called no tool");
    Ok(())
}
