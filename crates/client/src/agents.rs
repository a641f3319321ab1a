//! `/v1/agents`: what a session is run by.

use std::fmt::Display;

use everruns_core::agent::Agent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::page::{self, Items};
use crate::{Client, Error, Page, Revisions, Seen};

/// The agents of the caller's organization. An agent is named by its id; where the server allows it, by its name.
#[derive(Clone, Copy, Debug)]
pub struct Agents<'a>(pub(crate) &'a Client);

/// Which agents to list. The default is the first page of all live ones.
#[derive(Clone, Debug, Default)]
pub struct ListAgents {
    /// Words that must all occur in the agent's name or texts.
    pub search: Option<String>,
    /// Archived ones too.
    pub include_archived: bool,
    /// Items to skip.
    pub offset: Option<u32>,
    /// Items per page, at most 100.
    pub limit: Option<u32>,
}

impl ListAgents {
    fn call<'a>(&self, client: &'a Client) -> Call<'a> {
        client.get(&["agents"]).query("search", self.search.as_ref()).flag("include_archived", self.include_archived)
    }
}

/// What an agent's prompt and tools come to, before it is saved.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Preview {
    /// The prompt as a model reads it.
    pub system_prompt: String,
    /// The tools a model may call.
    #[serde(default)]
    pub tools: Vec<Value>,
}

#[derive(Deserialize)]
struct NameCheck {
    available: bool,
}

impl<'a> Agents<'a> {
    /// What agents were, and the way back.
    pub fn revisions(&self) -> Revisions<'a, Agent> {
        Revisions::new(self.0, "agents")
    }

    /// Makes an agent, or updates the live one with the same name. `spec` is an [`AgentSpec`] or anything that
    /// serializes to such an object.
    ///
    /// [`AgentSpec`]: everruns_core::agent::AgentSpec
    pub async fn create<T: Serialize + ?Sized>(&self, spec: &T) -> Result<Seen<Agent>, Error> {
        self.0.post(&["agents"]).json(spec).answer().await
    }

    /// One page of agents.
    pub async fn list(&self, options: &ListAgents) -> Result<Page<Seen<Agent>>, Error> {
        options.call(self.0).query("offset", options.offset).query("limit", options.limit).answer().await
    }

    /// All agents, page by page, from `offset` on; `limit` does not count.
    pub fn all(&self, options: ListAgents) -> Items<Seen<Agent>> {
        page::all(self.0.clone(), options.offset.unwrap_or(0), move |client| options.call(client))
    }

    /// The agent; 404 if it is deleted.
    pub async fn get(&self, agent: impl Display) -> Result<Seen<Agent>, Error> {
        self.0.get(&["agents", &agent.to_string()]).answer().await
    }

    /// Changes the fields that `changes` has and leaves the others.
    pub async fn update<T: Serialize + ?Sized>(&self, agent: impl Display, changes: &T) -> Result<Seen<Agent>, Error> {
        self.0.patch(&["agents", &agent.to_string()]).json(changes).answer().await
    }

    /// Makes the agent of this id or name what `spec` says, or makes it.
    pub async fn put<T: Serialize + ?Sized>(&self, agent: impl Display, spec: &T) -> Result<Seen<Agent>, Error> {
        self.0.put(&["agents", &agent.to_string()]).json(spec).answer().await
    }

    /// Takes the agent out of use. Its sessions stay.
    pub async fn delete(&self, agent: impl Display) -> Result<(), Error> {
        self.0.delete(&["agents", &agent.to_string()]).done().await
    }

    /// A new agent with the same configuration and another name.
    pub async fn copy(&self, agent: impl Display) -> Result<Seen<Agent>, Error> {
        self.0.post(&["agents", &agent.to_string(), "copy"]).json(&json!({})).answer().await
    }

    /// Makes an agent of a text: Markdown with front matter, YAML, JSON, or a prompt alone.
    pub async fn import(&self, text: &str) -> Result<Seen<Agent>, Error> {
        self.0.post(&["agents", "import"]).body("text/plain", text.as_bytes().to_vec()).answer().await
    }

    /// Makes an agent of an example of the server's.
    pub async fn import_example(&self, name: &str) -> Result<Seen<Agent>, Error> {
        let call = self.0.post(&["agents", "import"]).query("from-example", Some(name));
        call.body("text/plain", Vec::new()).answer().await
    }

    /// The agent as Markdown with front matter, which [`Agents::import`] takes.
    pub async fn export(&self, agent: impl Display) -> Result<String, Error> {
        self.0.get(&["agents", &agent.to_string(), "export"]).text().await
    }

    /// Sessions, tokens and times of the agent, in numbers.
    pub async fn stats(&self, agent: impl Display) -> Result<Value, Error> {
        self.0.get(&["agents", &agent.to_string(), "stats"]).answer().await
    }

    /// Whether an agent could be made under this name.
    pub async fn check_name(&self, name: &str) -> Result<bool, Error> {
        let answer: NameCheck = self.0.get(&["agents", "check-name"]).query("name", Some(name)).answer().await?;
        Ok(answer.available)
    }

    /// What the prompt and the tools of such an agent come to. Nothing is stored.
    pub async fn preview<T: Serialize + ?Sized>(&self, spec: &T) -> Result<Seen<Preview>, Error> {
        self.0.post(&["agents", "preview"]).json(spec).answer().await
    }
}
