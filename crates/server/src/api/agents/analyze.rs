//! `POST /agents/analyze`.

use axum::Json;
use axum::extract::State;
use everruns_core::lint::Finding;
use serde::Serialize;
use utoipa::ToSchema;

use super::preview::{AgentPreview, assembled};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What deserves a look.
#[derive(Serialize, ToSchema)]
pub(crate) struct Analysis {
    /// One by one.
    findings: Vec<Finding>,
}

/// Reads an agent's settings and says what is likely a mistake. No model is asked, and nothing is stored.
#[utoipa::path(post, path = "/agents/analyze", operation_id = "agents_analyze", tag = "agents",
    request_body = AgentPreview,
    responses((status = 200, body = Analysis), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn analyze(State(app): State<App>, caller: Caller, fields: Fields) -> Result<Json<Analysis>, Problem> {
    let (_, findings) = assembled(&app, caller, fields).await?;
    Ok(Json(Analysis { findings }))
}
