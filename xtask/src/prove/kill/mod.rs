//! A hundred turns on a server that is killed again and again: nothing that was acknowledged is lost, nothing is done
//! or said twice, and readers who come back see the log as it is.

mod caller;
mod calls;
mod case;
mod deaths;
mod reference;
mod texts;
mod verdict;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use everruns_client::{Client, Event, ListEvents};
use everruns_core::session::SessionStatus;
use everruns_core::{SessionId, Timestamp};
use futures::future::try_join_all;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::random::Random;
use super::server::Server;
use caller::{Called, Reader};
use reference::Reference;
use verdict::Findings;

/// The first messages are posted over this time, milliseconds.
const POSTING_MILLIS: u64 = 40_000;
/// A second message follows the first one after this time, milliseconds.
const STEERING_MILLIS: (u64, u64) = (100, 1_500);
/// Sessions in which messages are posted while the server dies.
const LAST_WORDS: usize = 6;
/// One of so many sessions is read along.
const READ_ALONG: usize = 4;
/// Once nobody kills the server any more, every turn ends within this time.
const SETTLE: Duration = Duration::from_secs(60);
/// A reader may be in the longest wait of its back-off.
const READER: Duration = Duration::from_secs(45);
/// Faults that are shown.
const FAULTS_SHOWN: usize = 20;

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let mut server = Server::start("kill")?;
    server.ready().await?;
    let client = server.client()?;
    let mut cases = case::all();
    cases.extend(std::iter::repeat_n(case::last_words(), LAST_WORDS));
    let references = reference::all(&client, &cases).await?;

    let mut sessions = Vec::with_capacity(cases.len());
    for case in cases {
        sessions.push(Called::new(&client, case).await?);
    }
    let mut last_words = sessions.split_off(case::SESSIONS);
    let mut readers = HashMap::new();
    for called in sessions.iter().step_by(READ_ALONG).chain(&last_words) {
        readers.insert(called.session, Reader::open(&client, called.session).await?);
    }

    let mut random = Random::new(seed);
    let (finish, finished) = watch::channel(false);
    let callers = sessions.into_iter().map(|called| {
        let first = Duration::from_millis(random.between(0, POSTING_MILLIS));
        let second = Duration::from_millis(random.between(STEERING_MILLIS.0, STEERING_MILLIS.1));
        call(client.clone(), called, first, second)
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
    settle(&client, &sessions).await?;

    let readers_count = readers.len();
    let (logs, total) = judge_all(&client, &sessions, readers, &references, &deaths.at).await?;
    if !total.faults.is_empty() {
        let shown: Vec<&str> = total.faults.iter().take(FAULTS_SHOWN).map(String::as_str).collect();
        bail!("{} faults after {} kills:\n{}", total.faults.len(), deaths.at.len(), shown.join("\n"));
    }

    let (recovered, slowest_recovery) = deaths::recoveries(&deaths.at, &logs);
    let acknowledged: usize = sessions.iter().map(|called| called.acknowledged.len()).sum();
    let unanswered: usize = sessions.iter().map(|called| called.unanswered).sum();
    Ok(format!(
        "{} turns, {} kills, 0 lost of {acknowledged} acknowledged messages, 0 doubled, {} ended once; {unanswered} posts \
         without an answer ({} kept), {recovered} recovered restarts, {} unknown outcomes; slowest restart {} ms, slowest \
         recovery {slowest_recovery} ms; {readers_count} readers saw {} events as they stand (seed {seed})",
        total.turns,
        deaths.at.len(),
        total.turns,
        total.unanswered_kept,
        total.unknown_outcomes,
        deaths.slowest_restart.as_millis(),
        total.events_followed,
    ))
}

/// The logs of all sessions, and what they tell together.
async fn judge_all(
    client: &Client,
    sessions: &[Called],
    mut readers: HashMap<SessionId, Reader>,
    references: &HashMap<String, Reference>,
    deaths: &[Timestamp],
) -> anyhow::Result<(Vec<Vec<Event>>, Findings)> {
    let mut logs = Vec::with_capacity(sessions.len());
    let mut total = Findings::default();
    for called in sessions {
        let log = client.events().list(called.session, &ListEvents::default()).await.context("read a log")?;
        let mut findings = verdict::judge(called, &log, &references[&called.case.model], deaths);
        findings.faults.extend(listed(client, called, &log).await?);
        if let Some(reader) = readers.remove(&called.session) {
            findings.faults.extend(reader.compare(&log, READER).await);
            findings.events_followed = log.len() - 1;
        }
        let named = |fault| format!("{} ({}): {fault}", called.session, called.case.model);
        findings.faults = findings.faults.into_iter().map(named).collect();
        total.add(findings);
        logs.push(log);
    }
    Ok((logs, total))
}

async fn call(client: Client, mut called: Called, first: Duration, second: Duration) -> anyhow::Result<Called> {
    sleep(first).await;
    called.post(&client, "first").await?;
    if called.case.steered {
        sleep(second).await;
        called.post(&client, "second").await?;
    }
    Ok(called)
}

/// Waits until no session has a running turn.
async fn settle(client: &Client, sessions: &[Called]) -> anyhow::Result<()> {
    let begun = Instant::now();
    for called in sessions {
        loop {
            let status = client.sessions().get(called.session).await?.status;
            if status == SessionStatus::Idle {
                break;
            }
            if begun.elapsed() > SETTLE {
                let log = client.events().list(called.session, &ListEvents::default()).await?;
                let last = log.last().map(|event| format!("{} {} at {}", event.sequence, event.type_name, event.ts));
                bail!("{} ({}) is still {status:?}; its last event is {last:?}", called.session, called.case.model);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

/// The list of messages must show what the log has, in its order.
async fn listed(client: &Client, called: &Called, log: &[Event]) -> anyhow::Result<Vec<String>> {
    let messages = client.messages().list(called.session).await.context("list messages")?;
    let listed: Vec<i64> = messages.iter().filter_map(|message| message.sequence).collect();
    let carries = |event: &&Event| {
        matches!(event.type_name.as_str(), "input.message" | "output.message.completed" | "tool.completed")
    };
    let stored: Vec<i64> = log.iter().filter(carries).map(|event| event.sequence).collect();
    Ok(if listed == stored { Vec::new() } else { vec![format!("messages {listed:?} are listed, not {stored:?}")] })
}

/// A log with these events, a second apart.
#[cfg(test)]
fn log_of(events: impl IntoIterator<Item = (&'static str, serde_json::Value)>) -> Vec<Event> {
    let at = |second| everruns_core::Timestamp::from_micros(1_776_506_400_000_000).plus_seconds(second);
    let event = |(sequence, (type_name, data)): (i64, (&str, serde_json::Value))| Event {
        id: everruns_core::EventId::from_u128(sequence as u128),
        type_name: type_name.to_owned(),
        ts: at(sequence),
        session_id: everruns_core::SessionId::from_u128(1),
        sequence,
        context: serde_json::Value::Null,
        data,
    };
    (1..).zip(events).map(event).collect()
}
