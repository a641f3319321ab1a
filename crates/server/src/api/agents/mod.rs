//! Agents: what sessions are run by. Addressed by id or by name.

pub(crate) mod analyze;
pub(crate) mod check_name;
pub(crate) mod config;
pub(crate) mod copy;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod examples;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod put;
mod spec;
pub(crate) mod stats;
pub(crate) mod update;
pub(crate) mod versions;

use everruns_core::agent::{Agent, AgentDocument, Lineage, Status};
use everruns_core::{AgentId, HarnessId};
use everruns_store::{OrgKey, Resource, SessionsOf};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::harnesses::resolve;
use crate::named::{Named, Wanted, corrupt, read};
use crate::problem::Problem;
use crate::state::{App, Limits};

/// Agents among what has a name.
pub(crate) struct Agents;

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

impl Named for Agents {
    type Id = AgentId;
    type Row = AgentRow;
    const KIND: &'static str = "agent";
    const COLLECTION: &'static str = "agents";
    const BASE: &'static str = "harness_id";
    const SESSIONS: SessionsOf = SessionsOf::Agent;

    fn most(limits: &Limits) -> Option<i64> {
        limits.agents_per_org
    }

    async fn check(app: &App, org: OrgKey, new: &Resource) -> Result<(), Problem> {
        let harness: HarnessId = new.base_id.as_deref().unwrap_or_default().parse().map_err(corrupt)?;
        resolve::live(app, org, &Wanted::Id(harness)).await.map(drop)
    }

    fn row(resource: &Resource, session_count: i64) -> Result<AgentRow, Problem> {
        let document: AgentDocument = read(&resource.body)?;
        let status = if resource.status == "active" { Status::Active } else { Status::Archived };
        let agent = Agent {
            id: resource.id.parse().map_err(corrupt)?,
            harness_id: document.harness_id,
            spec: document.spec,
            lineage: lineage(resource)?,
            status,
            usage: None,
            created_at: resource.created_at,
            updated_at: resource.updated_at,
            archived_at: resource.retired_at.filter(|_| status == Status::Archived),
            deleted_at: None,
        };
        Ok(AgentRow { agent, app_count: 0, session_count })
    }
}

/// Where an agent comes from.
fn lineage(resource: &Resource) -> Result<Lineage, Problem> {
    resource.lineage.as_deref().map_or_else(|| Ok(Lineage::default()), read)
}
