//! `GET /harness-examples`: harnesses to begin with, from a file in the binary.

use axum::Json;
use axum::extract::State;
use everruns_core::capability::{CapabilityRef, find};
use everruns_core::harness::HarnessSpec;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::json::parse_yaml;
use crate::named::corrupt;
use crate::problem::Problem;
use crate::state::App;

/// A harness that the server suggests.
#[derive(Serialize, ToSchema)]
pub(crate) struct HarnessExample {
    /// What it is called.
    name: String,
    /// For people.
    display_name: String,
    /// For people.
    description: String,
    /// The harness it would stand on.
    parent_name: Option<String>,
    /// Always false: none is hidden.
    dev_only: bool,
    /// Labels.
    tags: Vec<String>,
    /// The capabilities it switches on itself.
    capabilities: Vec<CapabilityRef>,
}

/// An entry of the file.
#[derive(Deserialize)]
pub(super) struct Entry {
    /// The harness it stands on.
    pub(super) parent_name: Option<String>,
    /// Its settings.
    #[serde(flatten)]
    pub(super) spec: HarnessSpec,
}

/// The examples whose capabilities this server has.
pub(super) fn entries(app: &App) -> Result<Vec<Entry>, Problem> {
    let file = parse_yaml(include_str!("../../../examples/harnesses.yaml")).map_err(corrupt)?;
    let entries: Vec<Entry> = serde_json::from_value(file).map_err(corrupt)?;
    let known = app.engine.tools().capabilities();
    let has_all = |entry: &Entry| entry.spec.layer.capabilities.iter().all(|it| find(known, &it.id).is_some());
    Ok(entries.into_iter().filter(has_all).collect())
}

/// Harnesses that `POST /harnesses/import?from-example=` adopts.
#[utoipa::path(get, path = "/harness-examples", operation_id = "harnesses_examples", tag = "harnesses",
    responses((status = 200, body = Vec<HarnessExample>)))]
pub(crate) async fn examples(State(app): State<App>) -> Result<Json<Vec<HarnessExample>>, Problem> {
    let example = |entry: Entry| HarnessExample {
        display_name: entry.spec.display_name.unwrap_or_else(|| entry.spec.name.clone()),
        name: entry.spec.name,
        description: entry.spec.description.unwrap_or_default(),
        parent_name: entry.parent_name,
        dev_only: false,
        tags: entry.spec.layer.tags,
        capabilities: entry.spec.layer.capabilities,
    };
    Ok(Json(entries(&app)?.into_iter().map(example).collect()))
}
