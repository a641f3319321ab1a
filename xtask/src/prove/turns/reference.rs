//! What each model says when nothing disturbs it.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, ListEvents, StreamOptions};
use everruns_core::message::Message;
use futures::StreamExt as _;

use super::caller::Called;
use super::case::Case;
use super::texts;
use super::verdict::{self, of_type};

/// What one model says in a calm turn.
#[derive(Clone, Debug, Default)]
pub(in crate::prove) struct Reference {
    /// Beside its tool calls.
    commentary: Option<String>,
    /// As its answer; none: it tells results, which differ from run to run.
    answer: Option<String>,
}

impl Reference {
    /// One that always answers this.
    #[cfg(test)]
    pub(in crate::prove) fn answering(text: &str) -> Self {
        Self { commentary: None, answer: Some(text.to_owned()) }
    }

    /// What the message says otherwise.
    pub(in crate::prove) fn differs(&self, message: &Message) -> Option<String> {
        let asks = message.tool_calls().next().is_some();
        let expected = if asks { self.commentary.as_ref() } else { self.answer.as_ref() };
        let text = message.text();
        let expected = expected.filter(|expected| **expected != text)?;
        Some(format!("the model says {expected:?}, not {text:?}"))
    }
}

/// Runs one turn of each model, all at the same time, on a server that nobody kills.
pub(in crate::prove) async fn all(client: &Client, cases: &[Case]) -> anyhow::Result<HashMap<String, Reference>> {
    let models: HashMap<&str, &Case> = cases.iter().map(|case| (case.model.as_str(), case)).collect();
    let runs = models.values().map(|case| async { Ok((case.model.clone(), one(client, case).await?)) });
    futures::future::join_all(runs).await.into_iter().collect()
}

async fn one(client: &Client, case: &Case) -> anyhow::Result<Reference> {
    let mut called = Called::new(client, case.clone()).await?;
    called.post(client, "undisturbed").await?;
    let mut events = client.events().stream(called.session, StreamOptions::default());
    while let Some(event) = events.next().await {
        if event?.type_name == "session.idled" {
            break;
        }
    }
    let log = client.events().list(called.session, &ListEvents::default()).await?;
    let mut reference = Reference::default();
    for event in of_type(&log, "output.message.completed") {
        let message = texts::completed(event)?.message;
        if message.tool_calls().next().is_some() {
            reference.commentary = Some(message.text());
        } else if case.is_text() || case.model.contains("test_wait") {
            reference.answer = Some(message.text());
        }
    }
    ensure!(called.unanswered + called.refused == 0, "a calm server did not answer");
    let findings = verdict::judge(&called, &log, &reference, &[]);
    ensure!(findings.faults.is_empty(), "{} runs badly undisturbed: {:?}", case.model, findings.faults);
    reference.answer.as_ref().or(reference.commentary.as_ref()).context("a model said nothing")?;
    Ok(reference)
}
