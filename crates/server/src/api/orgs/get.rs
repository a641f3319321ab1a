//! `GET /orgs/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::OrgId;

use super::{OrgRow, show};
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// One organization of the caller's.
#[utoipa::path(get, path = "/orgs/{org_id}", operation_id = "orgs_get", tag = "orgs",
    params(("org_id" = OrgId, Path)),
    responses((status = 200, body = OrgRow), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<OrgRow>, Problem> {
    let found = app.engine.store().organization(caller.org).await?.ok_or_else(|| Problem::missing("organization"))?;
    show(&app, found).await.map(Json)
}
