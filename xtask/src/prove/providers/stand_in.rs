//! Fallback chains: when the first model fails, the second answers, and the log tells both.

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use everruns_simulator::{Failure, Reply, Simulator};
use serde_json::Value;

use super::fault::WELL;
use super::stage::{self, Stage};
use super::vendor::VENDORS;

/// The log of a turn that was handed over.
pub(super) const LOG: &str = "input.message turn.started session.activated reason.started output.message.started \
    llm.generation reason.recovered output.message.started output.message.delta reason.completed llm.generation \
    output.message.completed turn.completed session.idled";

/// Each vendor fails, and the next one in the list stands in for it. How many chains there were.
pub(super) async fn run(client: &Client) -> anyhow::Result<usize> {
    for (place, first) in VENDORS.iter().enumerate() {
        let second = &VENDORS[(place + 1) % VENDORS.len()];
        let chain = format!("{} then {}", first.provider_type, second.provider_type);
        let broken = Simulator::start(first.settings()).await?;
        let whole = Simulator::start(second.settings()).await?;
        let names = [format!("{chain}, first"), format!("{chain}, second")];
        let (provider, _) = stage::provider(client, first, &names[0], &broken.url()).await?;
        stage::provider(client, second, &names[1], &whole.url()).await?;
        let asked = format!("{}/{}|{}/{}", names[0], first.model, names[1], second.model);
        let mut stage = Stage::with(client, whole, provider, &asked).await?;
        for _ in 0..3 {
            broken.push(Reply::fail(Failure::status(503)));
        }
        stage.simulator.push(Reply::text(WELL));
        let turn = stage.say("Tell me.").await?;
        let generation = |data: &Value| {
            let word = |name: &str| data["metadata"][name].as_str().unwrap_or_default().to_owned();
            (format!("{}/{}", word("provider"), word("model")), data["metadata"]["success"] == true)
        };
        let told: Vec<(String, bool)> = turn.of("llm.generation").map(|event| generation(&event.data)).collect();
        let ends: Vec<bool> = told.iter().map(|(_, success)| *success).collect();
        let log = turn.log().join(" ");
        turn.is_well_formed().with_context(|| chain.clone())?;
        ensure!(log == LOG, "{chain}: the log is {log}");
        ensure!(ends == [false, true], "{chain}: the log tells {told:?}");
        let names = [(0, first.model), (1, second.model)];
        ensure!(names.iter().all(|(place, name)| told[*place].0.ends_with(name)), "{chain}: the log tells {told:?}");
        ensure!(turn.text() == WELL && broken.requests().len() == 3, "{chain}: {:?}", turn.text());
        let lawful = turn.requests.iter().all(|request| request.status == Some(200));
        ensure!(lawful && turn.requests.len() == 1, "{chain}: the second was asked {:#?}", turn.bodies());
    }
    Ok(VENDORS.len())
}
