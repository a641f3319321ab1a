//! What a benchmark talks to: an agent and its sessions.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::http::{Connection, Request};
use crate::load::all;
use crate::target::Target;

/// Connections over which sessions are made.
const MAKERS: u32 = 64;

/// An agent that is there for one kind of benchmark. Its name is constant, so that a server that is measured often
/// does not collect agents.
pub(crate) struct Agent {
    pub(crate) target: Target,
    id: String,
}

impl Agent {
    pub(crate) async fn create(
        target: &Target,
        name: &str,
        model: &str,
        capabilities: &[&str],
    ) -> anyhow::Result<Self> {
        let capabilities: Vec<Value> = capabilities.iter().map(|id| json!({ "ref": id })).collect();
        let body = json!({
            "name": name,
            "system_prompt": "You are concise.",
            "default_model_id": model,
            "capabilities": capabilities,
        });
        let mut connection = Connection::open(target).await?;
        let request = Request::post(target, "agents", &body);
        let answer = connection.exchange_json(&request).await;
        Ok(Self { target: target.clone(), id: id_of(&answer.context("no agent")?)? })
    }

    /// The same agent on a server that was started anew.
    pub(crate) fn at(&self, target: &Target) -> Self {
        Self { target: target.clone(), id: self.id.clone() }
    }

    /// The request that makes a session of this agent.
    pub(crate) fn session_request(&self) -> Request {
        Request::post(&self.target, "sessions", &json!({ "agent_id": self.id }))
    }

    /// Makes a session; returns its id.
    pub(crate) async fn session(&self, connection: &mut Connection) -> anyhow::Result<String> {
        let answer = connection.exchange_json(&self.session_request()).await;
        id_of(&answer.context("no session")?)
    }

    /// Makes so many sessions, over several connections at the same time; returns their ids.
    pub(crate) async fn sessions(&self, count: u32) -> anyhow::Result<Vec<String>> {
        let share = move |maker: u32| count / MAKERS + u32::from(maker < count % MAKERS);
        let make = |maker: u32| {
            let (target, request) = (self.target.clone(), self.session_request());
            async move {
                let mut connection = Connection::open(&target).await?;
                let mut ids = Vec::new();
                for _ in 0..share(maker) {
                    ids.push(id_of(&connection.exchange_json(&request).await?)?);
                }
                Ok(ids)
            }
        };
        Ok(all((0..MAKERS).map(make)).await.context("no sessions")?.concat())
    }

    /// The request that posts a short message to a session.
    pub(crate) fn message_request(&self, session: &str) -> Request {
        self.text_request(session, "What is new? Please answer in one sentence.")
    }

    /// The request that posts a text to a session.
    pub(crate) fn text_request(&self, session: &str, text: &str) -> Request {
        let content = json!([{ "type": "text", "text": text }]);
        let body = json!({ "message": { "role": "user", "content": content } });
        Request::post(&self.target, &format!("sessions/{session}/messages"), &body)
    }
}

/// The id of what was made.
pub(crate) fn id_of(answer: &Value) -> anyhow::Result<String> {
    let id = answer["id"].as_str().context("an answer without an id")?;
    Ok(id.to_owned())
}
