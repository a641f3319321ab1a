//! `/v1/agents`: what a session is run by.

use everruns_core::AgentId;
use everruns_core::agent::{Agent, AgentSpec};
use reqwest::Method;

use crate::page::push_some;
use crate::{Client, Error, Page};

/// The agents of the caller's organization.
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

impl Agents<'_> {
    /// Makes an agent, or updates the live one with the same name.
    pub async fn create(&self, spec: &AgentSpec) -> Result<Agent, Error> {
        let request = self.0.request(Method::POST, "agents", &[]).json(spec);
        self.0.call(request).await
    }

    /// One page of agents.
    pub async fn list(&self, options: &ListAgents) -> Result<Page<Agent>, Error> {
        let mut query = Vec::new();
        push_some(&mut query, "search", options.search.as_ref());
        push_some(&mut query, "include_archived", options.include_archived.then_some(true));
        push_some(&mut query, "offset", options.offset);
        push_some(&mut query, "limit", options.limit);
        self.0.call(self.0.request(Method::GET, "agents", &query)).await
    }

    /// The agent with this id; 404 if it is deleted.
    pub async fn get(&self, id: AgentId) -> Result<Agent, Error> {
        let request = self.0.request(Method::GET, &format!("agents/{id}"), &[]);
        self.0.call(request).await
    }

    /// Takes the agent out of use. Its sessions stay.
    pub async fn delete(&self, id: AgentId) -> Result<(), Error> {
        let request = self.0.request(Method::DELETE, &format!("agents/{id}"), &[]);
        self.0.call_without_answer(request).await.map(drop)
    }
}
