//! `GET /orgs/{id}/members`.

use axum::Json;
use axum::extract::State;
use everruns_core::OrgId;
use everruns_core::limits::MEMBERS_PER_ORG_MAX;

use super::{MemberRow, show};
use crate::auth::Caller;
use crate::page::Page;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The members of an organization, the oldest first.
#[utoipa::path(get, path = "/orgs/{org_id}/members", operation_id = "members_list", tag = "orgs",
    params(("org_id" = OrgId, Path)),
    responses((status = 200, body = Page<MemberRow>), (status = 404, body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<MemberRow>>, Problem> {
    let members = app.engine.store().members(caller.org, MEMBERS_PER_ORG_MAX).await?;
    let data: Vec<MemberRow> = members.into_iter().map(show).collect();
    let total = data.len() as i64;
    Ok(Json(Page { data, total, offset: 0, limit: MEMBERS_PER_ORG_MAX }))
}
