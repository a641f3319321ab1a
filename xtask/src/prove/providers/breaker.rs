//! Circuit breakers: they open, are listed, half-open when their time has come, close, and are reset over the API.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use everruns_core::limits::{BREAKER_FAILURES, BREAKER_OPEN_SECONDS};
use everruns_simulator::{Failure, Reply};
use serde_json::Value;
use tokio::time::sleep;

use super::fault::WELL;
use super::stage::Stage;
use super::vendor::Vendor;
use crate::prove::wire;

const LIST: &str = "/v1/durable/circuit-breakers";

/// The whole life of one.
pub(super) async fn run(client: &Client, port: u16, vendor: &Vendor) -> anyhow::Result<()> {
    let mut stage = Stage::open(client, vendor, "a circuit breaker").await?;
    let key = format!("{}:{}", stage.provider, vendor.model);
    open(&mut stage).await.context("the first time")?;
    is(port, &key, "open", u64::from(BREAKER_FAILURES), 0).await?;

    let turn = stage.say("Tell me.").await?;
    ensure!(turn.requests.is_empty(), "the provider is asked although its circuit is open");
    ensure!(turn.error_code() == Some("provider_unavailable"), "the turn ended with {:?}", turn.error_code());
    turn.is_well_formed()?;

    sleep(Duration::from_secs(BREAKER_OPEN_SECONDS.unsigned_abs() + 1)).await;
    answers(&mut stage).await.context("when it is half open")?;
    is(port, &key, "half_open", u64::from(BREAKER_FAILURES), 1).await?;
    answers(&mut stage).await?;
    is(port, &key, "closed", 0, 0).await?;

    open(&mut stage).await.context("the second time")?;
    let closed = wire::call(port, "POST", &format!("{LIST}/{key}/close"), None).await?;
    ensure!(closed.status == 200 && closed.body["state"] == "closed", "closing it: {} {}", closed.status, closed.body);
    answers(&mut stage).await.context("after it was closed")?;

    open(&mut stage).await.context("the third time")?;
    let deleted = wire::call(port, "DELETE", &format!("{LIST}/{key}"), None).await?;
    ensure!((200..300).contains(&deleted.status), "deleting it: {} {}", deleted.status, deleted.body);
    ensure!(find(port, &key).await?.is_none(), "it is still listed");
    stage.lives().await.context("after it was deleted")
}

/// Fails until it opens: within the second turn, whose last attempt is not made any more.
async fn open(stage: &mut Stage) -> anyhow::Result<()> {
    for _ in 0..BREAKER_FAILURES {
        stage.simulator.push(Reply::fail(Failure::status(500)));
    }
    let mut calls = Vec::new();
    for _ in 0..2 {
        let turn = stage.say("Tell me.").await?;
        ensure!(turn.error_code() == Some("provider_unavailable"), "the turn ended with {:?}", turn.error_code());
        calls.push(turn.requests.len());
    }
    ensure!(calls == [3, 2], "the provider was asked {calls:?} times");
    Ok(())
}

async fn answers(stage: &mut Stage) -> anyhow::Result<()> {
    stage.simulator.push(Reply::text(WELL));
    let turn = stage.say("Tell me.").await?;
    ensure!(turn.text() == WELL && turn.requests.len() == 1, "the answer is {:?}", turn.text());
    Ok(())
}

async fn find(port: u16, key: &str) -> anyhow::Result<Option<Value>> {
    let list = wire::get(port, LIST).await?;
    let listed = list.as_array().or(list["data"].as_array()).context("no list of breakers")?;
    Ok(listed.iter().find(|breaker| breaker["key"] == key).cloned())
}

async fn is(port: u16, key: &str, state: &str, failures: u64, successes: u64) -> anyhow::Result<()> {
    let breaker = find(port, key).await?.context("it is not listed")?;
    let found = (breaker["state"].as_str(), breaker["failure_count"].as_u64(), breaker["success_count"].as_u64());
    ensure!(found == (Some(state), Some(failures), Some(successes)), "it should be {state}: {breaker}");
    Ok(())
}
