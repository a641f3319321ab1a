//! Harnesses: what sessions start from, the built-in ones and those of the organization. Addressed by id or by name.

pub(crate) mod check_name;
pub(crate) mod config;
pub(crate) mod copy;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod examples;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod resolve;
mod spec;
pub(crate) mod stats;
pub(crate) mod update;

use everruns_core::agent::Status;
use everruns_core::capability::find as find_capability;
use everruns_core::harness::{Harness, built_in};
use everruns_core::limits::HARNESS_DEPTH_MAX;
use everruns_core::{HarnessId, Timestamp};
use everruns_store::{OrgKey, Resource, SessionsOf};
use serde::Serialize;
use utoipa::ToSchema;

use crate::named::{Named, corrupt, read, resource};
use crate::problem::Problem;
use crate::state::{App, Limits};

/// Harnesses among what has a name.
pub(crate) struct Harnesses;

/// A harness in lists and answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct HarnessRow {
    #[serde(flatten)]
    harness: Harness,
    /// Where it stands in its life.
    status: Status,
    /// Whether it came with the server and cannot be changed.
    is_built_in: bool,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
    /// When it was archived.
    archived_at: Option<Timestamp>,
    /// When it was deleted.
    deleted_at: Option<Timestamp>,
    /// Apps that use it.
    app_count: i64,
    /// Sessions on it.
    session_count: i64,
}

impl Named for Harnesses {
    type Id = HarnessId;
    type Row = HarnessRow;
    const KIND: &'static str = "harness";
    const COLLECTION: &'static str = "harnesses";
    const BASE: &'static str = "parent_harness_id";
    const SESSIONS: SessionsOf = SessionsOf::Harness;

    fn most(limits: &Limits) -> Option<i64> {
        limits.harnesses_per_org
    }

    fn built_in(app: &App) -> Vec<Resource> {
        let known = app.engine.tools().capabilities();
        let as_resource = |mut harness: Harness| {
            harness.spec.layer.capabilities.retain(|wanted| find_capability(known, &wanted.id).is_some());
            let body = serde_json::to_string(&harness.spec).ok()?;
            // Their ids carry a time, as all ids do.
            let at = Timestamp::from_micros((harness.id.0.as_u128() >> 80) as i64 * 1_000);
            Some(Resource { created_at: at, updated_at: at, ..resource::<Self>(harness.id, body).ok()? })
        };
        built_in().into_iter().filter_map(as_resource).collect()
    }

    /// The parent is there, the harness is not below itself, and not too many stand on each other.
    async fn check(app: &App, org: OrgKey, new: &Resource) -> Result<(), Problem> {
        let Some(parent) = &new.base_id else { return Ok(()) };
        let field = "parent_harness_id";
        let chain = app.engine.harness_chain(org, parent.parse().map_err(corrupt)?).await?;
        let chain = chain.ok_or_else(|| Problem::invalid(field, "names a harness that is not there"))?;
        if chain.iter().any(|harness| harness.id.to_string() == new.id) {
            return Err(Problem::invalid(field, "must not lead back to the harness itself"));
        }
        let above = app.engine.store().height_above(org, Self::KIND, &new.id, HARNESS_DEPTH_MAX as i64).await?;
        if chain.len() + 1 + usize::try_from(above).unwrap_or(0) > HARNESS_DEPTH_MAX {
            let remedy = format!("puts more than {HARNESS_DEPTH_MAX} harnesses on each other; choose one further down");
            return Err(Problem::invalid(field, remedy));
        }
        Ok(())
    }

    fn row(resource: &Resource, session_count: i64) -> Result<HarnessRow, Problem> {
        let id: HarnessId = resource.id.parse().map_err(corrupt)?;
        let status = if resource.status == "active" { Status::Active } else { Status::Archived };
        Ok(HarnessRow {
            harness: Harness { id, spec: read(&resource.body)? },
            status,
            is_built_in: built_in().iter().any(|known| known.id == id),
            created_at: resource.created_at,
            updated_at: resource.updated_at,
            archived_at: resource.retired_at.filter(|_| status == Status::Archived),
            deleted_at: None,
            app_count: 0,
            session_count,
        })
    }
}
