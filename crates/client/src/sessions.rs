//! `/v1/sessions`: the conversations.

use everruns_core::session::{Session, SessionSpec};
use everruns_core::{AgentId, SessionId};
use reqwest::Method;
use serde::Deserialize;

use crate::page::push_some;
use crate::{Client, Error, Page};

/// The sessions of the caller's organization.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a>(pub(crate) &'a Client);

/// Which sessions to list. The default is the first page of all.
#[derive(Clone, Debug, Default)]
pub struct ListSessions {
    /// Only sessions of this agent.
    pub agent_id: Option<AgentId>,
    /// Words that must all occur in the session's texts.
    pub search: Option<String>,
    /// Items to skip.
    pub offset: Option<u32>,
    /// Items per page, at most 100.
    pub limit: Option<u32>,
}

/// What a cancel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancel {
    /// The running or waiting turn was ended.
    Cancelled,
    /// No turn was running.
    NoOp,
}

/// The answer to a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CancelOutcome {
    /// What it did.
    pub status: Cancel,
    /// The same for people.
    pub message: String,
}

impl Sessions<'_> {
    /// Makes a session.
    pub async fn create(&self, spec: &SessionSpec) -> Result<Session, Error> {
        let request = self.0.request(Method::POST, "sessions", &[]).json(spec);
        self.0.call(request).await
    }

    /// One page of sessions.
    pub async fn list(&self, options: &ListSessions) -> Result<Page<Session>, Error> {
        let mut query = Vec::new();
        push_some(&mut query, "agent_id", options.agent_id);
        push_some(&mut query, "search", options.search.as_ref());
        push_some(&mut query, "offset", options.offset);
        push_some(&mut query, "limit", options.limit);
        self.0.call(self.0.request(Method::GET, "sessions", &query)).await
    }

    /// The session with this id.
    pub async fn get(&self, id: SessionId) -> Result<Session, Error> {
        let request = self.0.request(Method::GET, &format!("sessions/{id}"), &[]);
        self.0.call(request).await
    }

    /// Deletes the session with its events and files; a running turn is cancelled.
    pub async fn delete(&self, id: SessionId) -> Result<(), Error> {
        let request = self.0.request(Method::DELETE, &format!("sessions/{id}"), &[]);
        self.0.call_without_answer(request).await.map(drop)
    }

    /// Cancels the session's turn, if one runs or waits.
    pub async fn cancel(&self, id: SessionId) -> Result<CancelOutcome, Error> {
        let request = self.0.request(Method::POST, &format!("sessions/{id}/cancel"), &[]);
        self.0.call(request).await
    }
}
