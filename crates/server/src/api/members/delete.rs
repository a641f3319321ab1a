//! `DELETE /orgs/{id}/members/{principal_id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::{OrgId, PrincipalId, Role};

use super::check;
use crate::api::Words;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Takes a member out of the organization; its keys are no good there from now on. Everybody may leave, except the
/// last owner.
#[utoipa::path(delete, path = "/orgs/{org_id}/members/{principal_id}", operation_id = "members_delete", tag = "orgs",
    params(("org_id" = OrgId, Path), ("principal_id" = PrincipalId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, path: Words) -> Result<StatusCode, Problem> {
    let principal: PrincipalId = path.parsed("principal_id")?;
    let store = app.engine.store();
    let member = store.member(caller.org, principal).await?.ok_or_else(|| Problem::missing("member"))?;
    if principal != caller.principal {
        caller.must_be(Role::Admin.max(member.role), "remove this member")?;
    }
    let change = store.remove_member(caller.org, principal).await?;
    app.keys.forget();
    check(change)?;
    Ok(StatusCode::NO_CONTENT)
}
