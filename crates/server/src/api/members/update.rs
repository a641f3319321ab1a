//! `PATCH /orgs/{id}/members/{principal_id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::{OrgId, PrincipalId, Role};
use utoipa::ToSchema;

use super::{MemberRow, check, show};
use crate::api::Words;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What a member may do from now on.
#[derive(ToSchema)]
#[schema(as = MemberChange)]
#[expect(dead_code, reason = "for the OpenAPI document; fields are taken one by one")]
pub(crate) struct MemberUpdate {
    role: Role,
}

/// Gives a member another role. The last owner stays one.
#[utoipa::path(patch, path = "/orgs/{org_id}/members/{principal_id}", operation_id = "members_update", tag = "orgs",
    params(("org_id" = OrgId, Path), ("principal_id" = PrincipalId, Path)), request_body = MemberUpdate,
    responses((status = 200, body = MemberRow), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    path: Words,
    mut fields: Fields,
) -> Result<Json<MemberRow>, Problem> {
    let role: Role = fields.required("role")?;
    let principal: PrincipalId = path.parsed("principal_id")?;
    let store = app.engine.store();
    let member = store.member(caller.org, principal).await?.ok_or_else(|| Problem::missing("member"))?;
    caller.must_be(role.max(member.role), "change this role")?;
    let change = store.set_member_role(caller.org, principal, role).await?;
    app.keys.forget();
    check(change)?;
    Ok(Json(show(everruns_store::Member { role, ..member })))
}
