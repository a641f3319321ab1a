//! Three hundred turns on a server that is killed, paused and stopped again and again: nothing that was acknowledged is
//! lost, nothing is done or said twice, and readers who come back see the log as it is.

mod deaths;

use std::collections::HashMap;
use std::time::Duration;

use futures::future::try_join_all;
use tokio::sync::watch;

use super::random::Random;
use super::server::Server;
use super::turns::caller::{Called, Reader};
use super::turns::{self, case, reference};

/// Sessions, each with one turn at least.
const SESSIONS: usize = 300;
/// The first messages are posted over this time, milliseconds: about as long as the deaths take.
const POSTING_MILLIS: u64 = 120_000;
/// A second message follows the first one after this time, milliseconds.
const STEERING_MILLIS: (u64, u64) = (100, 1_500);
/// Sessions in which messages are posted while the server dies.
const LAST_WORDS: usize = 6;
/// One of so many sessions is read along.
const READ_ALONG: usize = 3;

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let mut server = Server::start("kill")?;
    server.ready().await?;
    let client = server.client()?;
    let mut cases = case::mixed(SESSIONS);
    cases.extend(std::iter::repeat_n(case::last_words(), LAST_WORDS));
    let references = reference::all(&client, &cases).await?;

    let mut sessions = Vec::with_capacity(cases.len());
    for case in cases {
        sessions.push(Called::new(&client, case).await?);
    }
    let mut last_words = sessions.split_off(SESSIONS);
    let mut readers = HashMap::new();
    for called in sessions.iter().step_by(READ_ALONG).chain(&last_words) {
        readers.insert(called.session, Reader::open(&client, called.session).await?);
    }

    let mut random = Random::new(seed);
    let (finish, finished) = watch::channel(false);
    let callers = sessions.into_iter().map(|called| {
        let first = Duration::from_millis(random.between(0, POSTING_MILLIS));
        let second = Duration::from_millis(random.between(STEERING_MILLIS.0, STEERING_MILLIS.1));
        called.converse(client.clone(), first, second)
    });
    let callers = try_join_all(callers.collect::<Vec<_>>());
    let calling = async {
        let sessions = callers.await?;
        finish.send_replace(true);
        anyhow::Ok(sessions)
    };
    let killing = deaths::rain(&mut server, &mut random, &mut last_words, finished);
    let (mut sessions, deaths) = tokio::try_join!(calling, killing)?;
    sessions.extend(last_words);
    turns::settle(&client, &sessions).await?;

    let readers_count = readers.len();
    let (logs, total) = turns::judge_all(&client, &sessions, readers, &references, &deaths.at).await?;
    let total = total.without_faults(&format!("{} deaths", deaths.at.len()))?;

    let (recovered, slowest_recovery) = deaths::recoveries(&deaths.at, &logs);
    let acknowledged: usize = sessions.iter().map(|called| called.acknowledged.len()).sum();
    let unanswered: usize = sessions.iter().map(|called| called.unanswered).sum();
    Ok(format!(
        "{} turns, {} kills, {} pauses, {} stops, 0 lost of {acknowledged} acknowledged messages, 0 doubled, {} ended \
         once; {unanswered} posts without an answer ({} kept), {recovered} recovered restarts, {} unknown outcomes; \
         slowest restart {} ms, slowest recovery {slowest_recovery} ms, slowest stop {} ms; {readers_count} readers saw \
         {} events as they stand (seed {seed})",
        total.turns,
        deaths.kills,
        deaths.pauses,
        deaths.stops,
        total.turns,
        total.unanswered_kept,
        total.unknown_outcomes,
        deaths.slowest_restart.as_millis(),
        deaths.slowest_stop.as_millis(),
        total.events_followed,
    ))
}
