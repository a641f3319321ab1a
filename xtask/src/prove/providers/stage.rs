//! A session whose model is served by a provider that plays: what is said there, and what becomes of it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::{Client, Event, ListEvents, StreamOptions};
use everruns_core::{EventId, SessionId};
use everruns_simulator::{Reply, Request, Simulator};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::vendor::Vendor;

/// A turn is over within this time, all attempts included.
const TURN: Duration = Duration::from_secs(60);
/// What is said after the fault, and what comes back.
const AFTER: (&str, &str) = ("Are you still there?", "I am still here.");

/// A provider, a model of it, and a session that uses it.
pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) simulator: Simulator,
    pub(super) session: SessionId,
    /// The id of the provider.
    pub(super) provider: String,
    last: Option<EventId>,
}

impl Stage {
    /// Sets all of it up under a name that no other stage has.
    pub(super) async fn open(client: &Client, vendor: &Vendor, name: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (provider, model) = provider(client, vendor, name, &url(&listener)?).await?;
        Self::with(client, Simulator::serve(listener, vendor.settings())?, provider, &model).await
    }

    /// A session that asks `asked` for its model, with a tool.
    pub(super) async fn with(
        client: &Client,
        simulator: Simulator,
        provider: String,
        asked: &str,
    ) -> anyhow::Result<Self> {
        let spec = json!({"model_id": asked, "capabilities": [{"ref": "test_tools"}]});
        let session = client.sessions().create(&spec).await?.id;
        let last = client.events().list(session, &ListEvents::default()).await?.pop().map(|event| event.id);
        Ok(Self { client: client.clone(), simulator, session, provider, last })
    }

    /// Says something and waits until the turn is over; what happened.
    pub(super) async fn say(&mut self, text: &str) -> anyhow::Result<Turn> {
        self.tell(&json!([{"type": "text", "text": text}]), json!({})).await
    }

    /// Says parts of a message with these controls and waits until the turn is over; what happened.
    pub(super) async fn tell(&mut self, parts: &Value, controls: Value) -> anyhow::Result<Turn> {
        let asked = self.simulator.requests().len();
        self.send(parts, controls).await?;
        let events = self.rest().await?;
        let mut requests = self.simulator.requests();
        let requests = requests.split_off(asked);
        Ok(Turn { events, requests })
    }

    /// Says something, without waiting for an answer. The model is told to think.
    pub(super) async fn send(&self, parts: &Value, mut controls: Value) -> anyhow::Result<()> {
        controls["reasoning"] = json!({"effort": "high"});
        let message = json!({"message": {"content": parts}, "controls": controls});
        self.client.messages().send(self.session, &message).await?;
        Ok(())
    }

    /// Reads along until an event of this type comes, but does not move on.
    pub(super) async fn sees(&self, type_name: &str) -> anyhow::Result<Event> {
        let options = StreamOptions { since_id: self.last, types: vec![type_name.to_owned()], ..Default::default() };
        let mut events = self.client.events().stream(self.session, options);
        let event = timeout(TURN, events.next()).await.with_context(|| format!("no {type_name} came"))?;
        Ok(event.context("the stream ended")??)
    }

    /// Waits until the turn is over; all that happened since the last one was.
    pub(super) async fn rest(&mut self) -> anyhow::Result<Vec<Event>> {
        let idled = self.sees("session.idled").await?;
        let options = ListEvents { since_id: self.last, ..ListEvents::default() };
        let events = self.client.events().list(self.session, &options).await?;
        self.last = Some(idled.id);
        Ok(events)
    }

    /// The session lives: what is said next is asked lawfully and answered.
    pub(super) async fn lives(&mut self) -> anyhow::Result<()> {
        self.simulator.push(Reply::text(AFTER.1));
        let turn = self.say(AFTER.0).await.context("the message after it")?;
        let statuses: Vec<Option<u16>> = turn.requests.iter().map(|request| request.status).collect();
        ensure!(statuses == [Some(200)], "the message after it was asked for with {statuses:?}: {:#?}", turn.bodies());
        ensure!(turn.text() == AFTER.1, "the message after it was answered with {:?}", turn.text());
        turn.is_well_formed()
    }
}

/// Makes a provider and finds, or makes, its model; their ids.
pub(super) async fn provider(
    client: &Client,
    vendor: &Vendor,
    name: &str,
    url: &str,
) -> anyhow::Result<(String, String)> {
    let provider = client.providers().create(&vendor.spec(name, url)).await.context("make a provider")?.id.clone();
    let known = client.models().list_of(&provider).await?;
    let model = match known.iter().find(|model| model.model_id == vendor.model) {
        Some(model) => model.id.clone(),
        None => {
            let spec = json!({"model_id": vendor.model, "display_name": vendor.model});
            client.models().create(&provider, &spec).await.context("make a model")?.id.clone()
        }
    };
    Ok((provider, model))
}

/// The address of a socket, as a provider's.
pub(super) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// What happened in a turn.
pub(super) struct Turn {
    pub(super) events: Vec<Event>,
    /// What the provider was asked.
    pub(super) requests: Vec<Request>,
}

impl Turn {
    /// The events of a type.
    pub(super) fn of(&self, type_name: &str) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.type_name == type_name)
    }

    /// The types in their order; several of the same in a row are one.
    pub(super) fn log(&self) -> Vec<&str> {
        let mut types: Vec<&str> = self.events.iter().map(|event| event.type_name.as_str()).collect();
        types.dedup();
        types
    }

    /// The last thing that the agent said.
    pub(super) fn text(&self) -> String {
        self.of("output.message.completed").last().map(text).unwrap_or_default()
    }

    /// The code that the turn failed with.
    pub(super) fn error_code(&self) -> Option<&str> {
        self.of("turn.failed").next()?.data["error_code"].as_str()
    }

    /// What the last call of the model failed with, in the provider's words.
    pub(super) fn error(&self) -> &str {
        let called = self.of("llm.generation").last();
        called.and_then(|event| event.data["metadata"]["error"].as_str()).unwrap_or_default()
    }

    /// How long was waited between the calls, milliseconds, as the log tells.
    pub(super) fn waited(&self) -> u64 {
        let waits = self.of("llm.generation").map(|event| &event.data["metadata"]["retry"]["total_wait_ms"]);
        waits.filter_map(Value::as_u64).sum()
    }

    /// How often the model was asked in the reason step that took the most, as the log tells.
    pub(super) fn attempts(&self) -> u64 {
        let retries = self.of("llm.generation").map(|event| &event.data["metadata"]["retry"]["attempts"]);
        retries.filter_map(Value::as_u64).max().unwrap_or(1)
    }

    /// The bodies of the requests.
    pub(super) fn bodies(&self) -> Vec<&Value> {
        self.requests.iter().map(|request| &request.body).collect()
    }

    /// What readers were shown of a message, and not told to drop, is its text; of an answer that failed it is nothing.
    fn shows_what_it_says(&self) -> anyhow::Result<()> {
        let mut shown = String::new();
        for event in &self.events {
            match event.type_name.as_str() {
                "output.message.started" => shown.clear(),
                "output.message.delta" => shown.push_str(event.data["delta"].as_str().unwrap_or_default()),
                "output.message.completed" => {
                    let said = if event.data["error_code"].is_null() { text(event) } else { String::new() };
                    ensure!(shown == said, "readers were shown {shown:?}, and {said:?} was said");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What holds for every turn: it begins and ends once, nothing comes behind its end but `session.idled`, and what
    /// readers were shown and not told to drop is what was said in the end.
    pub(super) fn is_well_formed(&self) -> anyhow::Result<()> {
        let log = self.log();
        ensure!(log.first() == Some(&"input.message"), "it begins with {log:?}");
        ensure!(self.of("turn.started").count() == 1, "it is started more than once: {log:?}");
        ensure!(self.events.iter().filter(|event| event.ends_turn()).count() == 1, "it has not one end: {log:?}");
        ensure!(
            self.events.iter().rev().nth(1).is_some_and(Event::ends_turn),
            "something comes after its end: {log:?}"
        );
        ensure!(log.last() == Some(&"session.idled"), "it does not end idle: {log:?}");
        let gapless = self.events.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1);
        ensure!(gapless, "the log has a gap");
        self.shows_what_it_says()?;
        let failed = self.of("turn.failed").next();
        if let Some(failed) = failed {
            let said = self.of("output.message.completed").last().context("the failure is not told")?;
            ensure!(said.data["error_code"] == failed.data["error_code"], "the message tells another code: {said:?}");
            let sentence = failed.data["error"].as_str().unwrap_or_default();
            ensure!(!sentence.is_empty(), "the failure has no sentence");
        }
        let generations: Vec<&Value> =
            self.of("llm.generation").map(|event| &event.data["metadata"]["success"]).collect();
        ensure!(
            generations.last() == Some(&&Value::Bool(failed.is_none())),
            "the record of the call tells another end: {generations:?}"
        );
        Ok(())
    }
}

/// The text of a message.
fn text(event: &Event) -> String {
    let parts = event.data["message"]["content"].as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"].as_str()).collect()
}
