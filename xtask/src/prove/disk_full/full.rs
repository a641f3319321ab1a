//! What a server does while its disk is full: it says so to writers, and goes on serving readers.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, Event, ListEvents};
use everruns_core::SessionId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::disk::Disk;
use crate::prove::turns::caller::Called;
use crate::prove::wire::{self, Answer};

/// Messages that are posted until one is refused are this large: the database's files may have some room inside.
const PROBE_BYTES: usize = 200_000;
/// Until the first refusal.
const FULL: Duration = Duration::from_secs(30);
/// A stream has its first frame within this time.
const STREAM: Duration = Duration::from_secs(5);

/// Fills the disk and posts until the server says that it is full. `probe` is a session of its own.
pub(super) async fn reach(disk: &Disk, port: u16, probe: SessionId) -> anyhow::Result<()> {
    let begun = Instant::now();
    let path = format!("/v1/sessions/{probe}/messages");
    let body = json!({"message": {"content": [{"type": "text", "text": "x".repeat(PROBE_BYTES)}]}});
    loop {
        disk.fill()?;
        let answer = wire::call(port, "POST", &path, Some(&body)).await?;
        if answer.status != 201 {
            return refusal(&answer).context("the first post that did not fit");
        }
        ensure!(begun.elapsed() < FULL, "posts are taken though the disk is full");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Each kind of write is refused as it should be. How many were tried.
pub(super) async fn writes_are_refused(port: u16, session: SessionId) -> anyhow::Result<usize> {
    let text = "y".repeat(PROBE_BYTES);
    let message = json!({"message": {"content": [{"type": "text", "text": text}]}});
    let writes = [
        ("POST", format!("/v1/sessions/{session}/messages"), message),
        ("POST", "/v1/sessions".to_owned(), json!({"system_prompt": text})),
        ("POST", "/v1/agents".to_owned(), json!({"name": "full", "system_prompt": text})),
    ];
    for (method, path, body) in &writes {
        let answer = wire::call(port, method, path, Some(body)).await?;
        refusal(&answer).with_context(|| format!("{method} {path} on a full disk"))?;
    }
    Ok(writes.len())
}

fn refusal(answer: &Answer) -> anyhow::Result<()> {
    let code = answer.body["code"].as_str().unwrap_or_default();
    ensure!(answer.status == 503 && code == "unavailable", "the answer is {} {}", answer.status, answer.body);
    let seconds = answer.header("retry-after").and_then(|value| value.parse::<u64>().ok());
    ensure!(seconds.is_some_and(|seconds| seconds > 0), "the answer has no `Retry-After`");
    ensure!(answer.body["retry_after_seconds"].as_u64() == seconds, "the body names another time than `Retry-After`");
    Ok(())
}

/// Everything that only reads goes on. The logs of the sessions, in their order.
pub(super) async fn reads_go_on(client: &Client, port: u16, sessions: &[SessionId]) -> anyhow::Result<Vec<Vec<Event>>> {
    let session = sessions.first().context("no session")?;
    for path in ["/health", "/ready", "/v1/sessions", "/v1/agents"] {
        wire::get(port, path).await.context("on a full disk")?;
    }
    wire::get(port, &format!("/v1/sessions/{session}/messages")).await.context("on a full disk")?;
    let path = format!("/v1/sessions/{session}/sse?after_sequence=0");
    let mut socket = wire::send(port, "GET", &path, None, None).await?;
    let mut raw = Vec::new();
    let first = async {
        while wire::parts(&raw)?.map_or(Ok(0), |(_, body)| wire::frames(&body).map(|(frames, _)| frames.len()))? < 2 {
            ensure!(wire::read_more(&mut socket, &mut raw, usize::MAX).await?, "a stream ended");
        }
        Ok(())
    };
    timeout(STREAM, first).await.context("a stream has no event while the disk is full")??;
    let mut logs = Vec::with_capacity(sessions.len());
    for session in sessions {
        logs.push(client.events().list(*session, &ListEvents::default()).await.context("read a log on a full disk")?);
    }
    Ok(logs)
}

/// Nothing that somebody saw was taken back.
pub(super) fn only_grew(before: &[Vec<Event>], after: &[Vec<Event>]) -> anyhow::Result<()> {
    for (before, after) in before.iter().zip(after) {
        ensure!(
            after.len() >= before.len() && before.iter().zip(after).all(|(before, after)| before == after),
            "{} events were shown and the log has others now",
            before.len()
        );
    }
    Ok(())
}

/// The ids of the sessions.
pub(super) fn ids(sessions: &[Called]) -> Vec<SessionId> {
    sessions.iter().map(|called| called.session).collect()
}

/// How many turns the server runs.
pub(super) async fn running_turns(port: u16) -> anyhow::Result<u64> {
    let ready: Value = wire::get(port, "/ready").await?;
    ready["running_turns"].as_u64().context("`/ready` does not tell the running turns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::turns::log_of;

    #[test]
    fn a_log_only_grows() {
        #[track_caller]
        fn check(before: &[&'static str], after: &[&'static str], holds: bool) {
            let log = |names: &[&'static str]| vec![log_of(names.iter().map(|name| (*name, Value::Null)))];
            assert_eq!(only_grew(&log(before), &log(after)).is_ok(), holds);
        }
        check(&["a", "b"], &["a", "b"], true);
        check(&["a"], &["a", "b"], true);
        check(&["a", "b"], &["a"], false);
        check(&["a", "b"], &["a", "c"], false);
    }
}
