//! `/v1/sessions`: the conversations.

use std::collections::BTreeMap;

use everruns_core::session::Session;
use everruns_core::{AgentId, HarnessId, SessionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::Call;
use crate::page::{self, Items};
use crate::{Client, Error, Page, Seen};

/// The sessions of the caller's organization.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a>(pub(crate) &'a Client);

/// Which sessions to list. The default is the first page of all.
#[derive(Clone, Debug, Default)]
pub struct ListSessions {
    /// Only sessions of this agent.
    pub agent_id: Option<AgentId>,
    /// Only sessions on this harness.
    pub harness_id: Option<HarnessId>,
    /// Only sessions with these files.
    pub workspace_id: Option<WorkspaceId>,
    /// Only forks of this session.
    pub forked_from_session_id: Option<SessionId>,
    /// Only sessions in one of these statuses, such as `idle`; empty: all.
    pub statuses: Vec<String>,
    /// Only sessions that bear all of these tags.
    pub tags: Vec<String>,
    /// Only sessions that the caller pinned, or only others.
    pub is_pinned: Option<bool>,
    /// Those that the caller pinned come first.
    pub pinned_first: bool,
    /// Words that must all occur in the session's texts.
    pub search: Option<String>,
    /// Items to skip.
    pub offset: Option<u32>,
    /// Items per page, at most 100.
    pub limit: Option<u32>,
}

impl ListSessions {
    fn call<'a>(&self, client: &'a Client) -> Call<'a> {
        client
            .get(&["sessions"])
            .query("agent_id", self.agent_id)
            .query("harness_id", self.harness_id)
            .query("workspace_id", self.workspace_id)
            .query("forked_from_session_id", self.forked_from_session_id)
            .each("status", &self.statuses)
            .each("tag", &self.tags)
            .query("is_pinned", self.is_pinned)
            .flag("pinned_first", self.pinned_first)
            .query("search", self.search.as_ref())
    }
}

/// What a cancel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancel {
    /// The running or waiting turn was ended.
    Cancelled,
    /// No turn was running.
    NoOp,
}

/// The answer to a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelOutcome {
    /// What it did.
    pub status: Cancel,
    /// The same for people.
    pub message: String,
}

/// How many sessions there are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SessionStats {
    /// All.
    pub total: u64,
    /// Made, without a turn yet.
    pub started: u64,
    /// A turn runs.
    pub active: u64,
    /// The last turn ended.
    pub idle: u64,
    /// A turn waits for its client.
    pub waiting_for_tool_results: u64,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

impl Sessions<'_> {
    /// Makes a session. `spec` is a [`SessionSpec`] or anything that serializes to such an object.
    ///
    /// [`SessionSpec`]: everruns_core::session::SessionSpec
    pub async fn create<T: Serialize + ?Sized>(&self, spec: &T) -> Result<Seen<Session>, Error> {
        self.0.post(&["sessions"]).json(spec).answer().await
    }

    /// One page of sessions.
    pub async fn list(&self, options: &ListSessions) -> Result<Page<Seen<Session>>, Error> {
        options.call(self.0).query("offset", options.offset).query("limit", options.limit).answer().await
    }

    /// All sessions, page by page, from `offset` on; `limit` does not count.
    pub fn all(&self, options: ListSessions) -> Items<Seen<Session>> {
        page::all(self.0.clone(), options.offset.unwrap_or(0), move |client| options.call(client))
    }

    /// The session with this id.
    pub async fn get(&self, id: SessionId) -> Result<Seen<Session>, Error> {
        self.0.get(&["sessions", &id.to_string()]).answer().await
    }

    /// Changes title, locale or tags, as far as `changes` has them.
    pub async fn update<T: Serialize + ?Sized>(&self, id: SessionId, changes: &T) -> Result<Seen<Session>, Error> {
        self.0.patch(&["sessions", &id.to_string()]).json(changes).answer().await
    }

    /// Deletes the session with its events and files; a running turn is cancelled.
    pub async fn delete(&self, id: SessionId) -> Result<(), Error> {
        self.0.delete(&["sessions", &id.to_string()]).done().await
    }

    /// Cancels the session's turn, if one runs or waits.
    pub async fn cancel(&self, id: SessionId) -> Result<CancelOutcome, Error> {
        self.0.post(&["sessions", &id.to_string(), "cancel"]).answer().await
    }

    /// A new session with this one's past. `changes` may name another title, agent, model, prompt or tags, and where
    /// the past ends.
    pub async fn fork<T: Serialize + ?Sized>(&self, id: SessionId, changes: &T) -> Result<Seen<Session>, Error> {
        self.0.post(&["sessions", &id.to_string(), "fork"]).json(changes).answer().await
    }

    /// Keeps the session at the top of the caller's list.
    pub async fn pin(&self, id: SessionId) -> Result<(), Error> {
        self.0.put(&["sessions", &id.to_string(), "pin"]).done().await
    }

    /// Lets it go from there.
    pub async fn unpin(&self, id: SessionId) -> Result<(), Error> {
        self.0.delete(&["sessions", &id.to_string(), "pin"]).done().await
    }

    /// The conversation, one message per line as JSON.
    pub async fn export(&self, id: SessionId) -> Result<String, Error> {
        self.0.get(&["sessions", &id.to_string(), "export"]).text().await
    }

    /// How many sessions there are.
    pub async fn stats(&self) -> Result<Seen<SessionStats>, Error> {
        self.0.get(&["sessions", "stats"]).answer().await
    }

    /// Gives the session's tools secrets by name; returns how many it holds. They cannot be read back.
    pub async fn set_secrets(&self, id: SessionId, secrets: &BTreeMap<String, String>) -> Result<u64, Error> {
        let call = self.0.put(&["sessions", &id.to_string(), "storage", "secrets"]);
        let answer: Count = call.json(&json!({ "secrets": secrets })).answer().await?;
        Ok(answer.count)
    }
}
