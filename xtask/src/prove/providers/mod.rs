//! What providers do wrong, in each of their formats, and what becomes of it: the log, the error code, and that the next
//! message in the same session works. Written down in `docs/faults.md`.

mod breaker;
mod canary;
mod cancel;
mod cell;
mod fault;
pub(super) mod foreign;
mod stage;
mod stand_in;
mod table;
mod vendor;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use futures::{StreamExt as _, stream};

use super::server::{Server, now};
use crate::workspace;
use cell::Cell;
use fault::{CLOCKS, FAULTS};
use vendor::VENDORS;

/// Cells that are played at once: their time is spent waiting.
const AT_ONCE: usize = 8;

pub(super) async fn run() -> anyhow::Result<String> {
    let mut server = Server::prepare("providers")?;
    CLOCKS.into_iter().for_each(|(name, seconds)| server.set_environment(name, seconds));
    server.set_environment("EVERRUNS_LOG", "debug");
    server.set_environment("EVERRUNS_ERROR_DISCLOSURE", "detailed");
    server.spawn()?;
    server.ready().await?;
    let client = server.client()?;

    let (cells, broken) = tokio::join!(cells(&client), breaker::run(&client, server.port(), &VENDORS[0]));
    let cells = cells?;
    broken.context("the circuit breaker")?;
    let chains = stand_in::run(&client).await.context("models that stand in")?;
    // Alone, since their times are measured.
    let cancels = cancel::run(&client).await?;
    canary::provoke(&client).await.context("providers that repeat the key")?;
    let searched = canary::search(&server, &client).await?;

    let now = now().to_string();
    let day = now.split('T').next().unwrap_or(&now);
    let page = table::page(&table::Found { day, cells: &cells, cancels: &cancels, searched });
    std::fs::write(workspace::root().join("docs/faults.md"), &page).context("write docs/faults.md")?;
    println!("{page}");
    let mut times: Vec<Duration> = cancels.into_iter().flat_map(|taken| taken.times).collect();
    times.sort_unstable();
    let (half, longest) = table::half_and_longest(&times);
    Ok(format!(
        "{} faults at {} vendors: {} turns ended as they should, and their sessions live; {chains} chains handed over; a \
         breaker opened, half opened, closed and was reset; {} cancels closed the provider's socket in {half:.1} ms (p50), \
         {longest:.1} ms (longest); the key was nowhere in {} events, {} answers and {} files",
        FAULTS.len(),
        VENDORS.len(),
        cells.len(),
        times.len(),
        searched.events,
        searched.answers,
        searched.files
    ))
}

/// Plays every fault at every vendor. All that are not as expected are told.
async fn cells(client: &Client) -> anyhow::Result<Vec<Cell>> {
    let cells = FAULTS.iter().flat_map(|fault| VENDORS.iter().map(move |vendor| (fault, vendor)));
    let played = stream::iter(cells).map(async |(fault, vendor)| {
        let cell = cell::play(client, vendor, fault).await;
        cell.with_context(|| format!("{} at {}", fault.name, vendor.provider_type))
    });
    let played: Vec<anyhow::Result<Cell>> = played.buffered(AT_ONCE).collect().await;
    let failed = played.iter().filter_map(|cell| cell.as_ref().err());
    let failed = failed.inspect(|error| println!("FAILED  {error:#}")).count();
    ensure!(failed == 0, "{failed} of {} cells are not as they should be", played.len());
    played.into_iter().collect()
}
