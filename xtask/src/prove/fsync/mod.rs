//! A disk that fails to sync: the server must not go on with what it cannot know, so it ends, and a restart finds all
//! that was acknowledged or shown.

mod shim;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use everruns_core::{SessionId, Timestamp};
use futures::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::random::Random;
use super::server::{self, Server};
use super::turns::caller::{Called, Reader};
use super::turns::{self, case, reference};
use shim::{Failure, Shim};

/// Sessions that are busy each time.
const SESSIONS: usize = 20;
/// First messages are posted over this time, milliseconds; the disk fails in the middle of it.
const POSTING_MILLIS: u64 = 2_000;
const FAILS_AFTER_MILLIS: (u64, u64) = (300, 2_000);
/// A second message follows the first one after this time, milliseconds.
const STEERING_MILLIS: (u64, u64) = (100, 1_000);
/// Once a sync failed, the server ends within this time.
const END: Duration = Duration::from_secs(5);
/// With everybody writing, a sync is asked for within this time, of the database file too.
const SYNC: Duration = Duration::from_secs(60);
/// How the server ends: the word of `sysexits.h` for an error of input or output.
const EXIT: i32 = 74;
/// Large messages fill the log of the database, so that it is copied into the database file.
const LARGE_BYTES: usize = 400_000;
/// One of so many sessions is read along.
const READ_ALONG: usize = 3;

/// Which syncs fail, and how many rounds of it. Once: the next one works, and must not be believed.
const FAILURES: &[(Failure, usize)] = &[(Failure::LogOnce, 8), (Failure::AllAlways, 4), (Failure::DatabaseOnce, 8)];

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let mut server = Server::prepare("fsync")?;
    let shim = Shim::compile(server.directory(), server.data())?;
    for (name, value) in shim.environment() {
        server.set_environment(name, value);
    }
    server.spawn()?;
    server.ready().await?;
    let mut cases = case::mixed(SESSIONS);
    cases.push(case::last_words());
    let references = reference::all(&server.client()?, &cases).await?;

    let mut random = Random::new(seed);
    let mut deaths = Vec::new();
    let (mut sessions, mut readers) = (Vec::new(), HashMap::new());
    let rounds = FAILURES.iter().flat_map(|(failure, count)| std::iter::repeat_n(*failure, *count));
    for (number, failure) in rounds.enumerate() {
        let round = round(&mut server, &shim, failure, &mut random, &mut deaths);
        let (called, read) = round.await.with_context(|| format!("round {number}, {failure:?}"))?;
        sessions.extend(called);
        readers.extend(read);
    }
    let client = server.client()?;
    let (_, total) = turns::judge_all(&client, &sessions, readers, &references, &deaths).await?;
    let total = total.without_faults("failed syncs")?;
    let acknowledged: usize = sessions.iter().map(|called| called.acknowledged.len()).sum();
    let unanswered: usize = sessions.iter().map(|called| called.unanswered).sum();
    Ok(format!(
        "{} failed syncs ({} in commits, {} of the database file), each ended the server with {EXIT}; after the restarts 0 \
         lost of {acknowledged} acknowledged messages, {unanswered} posts without an answer ({} kept), {} turns ended \
         once, {} events that readers saw stand (seed {seed})",
        deaths.len(),
        shim.failed("-wal")?,
        shim.failed(".db")?,
        total.unanswered_kept,
        total.turns,
        total.events_followed,
    ))
}

/// Turns begin, the disk fails, the server ends, starts again, and all turns end.
async fn round(
    server: &mut Server,
    shim: &Shim,
    failure: Failure,
    random: &mut Random,
    deaths: &mut Vec<Timestamp>,
) -> anyhow::Result<(Vec<Called>, HashMap<SessionId, Reader>)> {
    let client = server.client()?;
    let mut sessions = Vec::with_capacity(SESSIONS);
    for case in case::mixed(SESSIONS) {
        sessions.push(Called::new(&client, case).await?);
    }
    let mut heavy = Called::new(&client, case::last_words()).await?;
    let mut readers = HashMap::new();
    for called in sessions.iter().step_by(READ_ALONG) {
        readers.insert(called.session, Reader::open(&client, called.session).await?);
    }
    let fails_after = Duration::from_millis(random.between(FAILS_AFTER_MILLIS.0, FAILS_AFTER_MILLIS.1));
    let callers = sessions.into_iter().map(|called| {
        let first = Duration::from_millis(random.between(0, POSTING_MILLIS));
        let second = Duration::from_millis(random.between(STEERING_MILLIS.0, STEERING_MILLIS.1));
        called.converse(client.clone(), first, second)
    });
    let callers = try_join_all(callers.collect::<Vec<_>>());
    let failing = async {
        sleep(fails_after).await;
        shim.fail(failure)?;
        fails_and_ends(server, shim, &client, &mut heavy).await?;
        deaths.push(server::now());
        shim.heal()?;
        server.spawn()?;
        server.ready().await
    };
    let (mut sessions, ()) = tokio::try_join!(callers, failing)?;
    // It may be that nothing was taken of it before.
    heavy.post(&client, "after the restart").await?;
    sessions.push(heavy);
    turns::settle(&client, &sessions).await?;
    Ok((sessions, readers))
}

/// Writes until a sync has failed, and sees that the server ends then.
async fn fails_and_ends(server: &mut Server, shim: &Shim, client: &Client, heavy: &mut Called) -> anyhow::Result<()> {
    let begun = Instant::now();
    let before = shim.failures()?;
    let mut failed_at = None;
    let status = loop {
        if let Ok(status) = server.ended(Duration::from_millis(20)).await {
            break status;
        }
        if failed_at.is_none() && shim.failures()? > before {
            failed_at = Some(Instant::now());
        }
        ensure!(
            failed_at.is_none_or(|at| at.elapsed() < END),
            "a sync failed and the server goes on: {:?}",
            shim.failed_names()?
        );
        ensure!(begun.elapsed() < SYNC, "nothing was synced");
        // So that there is something to sync, whatever the turns do.
        heavy.post_once(client, &"z".repeat(LARGE_BYTES)).await?;
    };
    ensure!(shim.failures()? > before, "the server ended ({status}) though no sync failed");
    ensure!(status.code() == Some(EXIT), "after a failed sync the server ended with {status}, not with {EXIT}");
    Ok(())
}
