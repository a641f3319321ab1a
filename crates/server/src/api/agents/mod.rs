//! Agents: create (an existing name or id is updated), list, get, delete.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;

use everruns_core::HarnessId;
use everruns_core::agent::{Agent, AgentSpec, Status};
use everruns_store::Resource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

/// The word for agents among the resources.
pub(crate) const KIND: &str = "agent";

/// What the database keeps of an agent.
#[derive(Serialize, Deserialize)]
struct Document {
    harness_id: HarnessId,
    #[serde(flatten)]
    spec: AgentSpec,
}

/// An agent in lists and answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentRow {
    #[serde(flatten)]
    agent: Agent,
    /// Apps that use it.
    app_count: i64,
    /// Sessions with it.
    session_count: i64,
}

/// An agent as the API shows it.
async fn show(app: &App, org: everruns_store::OrgKey, resource: &Resource) -> Result<WithUrls<AgentRow>, Problem> {
    let corrupt = |error: String| everruns_store::Error::Corrupt(error);
    let document: Document = serde_json::from_str(&resource.body).map_err(|error| corrupt(error.to_string()))?;
    let id: everruns_core::AgentId = resource.id.parse().map_err(|error| corrupt(format!("{error}")))?;
    let query = everruns_store::SessionQuery { agent_id: Some(id), limit: 0, ..Default::default() };
    let (_, session_count) = app.engine.store().list_sessions(org, &query).await?;
    let status = if resource.status == "active" { Status::Active } else { Status::Archived };
    let agent = Agent {
        id,
        harness_id: document.harness_id,
        spec: document.spec,
        status,
        usage: None,
        created_at: resource.created_at,
        updated_at: resource.updated_at,
        archived_at: resource.retired_at.filter(|_| status == Status::Archived),
        deleted_at: None,
    };
    let row = AgentRow { agent, app_count: 0, session_count };
    Ok(WithUrls::new(row, "agents", &id, &app.settings.public_url))
}
