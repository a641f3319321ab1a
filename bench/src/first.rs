//! `bench first`: what the server adds to the time to the first word, against a plain client that sends the very same
//! request to the provider itself.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, value_parser};
use everruns_simulator::Reply;
use serde_json::json;

use crate::agent::Agent;
use crate::clock::now;
use crate::deltas::Deltas;
use crate::figure::Figure;
use crate::http::{Connection, Request};
use crate::latency::Latencies;
use crate::plain::{self, WORD};
use crate::provider::{Format, Provider};
use crate::providers::FIRST;
use crate::report::Run;
use crate::script;
use crate::server::Server;
use crate::target::Target;

/// What follows the first word does not come with it, or it would be shown with the end of the turn.
const BETWEEN: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    pub(crate) binary: PathBuf,
    /// Folder for its data, on the disk to measure; it is kept
    #[arg(long)]
    pub(crate) data_dir: PathBuf,
    /// The wire format that the provider speaks
    #[arg(long, value_enum, default_value_t = Format::Openai)]
    pub(crate) format: Format,
    /// Turns, and as many requests of the plain client between them
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=1_000))]
    pub(crate) turns: u32,
}

/// Each turn has a session of its own, so that all requests are the same.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { binary, data_dir, format, turns } = options;
    let answer = format!("{WORD} horse");
    let server = Server::start(binary, data_dir).await?;
    let provider = Provider::start(1)?;
    let model = provider.join(&server.target, *format).await?;
    let agent = Agent::create(&server.target, "bench-first", &model, &[]).await?;
    let mut connection = Connection::open(&server.target).await?;
    let (mut through, mut direct) = (Vec::new(), Vec::new());
    for (number, session) in (0..=*turns).zip(agent.sessions(turns + 1).await?) {
        let mut deltas = Deltas::open(&server.target, &session).await?;
        let message = agent.text_request(&session, &script::question(number));
        provider.simulator.push(Reply::text(&answer).first_after(FIRST).between(BETWEEN));
        let posted = now();
        let (_, heard) = tokio::try_join!(async { connection.exchange(&message).await.map(|_| ()) }, deltas.turn(),)?;
        ensure!(heard.text == answer, "the server said {:?}", heard.text);
        let first = heard.groups.first().context("nothing was shown")?.received - posted;

        let asked = provider.simulator.requests().pop().context("the provider was not asked")?;
        let request = plain::repeat(&asked, &asked.body.to_string());
        provider.simulator.push(Reply::text(&answer).first_after(FIRST).between(BETWEEN));
        let plain = first_word(&provider.target, &request).await?;
        // The first turn connects.
        if number > 0 {
            through.push(first);
            direct.push(plain);
        }
    }
    let mut figures = Vec::new();
    let (through, direct) = (Latencies::new(through), Latencies::new(direct));
    for (name, percent) in [("p50", 50), ("p99", 99)] {
        if let (Some(ours), Some(plain)) = (through.percentile_ms(percent), direct.percentile_ms(percent)) {
            figures.push(Figure::new(format!("server_{name}_ms"), ours));
            figures.push(Figure::new(format!("plain_client_{name}_ms"), plain));
            figures.push(Figure::new(format!("added_{name}_ms"), ours - plain));
            figures.push(Figure::new(format!("by_plain_client_{name}"), ours / plain));
        }
    }
    let parameters = json!({ "format": format.name(), "turns": turns, "first_ms": FIRST.as_millis() });
    Ok(Run { name: format!("first.{}", format.name()), kind: "first", parameters, figures })
}

/// From the request to the first word of the answer, on a connection that is open already.
async fn first_word(target: &Target, request: &Request) -> anyhow::Result<Duration> {
    let connection = Connection::open(target).await?;
    let sent = now();
    let (socket, body) = connection.into_stream(request).await?;
    let heard = plain::hear(socket, body, 1).await?;
    Ok(heard[0] - sent)
}
