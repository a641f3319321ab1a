//! The key of every provider here is one string that stands nowhere else; it is looked for wherever a key might leak.

use std::path::Path;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, ListSessions, Seen};
use everruns_core::session::Session;
use everruns_simulator::{Failure, Kind, Reply};
use futures::TryStreamExt as _;

use super::stage::Stage;
use super::vendor::VENDORS;
use crate::prove::server::Server;
use crate::prove::wire;

/// The key.
pub(super) const CANARY: &str = "sk-canary-7Hq2vKx9Lm4Tz8Wb1Nc6";

/// How many of a resource are asked for, one by one.
const SOME: usize = 4;

/// What was looked through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Searched {
    /// Routes, the answers to them, and how many of these were no error.
    pub(super) routes: usize,
    pub(super) answers: usize,
    pub(super) found: usize,
    pub(super) events: usize,
    pub(super) files: usize,
    pub(super) bytes: u64,
}

/// Providers repeat the key in what they say of an error: in the body of a refusal, within a stream, and as nonsense.
pub(super) async fn provoke(client: &Client) -> anyhow::Result<()> {
    for vendor in VENDORS {
        let mut stage = Stage::open(client, vendor, &format!("{} repeats the key", vendor.provider_type)).await?;
        let words = || format!("Incorrect API key provided: {CANARY}.");
        let replies = [
            Reply::fail(Failure::status(401).message(words())),
            Reply::text("Hello.").broken_after(0, Failure::new(Kind::Invalid).message(words())),
            Reply::text("Hello.").garbage_after(0, format!("data: {CANARY}\n\n")),
            Reply::fail(Failure::redirect(format!("http://127.0.0.1:1/?key={CANARY}"))),
        ];
        for (place, reply) in replies.into_iter().enumerate() {
            stage.simulator.push(reply);
            let turn = stage.say("Tell me.").await?;
            ensure!(turn.error_code().is_some(), "{}, {place}: the turn did not fail", vendor.provider_type);
            let error = turn.error();
            let is_cleaned = place > 1 || error.contains("[key]");
            ensure!(is_cleaned, "{}, {place}: the error does not tell what was said: {error}", vendor.provider_type);
        }
        stage.lives().await?;
    }
    Ok(())
}

/// Looks through the events of all sessions, through what every GET route answers for some of each resource, and through
/// the files of the server: its log and its database.
pub(super) async fn search(server: &Server, client: &Client) -> anyhow::Result<Searched> {
    let port = server.port();
    let mut searched = Searched::default();
    let sessions: Vec<Seen<Session>> = client.sessions().all(ListSessions::default()).try_collect().await?;
    let sessions: Vec<String> = sessions.iter().map(|session| session.id.to_string()).collect();
    for session in &sessions {
        let path = format!("/v1/sessions/{session}/events");
        let events = wire::text(port, &path).await?;
        ensure!(!events.contains(CANARY), "the key stands in the events of {session}");
        searched.events += events.matches("\"sequence\"").count();
    }
    let some = |ids: Vec<String>| ids.into_iter().take(SOME).collect::<Vec<_>>();
    let breakers = wire::get(port, "/v1/durable/circuit-breakers").await?.to_string();
    let keys = breakers.split("\"key\":\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    let known = [
        ("sessions", some(sessions)),
        ("providers", some(client.providers().list().await?.iter().map(|provider| provider.id.clone()).collect())),
        (
            "models",
            some(client.models().list(&Default::default()).await?.iter().map(|model| model.id.clone()).collect()),
        ),
        ("circuit-breakers", some(keys.collect())),
    ];
    let document = wire::get(port, "/openapi.json").await?;
    let paths = document["paths"].as_object().context("a document without paths")?;
    for (path, methods) in paths.iter().filter(|(path, _)| !path.ends_with("/sse")) {
        if methods.get("get").is_none() {
            continue;
        }
        for path in filled(path, &known) {
            let answer = wire::text(port, &path).await?;
            ensure!(!answer.contains(CANARY), "the key stands in the answer to GET {path}");
            searched.answers += 1;
            searched.found += usize::from(answer.starts_with("HTTP/1.1 200"));
        }
        searched.routes += 1;
    }
    files(server.data(), &mut searched)?;
    let log = server.log()?;
    ensure!(!log.contains(CANARY), "the key stands in the log");
    ensure!(log.contains("DEBUG"), "the log is not at the level of debugging");
    (searched.files, searched.bytes) = (searched.files + 1, searched.bytes + log.len() as u64);
    ensure!(searched.events > 0 && searched.found > 0, "there was nothing to look through: {searched:?}");
    Ok(searched)
}

/// A path with every known id in the place of its parameter. One with a parameter that nothing is known of is asked with
/// a word, since an error may tell too much as well.
fn filled(path: &str, known: &[(&str, Vec<String>)]) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((_, behind)) = rest.split_once('}') else { return vec![path.to_owned()] };
    let noun = before.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let ids = known.iter().find(|(name, _)| *name == noun).map(|(_, ids)| ids.clone());
    let ids = ids.unwrap_or_else(|| vec!["canary".to_owned()]);
    ids.iter().flat_map(|id| filled(&format!("{before}{id}{behind}"), known)).collect()
}

fn files(directory: &Path, searched: &mut Searched) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let kind = std::fs::symlink_metadata(&path)?;
        if kind.is_dir() {
            files(&path, searched)?;
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            ensure!(!String::from_utf8_lossy(&bytes).contains(CANARY), "the key stands in {}", path.display());
            searched.files += 1;
            searched.bytes += bytes.len() as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_filled() {
        #[track_caller]
        fn check(path: &str, expected: &[&str]) {
            let known = [("sessions", vec!["s1".to_owned(), "s2".to_owned()]), ("events", vec!["e".to_owned()])];
            assert_eq!(filled(path, &known), expected);
        }
        check("/v1/sessions", &["/v1/sessions"]);
        check("/v1/sessions/{session_id}", &["/v1/sessions/s1", "/v1/sessions/s2"]);
        check("/v1/sessions/{a}/events/{b}/x", &["/v1/sessions/s1/events/e/x", "/v1/sessions/s2/events/e/x"]);
        check("/v1/agents/{id}", &["/v1/agents/canary"]);
    }
}
