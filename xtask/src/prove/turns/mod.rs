//! Turns of every kind on a server that something happens to, and the verdict on them afterwards.

pub(in crate::prove) mod caller;
mod calls;
pub(in crate::prove) mod case;
pub(in crate::prove) mod reference;
mod texts;
pub(in crate::prove) mod verdict;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use everruns_client::{Client, Event, ListEvents};
use everruns_core::session::SessionStatus;
use everruns_core::{SessionId, Timestamp};
use tokio::time::{Instant, sleep};

use caller::{Called, Reader};
use reference::Reference;
use verdict::Findings;

/// Once nothing happens to the server any more, every turn ends within this time.
const SETTLE: Duration = Duration::from_secs(60);
/// A reader may be in the longest wait of its back-off.
const READER: Duration = Duration::from_secs(45);

/// The logs of all sessions, and what they tell together.
pub(in crate::prove) async fn judge_all(
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
        let model = &called.case.model;
        let reference = references.get(model).with_context(|| format!("{model} was not tried before"))?;
        let mut findings = verdict::judge(called, &log, reference, deaths);
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

/// Waits until no session has a running turn.
pub(in crate::prove) async fn settle(client: &Client, sessions: &[Called]) -> anyhow::Result<()> {
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
pub(in crate::prove) fn log_of(events: impl IntoIterator<Item = (&'static str, serde_json::Value)>) -> Vec<Event> {
    let at = |second| everruns_core::Timestamp::from_micros(1_776_506_400_000_000).plus_seconds(second);
    let event = |(sequence, (type_name, data)): (i64, (&str, serde_json::Value))| Event {
        id: everruns_core::EventId::from_u128(sequence as u128),
        type_name: type_name.to_owned(),
        ts: at(sequence),
        session_id: everruns_core::SessionId::from_u128(1),
        sequence,
        context: serde_json::Value::Null,
        data,
        extra: serde_json::Map::new(),
    };
    (1..).zip(events).map(event).collect()
}
