//! What a benchmark talks to: an agent and its sessions.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::http::{Connection, Request};
use crate::target::Target;

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

    /// The request that makes a session of this agent.
    pub(crate) fn session_request(&self) -> Request {
        Request::post(&self.target, "sessions", &json!({ "agent_id": self.id }))
    }

    /// Makes a session; returns its id.
    pub(crate) async fn session(&self, connection: &mut Connection) -> anyhow::Result<String> {
        let answer = connection.exchange_json(&self.session_request()).await;
        id_of(&answer.context("no session")?)
    }

    /// The request that posts a message to a session.
    pub(crate) fn message_request(&self, session: &str) -> Request {
        let content = json!([{ "type": "text", "text": "What is new? Please answer in one sentence." }]);
        let body = json!({ "message": { "role": "user", "content": content } });
        Request::post(&self.target, &format!("sessions/{session}/messages"), &body)
    }
}

fn id_of(answer: &Value) -> anyhow::Result<String> {
    let id = answer["id"].as_str().context("an answer without an id")?;
    Ok(id.to_owned())
}
