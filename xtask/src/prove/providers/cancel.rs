//! Cancels: how long it takes until the provider sees its socket closed, wherever its answer is.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use everruns_simulator::{Answer, Ending, Reply};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::stage::Stage;
use super::vendor::VENDORS;

/// Rounds over all vendors and places.
const ROUNDS: usize = 3;
/// The socket is closed within this time.
const CLOSED: Duration = Duration::from_millis(100);
/// Longer than any turn here.
const FOR_GOOD: Duration = Duration::from_secs(120);
const PACE: Duration = Duration::from_millis(40);
/// Until a provider that has said something is surely silent; shorter than the server's clocks.
const QUIET: Duration = Duration::from_millis(200);
const WORDS: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";

/// Where an answer is when it is cancelled.
struct Place {
    name: &'static str,
    reply: fn() -> Reply,
    /// The event that tells that it is there; `None`: the request has come.
    seen: Option<&'static str>,
    /// And then so much later.
    then: Duration,
}

const PLACES: &[Place] = &[
    Place { name: "before the head", reply: || Reply::text(WORDS).headers_after(FOR_GOOD), seen: None, then: QUIET },
    Place {
        name: "in thinking",
        reply: || Reply::from(Answer::default().thinking(WORDS.repeat(5), "c2VhbA==")).between(PACE),
        seen: Some("reason.thinking.delta"),
        then: PACE,
    },
    Place {
        name: "in text",
        reply: || Reply::text(WORDS.repeat(5)).between(PACE),
        seen: Some("output.message.delta"),
        then: PACE,
    },
    Place {
        name: "in silence",
        reply: || Reply::text(WORDS).pause(3, FOR_GOOD),
        seen: Some("output.message.delta"),
        then: QUIET,
    },
];

/// How long the cancels of a place took, shortest first.
pub(super) struct Taken {
    pub(super) place: &'static str,
    pub(super) times: Vec<Duration>,
}

/// Cancels turns in all places at all vendors; each session lives on.
pub(super) async fn run(client: &Client) -> anyhow::Result<Vec<Taken>> {
    let mut taken: Vec<Taken> = PLACES.iter().map(|place| Taken { place: place.name, times: Vec::new() }).collect();
    for vendor in VENDORS {
        let mut stage = Stage::open(client, vendor, &format!("{} cancels", vendor.provider_type)).await?;
        for _ in 0..ROUNDS {
            for (place, taken) in PLACES.iter().zip(&mut taken) {
                let time = cancel(&mut stage, place).await;
                let time = time.with_context(|| format!("a cancel {} at {}", place.name, vendor.provider_type))?;
                taken.times.push(time);
            }
            stage.lives().await.with_context(|| format!("after cancels at {}", vendor.provider_type))?;
        }
    }
    for Taken { place, times } in &mut taken {
        times.sort_unstable();
        let most = times.last().copied().unwrap_or_default();
        ensure!(most <= CLOSED, "a cancel {place} closed the provider's socket after {most:?}");
    }
    Ok(taken)
}

async fn cancel(stage: &mut Stage, place: &Place) -> anyhow::Result<Duration> {
    let serial = stage.simulator.requests().len() as u64 + 1;
    stage.simulator.push((place.reply)());
    stage.send(&json!([{"type": "text", "text": "Talk."}]), json!({})).await?;
    timeout(FOR_GOOD, stage.simulator.asked(serial)).await.context("the provider is not asked")?;
    if let Some(type_name) = place.seen {
        stage.sees(type_name).await?;
    }
    sleep(place.then).await;
    let begun = Instant::now();
    let closed = async {
        let request = timeout(FOR_GOOD, stage.simulator.ended(serial)).await.context("the socket stays open")?;
        anyhow::Ok((begun.elapsed(), request.ending))
    };
    let cancelling = async { stage.client.sessions().cancel(stage.session).await };
    let (cancelled, closed) = tokio::join!(cancelling, closed);
    cancelled?;
    let (time, ending) = closed?;
    ensure!(matches!(ending, Some(Ending::Closed { .. })), "the answer had ended before: {ending:?}");
    let events = stage.rest().await?;
    let ends: Vec<&str> =
        events.iter().filter(|event| event.ends_turn()).map(|event| event.type_name.as_str()).collect();
    ensure!(ends == ["turn.cancelled"], "the turn ended with {ends:?}");
    Ok(time)
}
