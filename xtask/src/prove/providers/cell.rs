//! One cell of the table: a vendor meets a fault.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use everruns_client::Client;
use everruns_simulator::{Failure, Reply, Simulator};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::fault::{Expected, Fault, WELL, Way};
use super::stage::{self, Stage, Turn};
use super::vendor::Vendor;

/// What a cell says.
pub(super) struct Cell {
    /// In a few words.
    pub(super) told: String,
    /// The types of the events, in their order.
    pub(super) log: String,
}

/// Sets the stage, plays the fault, looks at the log, and says one more thing.
pub(super) async fn play(client: &Client, vendor: &Vendor, fault: &Fault) -> anyhow::Result<Cell> {
    let name = format!("{} {}", vendor.provider_type, fault.name);
    let (mut stage, turn) = match fault.way {
        Way::Replies(replies) => {
            let mut stage = Stage::open(client, vendor, &name).await?;
            let replies = replies();
            let count = replies.len();
            replies.into_iter().for_each(|reply| stage.simulator.push(reply));
            let turn = stage.say("Tell me.").await?;
            let asked = turn.requests.len();
            ensure!(asked == count, "the provider was asked {asked} times, not {count}: {:?}", turn.log());
            (stage, turn)
        }
        Way::Unreachable => unreachable(client, vendor, &name).await?,
        Way::Redirect => redirect(client, vendor, &name).await?,
        Way::TooLong => too_long(client, vendor, &name).await?,
    };
    let log = turn.log().join(" ");
    let cell = judge(&turn, fault.expected_of(vendor.provider_type)).with_context(|| format!("the log: {log}"))?;
    let waited = turn.waited();
    // As long as the provider says, and up to a tenth more, so that not all come back in one moment.
    let in_time = fault.wait_ms.is_none_or(|wait| (wait..=wait + wait / 10).contains(&waited));
    ensure!(in_time, "{waited} ms were waited between the calls");
    let expected = fault.log_of(vendor.provider_type);
    ensure!(log == expected, "the log is   {log}\n            not {expected}");
    stage.lives().await?;
    // There may not be as many as there are cells.
    client.providers().delete(&stage.provider).await?;
    Ok(cell)
}

fn judge(turn: &Turn, expected: Expected) -> anyhow::Result<Cell> {
    turn.is_well_formed()?;
    let recovered = turn.of("reason.recovered").count();
    let attempts = turn.attempts();
    let found = match turn.error_code() {
        None => format!("answered with {:?}, {attempts} attempts, {recovered} restarts", turn.text()),
        Some(code) => format!("{code}, {attempts} attempts, {recovered} restarts: {}", turn.error()),
    };
    let is_expected = match expected {
        Expected::Answered { attempts: tries, recovered: restarts } => {
            turn.error_code().is_none() && (attempts, recovered) == (tries, restarts)
        }
        Expected::Failed { code, attempts: tries, recovered: restarts } => {
            turn.error_code() == Some(code) && (attempts, recovered) == (tries, restarts)
        }
    };
    ensure!(is_expected, "expected {expected:?}, found {found}");
    let calls = if attempts == 1 { "1 call".to_owned() } else { format!("{attempts} calls") };
    let mut told = match turn.error_code() {
        Some(code) => format!("`{code}`, {calls}"),
        None => format!("answered, {calls}"),
    };
    if recovered > 0 {
        told.push_str(", told to drop");
    }
    Ok(Cell { told, log: turn.log().join(" ") })
}

/// A socket whose queue of connections is full, so that nobody else is connected; later it is a provider.
async fn unreachable(client: &Client, vendor: &Vendor, name: &str) -> anyhow::Result<(Stage, Turn)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(1)?;
    let queue = fill(&listener).await?;
    let (provider, model) = stage::provider(client, vendor, name, &stage::url(&listener)?).await?;
    // Whoever answers here is not asked.
    let other = Simulator::start(vendor.settings()).await?;
    let mut stage = Stage::with(client, other, provider, &model).await?;
    let turn = stage.say("Tell me.").await?;
    ensure!(turn.error().contains("no connection"), "it failed for another reason: {}", turn.error());
    drop(queue);
    stage.simulator = Simulator::serve(listener, vendor.settings())?;
    Ok((stage, turn))
}

/// Connects until nobody is connected any more.
async fn fill(listener: &TcpListener) -> anyhow::Result<Vec<TcpStream>> {
    let mut queue = Vec::new();
    let address = listener.local_addr()?;
    for _ in 0..64 {
        match timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
            Ok(connected) => queue.push(connected?),
            Err(_) => return Ok(queue),
        }
    }
    bail!("the queue of a socket does not fill up")
}

/// A provider that says where to go; there, somebody would answer.
async fn redirect(client: &Client, vendor: &Vendor, name: &str) -> anyhow::Result<(Stage, Turn)> {
    let elsewhere = Simulator::start(vendor.settings()).await?;
    let mut stage = Stage::open(client, vendor, name).await?;
    stage.simulator.push(Reply::fail(Failure::redirect(elsewhere.url())));
    let turn = stage.say("Tell me.").await?;
    ensure!(elsewhere.requests().is_empty(), "the redirect was followed, with the key");
    Ok((stage, turn))
}

/// A conversation that is too long for the model: the next call has less of it.
async fn too_long(client: &Client, vendor: &Vendor, name: &str) -> anyhow::Result<(Stage, Turn)> {
    let mut stage = Stage::open(client, vendor, name).await?;
    for _ in 0..6 {
        stage.simulator.push(Reply::text(WELL));
        stage.say(&"What do you make of this? ".repeat(80)).await?;
    }
    stage.simulator.push(Reply::fail(Failure::new(everruns_simulator::Kind::ContextLength)));
    stage.simulator.push(Reply::text(WELL));
    let turn = stage.say("Tell me.").await?;
    let sizes: Vec<usize> = turn.bodies().iter().map(|body| body.to_string().len()).collect();
    ensure!(sizes.len() == 2 && sizes[1] < sizes[0] * 3 / 4, "the requests have {sizes:?} bytes");
    let compacted = turn.of("llm.generation").any(|event| event.data["metadata"]["compaction"]["compacted"] == true);
    ensure!(compacted, "the log does not tell that something was left out");
    Ok((stage, turn))
}
