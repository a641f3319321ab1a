//! What callers of the engine do, each on a task of its own, and what they are told.

use everruns_core::agent::{AgentDocument, AgentSpec, Layer};
use everruns_core::capability::CapabilityRef;
use everruns_core::harness::GENERIC;
use everruns_core::message::{ContentPart, Controls, Message, ToolResult};
use everruns_core::session::SessionStatus;
use everruns_core::{AgentId, DEFAULT_PRINCIPAL, Delivery, SessionId, Timestamp};
use everruns_engine::{Cancel, Cancelled, Engine, Error, NewMessage, SubmitError, Subscription};
use everruns_store::{Change, EventQuery, OrgKey, Resource};
use serde_json::json;

use crate::dice::Dice;
use crate::laws::Posted;
use crate::reader::{Got, sent};
use crate::tools::{KIT, of_client};
use crate::world::Shared;

/// What clients do, in the order of the mood's weights.
pub(crate) const ACTIONS: &[Action] = &[
    Action::Post,
    Action::Cancel,
    Action::Submit,
    Action::Edit,
    Action::OpenReader,
    Action::ReadOn,
    Action::List,
    Action::Stranger,
];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Post,
    Cancel,
    Submit,
    Edit,
    OpenReader,
    ReadOn,
    List,
    Stranger,
}

/// What a caller was told.
pub(crate) enum Finished {
    Posted {
        post: usize,
        answer: Result<Message, Error>,
    },
    Cancelled {
        expected_sequence: Option<i64>,
        answer: Result<Cancelled, Error>,
    },
    Submitted {
        sent: usize,
        answer: Result<(usize, SessionStatus), SubmitError>,
    },
    Edited(Result<(), Error>),
    Started {
        node: usize,
        answer: Result<(), Error>,
    },
    ShutDown {
        node: usize,
    },
    /// Another organization asked.
    Stranger {
        answer: Result<(), Error>,
    },
    Listed {
        query: EventQuery,
        known: i64,
        answer: Result<Vec<Got>, Error>,
    },
    Read {
        reader: usize,
        subscription: Subscription,
        answer: Result<Vec<Got>, Error>,
    },
    NoReader {
        reader: usize,
    },
}

/// A caller's way to a node.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) world: Shared,
    pub(crate) engine: Engine,
    pub(crate) org: OrgKey,
    pub(crate) id: SessionId,
}

/// How messages are delivered, in the order of their weights.
const DELIVERIES: &[Delivery] =
    &[Delivery::Steer, Delivery::Queue, Delivery::Interrupt, Delivery::Rollback, Delivery::Reject];

/// The next message that somebody says; `last` is the last event that they know of.
pub(crate) fn said(dice: &mut Dice, place: usize, last: i64) -> Posted {
    let models = [None, None, None, Some("sim/a"), Some("sim/b"), Some("nowhere/c"), Some("sim/a|nowhere/c|sim/b")];
    let model = *dice.pick(&models);
    let delivery = DELIVERIES[dice.weighted(&[10, 5, 2, 2, 1])];
    let expected_sequence = dice.per_mille(150).then(|| expected(dice, last));
    Posted { delivery, model, expected_sequence, ..Posted::new(format!("message {place}")) }
}

/// What a client takes for the last event: mostly rightly.
pub(crate) fn expected(dice: &mut Dice, last: i64) -> i64 {
    if dice.per_mille(700) { last } else { (last - 2 + dice.below(4) as i64).max(0) }
}

/// The organization that owns nothing.
const STRANGER: OrgKey = OrgKey(1_000_007);

impl Client {
    /// Does something on a task of its own.
    pub(crate) fn spawn(&self, work: impl Future<Output = Finished> + Send + 'static) {
        let world = self.world.clone();
        world.lock().in_flight += 1;
        tokio::spawn(async move {
            let finished = work.await;
            let mut world = world.lock();
            world.in_flight -= 1;
            world.finished.push(finished);
        });
    }

    pub(crate) fn post(self, post: usize, said: &Posted) {
        let controls = said.model.map(|model| Controls { model_id: Some(model.to_owned()), ..Controls::default() });
        let new = NewMessage {
            content: vec![ContentPart::text(&said.text)],
            controls,
            delivery: said.delivery,
            expected_sequence: said.expected_sequence,
            ..NewMessage::default()
        };
        let Self { engine, org, id, .. } = self.clone();
        self.spawn(async move { Finished::Posted { post, answer: engine.post_message(org, id, new).await } });
    }

    pub(crate) fn cancel(self, expected_sequence: Option<i64>) {
        let Self { engine, org, id, .. } = self.clone();
        let how = Cancel { reason: None, expected_sequence };
        self.spawn(async move { Finished::Cancelled { expected_sequence, answer: engine.cancel(org, id, how).await } });
    }

    pub(crate) fn submit(self, sent: usize, results: Vec<ToolResult>) {
        let Self { engine, org, id, .. } = self.clone();
        self.spawn(async move { Finished::Submitted { sent, answer: engine.submit_results(org, id, results).await } });
    }

    pub(crate) fn edit(self, agent: Resource) {
        let Self { engine, org, .. } = self.clone();
        self.spawn(async move {
            let change = by_the_client(agent.updated_at);
            let written = engine.store().upsert_resource(org, "agent", &agent, false, &change).await;
            engine.definitions_changed();
            Finished::Edited(written.map(drop).map_err(Error::from))
        });
    }

    pub(crate) fn list(self, query: EventQuery, known: i64) {
        let Self { engine, org, id, .. } = self.clone();
        self.spawn(async move {
            let answer = async {
                let session = engine.session(org, id).await?;
                Ok(sent(&engine.events(&session, &query).await?))
            };
            Finished::Listed { answer: answer.await, query, known }
        });
    }

    /// Another organization tries one thing after the other.
    pub(crate) fn stranger(self, what: usize) {
        let Self { engine, id, .. } = self.clone();
        self.spawn(async move {
            let answer = match what {
                0 => engine.session(STRANGER, id).await.map(drop),
                1 => engine.cancel(STRANGER, id, Cancel::default()).await.map(drop),
                2 => engine.post_message(STRANGER, id, NewMessage::default()).await.map(drop),
                _ => match engine.submit_results(STRANGER, id, Vec::new()).await {
                    Err(SubmitError::Other(error)) => Err(error),
                    _ => Ok(()),
                },
            };
            Finished::Stranger { answer }
        });
    }
}

/// What a client says about calls: right, in part, wrong, twice.
pub(crate) fn results(dice: &mut Dice, open: &[String], nonce: usize) -> Vec<ToolResult> {
    let result = |id: &str, dice: &mut Dice| {
        let error = dice.per_mille(200).then(|| format!("the client failed in {nonce}"));
        let result = (error.is_none() && dice.per_mille(950)).then(|| json!({"of": nonce, "id": id}));
        ToolResult { tool_call_id: id.to_owned(), result, error }
    };
    let mut results: Vec<ToolResult> = Vec::new();
    for id in open {
        if dice.per_mille(750) {
            results.push(result(id, dice));
        }
        if dice.per_mille(100) {
            results.push(result(id, dice));
        }
    }
    if dice.per_mille(if open.is_empty() { 700 } else { 60 }) {
        let id = *dice.pick(&["c0", "c1", "c2", "nobody"]);
        results.push(result(id, dice));
    }
    results
}

/// Who changes the agent.
pub(crate) fn by_the_client(at: Timestamp) -> Change {
    Change { actor: DEFAULT_PRINCIPAL.to_string(), reason: None, at }
}

/// The agent, in one of its shapes.
pub(crate) fn agent(dice: &mut Dice, id: AgentId, version: usize, at: Timestamp) -> Resource {
    let tools = ["ask", "pick"].into_iter().filter(|_| dice.per_mille(850)).map(of_client).collect();
    let layer = Layer {
        capabilities: vec![CapabilityRef { id: KIT.to_owned(), config: serde_json::Value::Null }],
        tools,
        max_iterations: Some(*dice.pick(&[1, 2, 3, 5, 50])),
        parallel_tool_calls: Some(dice.per_mille(700)),
        ..Layer::default()
    };
    let name = format!("sim-{}", id.0.simple());
    let spec = AgentSpec {
        name: name.clone(),
        display_name: None,
        description: None,
        system_prompt: format!("You are version {version}."),
        default_model_id: dice.per_mille(500).then(|| "sim/agent".to_owned()),
        layer,
    };
    let document = AgentDocument { harness_id: GENERIC, spec };
    Resource {
        id: id.to_string(),
        name,
        status: "active".to_owned(),
        version: 1,
        search: String::new(),
        body: serde_json::to_string(&document).expect("an agent is plain JSON"),
        base_id: None,
        name_text: None,
        lineage: None,
        created_at: at,
        updated_at: at,
        retired_at: None,
    }
}
