//! `GET /orgs`.

use axum::Json;
use axum::extract::State;
use everruns_store::OrgKey;

use super::{OrgRow, show};
use crate::auth::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::state::App;

/// The organizations that the caller can act for, the oldest first.
#[utoipa::path(get, path = "/orgs", operation_id = "orgs_list", tag = "orgs",
    responses((status = 200, body = Page<OrgRow>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<OrgRow>>, Problem> {
    let keys: Vec<OrgKey> = caller.memberships(&app).await?.into_iter().map(|membership| membership.org).collect();
    let mut data: Vec<OrgRow> = Vec::new();
    for organization in app.engine.store().organizations(&keys).await? {
        data.push(show(&app, organization).await?);
    }
    let total = data.len() as i64;
    Ok(Json(Page { data, total, offset: 0, limit: total }))
}
