//! A disk that is full while turns run: writers are told, readers notice nothing, and when there is room again
//! everything goes on by itself. So it is when the server is stopped or killed meanwhile.

mod disk;
mod full;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use everruns_core::{SessionId, Timestamp};
use futures::future::try_join_all;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::random::Random;
use super::server::{self, Server};
use super::turns::caller::{Called, Reader};
use super::turns::{self, case, reference};
use disk::Disk;

const NAME: &str = "disk-full";
/// Sessions that are busy each time the disk gets full.
const SESSIONS: usize = 40;
/// First messages are posted over this time, milliseconds; the disk is full in the middle of it.
const POSTING_MILLIS: u64 = 3_000;
const FULL_AFTER_MILLIS: (u64, u64) = (1_200, 2_000);
/// A second message follows the first one after this time, milliseconds.
const STEERING_MILLIS: (u64, u64) = (100, 1_000);
/// How long the disk stays full.
const FULL: Duration = Duration::from_secs(6);
/// A server on a full disk stops within this time.
const STOP: Duration = Duration::from_secs(30);
/// One of so many sessions is read along.
const READ_ALONG: usize = 4;

/// What happens beside the full disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Nothing,
    /// SIGTERM and a start.
    Restart,
    /// SIGKILL and a start.
    Kill,
}

const DEEDS: &[Deed] = &[Deed::Nothing, Deed::Restart, Deed::Kill, Deed::Nothing, Deed::Kill];

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::select! {
        shown = show(seed) => shown,
        // So that the disk is unmounted then, too.
        _ = interrupted.recv() => bail!("interrupted"),
    }
}

async fn show(seed: u64) -> anyhow::Result<String> {
    Disk::unmount_left_over(&server::directory(NAME));
    let server = Server::prepare(NAME)?;
    let disk = Disk::mount(server.directory())?;
    // Bound after the disk, so that on a failure the server is dropped before it.
    let mut server = server;
    server.keep_data_in(disk.place().join("data"));
    server.spawn()?;
    server.ready().await?;
    let references = reference::all(&server.client()?, &case::mixed(SESSIONS)).await?;

    let mut random = Random::new(seed);
    let mut story = Story { refused_writes: 0, held: 0, deaths: Vec::new(), slowest: Duration::ZERO };
    let mut sessions = Vec::new();
    let mut readers = HashMap::new();
    for deed in DEEDS {
        let round = story.round(&mut server, &disk, *deed, &mut random);
        let (called, read) = round.await.with_context(|| format!("the disk is full and then: {deed:?}"))?;
        sessions.extend(called);
        readers.extend(read);
    }
    let client = server.client()?;
    let (_, total) = turns::judge_all(&client, &sessions, readers, &references, &story.deaths).await?;
    let total = total.without_faults("full disks")?;
    server.kill().await?;
    disk.unmount()?;
    let acknowledged: usize = sessions.iter().map(|called| called.acknowledged.len()).sum();
    let refused: usize = sessions.iter().map(|called| called.refused).sum();
    Ok(format!(
        "{} times full with {} turns at work ({} restarts, {} kills meanwhile): {} posts answered 503 and none of them in \
         a log, all reads answered, 0 lost of {acknowledged} acknowledged messages, {} turns ended once, the last {} ms \
         after there was room; {} unknown outcomes, {} events followed (seed {seed})",
        DEEDS.len(),
        story.held,
        DEEDS.iter().filter(|deed| **deed == Deed::Restart).count(),
        DEEDS.iter().filter(|deed| **deed == Deed::Kill).count(),
        story.refused_writes + refused,
        total.turns,
        story.slowest.as_millis(),
        total.unknown_outcomes,
        total.events_followed,
    ))
}

/// What is counted over all rounds.
struct Story {
    refused_writes: usize,
    /// Turns that ran while the disk was full.
    held: u64,
    deaths: Vec<Timestamp>,
    /// The longest time from the moment there was room until all turns had ended.
    slowest: Duration,
}

impl Story {
    /// Turns begin, the disk gets full, the deed is done, the disk has room again, and all turns end.
    async fn round(
        &mut self,
        server: &mut Server,
        disk: &Disk,
        deed: Deed,
        random: &mut Random,
    ) -> anyhow::Result<(Vec<Called>, HashMap<SessionId, Reader>)> {
        let client = server.client()?;
        let probe = Called::new(&client, case::last_words()).await?.session;
        let mut sessions = Vec::with_capacity(SESSIONS);
        for case in case::mixed(SESSIONS) {
            sessions.push(Called::new(&client, case).await?);
        }
        let mut readers = HashMap::new();
        for called in sessions.iter().step_by(READ_ALONG) {
            readers.insert(called.session, Reader::open(&client, called.session).await?);
        }
        let ids = full::ids(&sessions);
        let full_after = Duration::from_millis(random.between(FULL_AFTER_MILLIS.0, FULL_AFTER_MILLIS.1));
        let callers = sessions.into_iter().map(|called| {
            let first = Duration::from_millis(random.between(0, POSTING_MILLIS));
            let second = Duration::from_millis(random.between(STEERING_MILLIS.0, STEERING_MILLIS.1));
            called.converse(client.clone(), first, second)
        });
        let callers = try_join_all(callers.collect::<Vec<_>>());
        let filling = async {
            sleep(full_after).await;
            self.fill_and_free(server, disk, deed, probe, &ids).await
        };
        let (sessions, roomy) = tokio::try_join!(callers, filling)?;
        turns::settle(&client, &sessions).await?;
        self.slowest = self.slowest.max(roomy.elapsed());
        Ok((sessions, readers))
    }

    /// When there was room again.
    async fn fill_and_free(
        &mut self,
        server: &mut Server,
        disk: &Disk,
        deed: Deed,
        probe: SessionId,
        ids: &[SessionId],
    ) -> anyhow::Result<Instant> {
        let client = server.client()?;
        let port = server.port();
        full::reach(disk, port, probe).await?;
        self.held += full::running_turns(port).await?;
        self.refused_writes += full::writes_are_refused(port, ids[0]).await?;
        let before = full::reads_go_on(&client, port, ids).await?;
        match deed {
            Deed::Nothing => {}
            Deed::Restart => {
                let (status, _) = server.stop(STOP).await?;
                ensure!(status.success(), "a server on a full disk that was asked to stop ended with {status}");
            }
            Deed::Kill => server.kill().await?,
        }
        if deed != Deed::Nothing {
            self.deaths.push(server::now());
            // A stopped server may have given room back.
            disk.fill()?;
            server.spawn()?;
            server.ready().await.context("a start on a full disk")?;
            full::reach(disk, port, probe).await?;
        }
        let full_since = Instant::now();
        while full_since.elapsed() < FULL {
            sleep(Duration::from_millis(500)).await;
            disk.fill()?;
        }
        self.refused_writes += full::writes_are_refused(port, ids[0]).await?;
        let after = full::reads_go_on(&client, port, ids).await?;
        full::only_grew(&before, &after)?;
        disk.free()?;
        Ok(Instant::now())
    }
}
