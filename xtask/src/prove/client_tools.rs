//! Turns that wait for their client's tool results, on a server that is killed while they wait.

use super::server::Server;
use anyhow::{Context as _, ensure};
use everruns_client::event::Event;
use everruns_client::{Client, ListEvents, StreamOptions};
use everruns_core::SessionId;
use everruns_core::agent::Layer;
use everruns_core::event::ToolCallRequested;
use everruns_core::message::ToolResult;
use everruns_core::session::{SessionSpec, SessionStatus};
use everruns_core::tool::{ToolDefinition, ToolKind};
use futures::StreamExt as _;
use serde_json::{Map, json};
use std::time::Duration;
use tokio::time::timeout;

/// Turns that are killed while they wait.
const TURNS: usize = 20;
/// What a turn does next, it does within this time.
const NEXT: Duration = Duration::from_secs(20);
/// Asks for two calls, then tells their results.
const MODEL: &str = r#"llmsim/tool?name=get_weather&arguments={"city":"Paris"}&count=2&text=One moment"#;

pub(super) async fn run() -> anyhow::Result<String> {
    let mut server = Server::start("client-tools")?;
    server.ready().await?;
    let bystander = park(&server.client()?).await.context("the turn that waits all the time")?;
    let mut kills = 0;
    for number in 0..TURNS {
        kills += one_turn(&mut server, number).await.with_context(|| format!("turn {number}"))?;
    }

    // Nobody answered it, so it still waits, and nothing happened to it.
    let client = server.client()?;
    bystander.still_waits(&client, 0).await?;
    bystander.answer(&client, &[0, 1], "sunny").await?;
    bystander.completes(&client, ["sunny"; 2]).await?;
    Ok(format!(
        "{TURNS} turns parked, {kills} kills, 0 lost results, {TURNS} completed with the client's results; a turn that \
         nobody answered waited through all of them"
    ))
}

/// Kills the server while the turn waits, between its two results, and, every other time, right after the last one was
/// acknowledged. How often.
async fn one_turn(server: &mut Server, number: usize) -> anyhow::Result<usize> {
    let parked = park(&server.client()?).await?;
    restart(server).await?;
    let client = server.client()?;
    parked.still_waits(&client, 0).await?;
    let (first, second) = (format!("rain {number}"), format!("snow {number}"));
    parked.answer(&client, &[0], &first).await?;
    restart(server).await?;
    let client = server.client()?;
    parked.still_waits(&client, 1).await?;
    parked.answer(&client, &[1], &second).await?;
    let again = number % 2 == 1;
    if again {
        restart(server).await?;
    }
    parked.completes(&server.client()?, [&first, &second]).await?;
    Ok(2 + usize::from(again))
}

async fn restart(server: &mut Server) -> anyhow::Result<()> {
    server.kill().await?;
    server.spawn()?;
    server.ready().await
}

/// A session whose turn waits for its client.
struct Parked {
    session: SessionId,
    /// The ids of the calls.
    calls: Vec<String>,
    /// The events up to the request.
    events: usize,
}

/// Starts a turn and returns as soon as a reader is asked for results.
async fn park(client: &Client) -> anyhow::Result<Parked> {
    let tool = ToolDefinition {
        kind: ToolKind::ClientSide,
        name: "get_weather".to_owned(),
        description: "Tells the weather in a city.".to_owned(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}}),
        extra: Map::new(),
    };
    let layer = Layer { tools: vec![tool], ..Layer::default() };
    let spec = SessionSpec { model_id: Some(MODEL.to_owned()), layer, ..SessionSpec::default() };
    let session = client.sessions().create(&spec).await?.id;
    client.messages().create(session, "What is the weather in Paris?").await?;
    let asked = next(client, session, "tool.call_requested").await?;
    let request: ToolCallRequested = serde_json::from_value(asked.data)?;
    let calls: Vec<String> = request.tool_calls.into_iter().map(|call| call.id).collect();
    ensure!(calls.len() == 2, "asked for {} calls", calls.len());
    Ok(Parked { session, calls, events: usize::try_from(asked.sequence)? })
}

/// Reads the session along until this happens.
async fn next(client: &Client, session: SessionId, type_name: &str) -> anyhow::Result<Event> {
    let types = vec![type_name.to_owned()];
    let mut events = client.events().stream(session, StreamOptions { types, ..StreamOptions::default() });
    let event = timeout(NEXT, events.next()).await.with_context(|| format!("no {type_name} came"))?;
    Ok(event.context("the stream ended")??)
}

impl Parked {
    async fn log(&self, client: &Client) -> anyhow::Result<Vec<Event>> {
        Ok(client.events().list(self.session, &ListEvents::default()).await?)
    }

    /// The session waits, and the log has nothing new but so many results.
    async fn still_waits(&self, client: &Client, results: usize) -> anyhow::Result<()> {
        let status = client.sessions().get(self.session).await?.status;
        ensure!(status == SessionStatus::WaitingForToolResults, "the session is {status:?} after the restart");
        let log = self.log(client).await?;
        let new: Vec<&str> = log[self.events..].iter().map(|event| event.type_name.as_str()).collect();
        ensure!(new == vec!["tool.completed"; results], "after {results} results the log has {new:?}");
        Ok(())
    }

    /// Answers some of the calls.
    async fn answer(&self, client: &Client, calls: &[usize], answer: &str) -> anyhow::Result<()> {
        let result = |call: &usize| ToolResult {
            tool_call_id: self.calls[*call].clone(),
            result: Some(json!(answer)),
            error: None,
        };
        let results: Vec<ToolResult> = calls.iter().map(result).collect();
        let taken = client.messages().tool_results(self.session, &results).await?;
        ensure!(taken.accepted as usize == calls.len(), "{} results were taken", taken.accepted);
        Ok(())
    }

    /// The turn ends once, with each call answered once and both answers in its text.
    async fn completes(&self, client: &Client, answers: [&str; 2]) -> anyhow::Result<()> {
        next(client, self.session, "session.idled").await?;
        let log = self.log(client).await?;
        let of_type = |name: &'static str| log.iter().filter(move |event| event.type_name == name);
        ensure!(of_type("turn.completed").count() == 1 && log.iter().filter(|event| event.ends_turn()).count() == 1);
        ensure!(of_type("tool.call_requested").count() == 1, "the client was asked twice");
        let answered: Vec<&str> =
            of_type("tool.completed").filter_map(|event| event.data["tool_call_id"].as_str()).collect();
        ensure!(answered == self.calls, "answered: {answered:?}, asked: {:?}", self.calls);
        ensure!(log.iter().zip(1..).all(|(event, sequence)| event.sequence == sequence), "the log has a gap");
        let spoken = of_type("output.message.completed").next_back().context("the agent said nothing")?;
        let text = spoken.data["message"]["content"][0]["text"].as_str().unwrap_or_default();
        let expected = format!("Result: \"{}\", \"{}\"", answers[0], answers[1]);
        ensure!(text == expected, "the agent said {text:?}, not {expected:?}");
        Ok(())
    }
}
