//! Organizations: create, list, get, update.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;

use std::collections::BTreeMap;

use everruns_core::{ModelId, OrgId, Timestamp};
use everruns_store::Organization;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::App;

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrgRow {
    id: OrgId,
    name: String,
    /// Which provider serves what; none is chosen for a whole organization.
    default_provider_per_service: BTreeMap<String, String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// There is nothing to be set up first.
    onboarding_completed_at: Timestamp,
    /// The model of sessions that name none, nor do their agent and harness; null: the server's default.
    default_model_id: Option<ModelId>,
}

/// An organization as the API shows it.
async fn show(app: &App, organization: Organization) -> Result<OrgRow, Problem> {
    let default_model_id = app.engine.book(organization.key).await?.default_model;
    Ok(OrgRow {
        id: organization.id,
        name: organization.name,
        default_provider_per_service: BTreeMap::new(),
        created_at: organization.created_at,
        updated_at: organization.updated_at,
        onboarding_completed_at: organization.created_at,
        default_model_id,
    })
}
