//! `POST /orgs/{id}/members`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::limits::MEMBERS_PER_ORG_MAX;
use everruns_core::{OrgId, PrincipalId, Role};
use everruns_store::Member;
use utoipa::ToSchema;

use super::{MemberRow, show};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Who shall be a member.
#[derive(ToSchema)]
#[schema(as = MemberSpec)]
#[expect(dead_code, reason = "for the OpenAPI document; fields are taken one by one")]
pub(crate) struct MemberSpec {
    /// A principal that exists, of another organization as a rule; absent: a new one.
    principal_id: Option<PrincipalId>,
    /// What people call a new one.
    name: Option<String>,
    /// Where a new one is written to.
    email: Option<String>,
    /// What it may do.
    role: Role,
}

/// Adds a member: a new principal by `name`, or one that exists by `principal_id`.
#[utoipa::path(post, path = "/orgs/{org_id}/members", operation_id = "members_create", tag = "orgs",
    params(("org_id" = OrgId, Path)), request_body = MemberSpec,
    responses((status = 201, body = MemberRow), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<(StatusCode, Json<MemberRow>), Problem> {
    let known: Option<PrincipalId> = fields.optional("principal_id")?;
    let role: Role = fields.required("role")?;
    caller.must_be(role, "give this role")?;
    let store = app.engine.store();
    if store.count_members(caller.org).await? >= MEMBERS_PER_ORG_MAX {
        let detail = format!("The organization has {MEMBERS_PER_ORG_MAX} members already; remove some first.");
        return Err(Problem::conflict(detail));
    }
    let at = app.engine.source().now();
    let member = match known {
        Some(principal) => {
            let added = store.add_member(caller.org, principal, role, at).await.map_err(|error| match error {
                everruns_store::Error::Conflict(_) => Problem::conflict("It is a member already."),
                error => error.into(),
            })?;
            added.ok_or_else(|| Problem::missing("principal"))?
        }
        None => {
            let name: String = fields.required("name")?;
            let email: Option<String> = fields.optional("email")?;
            validate::label("name", &name)?;
            validate::title("email", email.as_deref())?;
            let principal = PrincipalId(app.engine.source().uuid());
            let member = Member { principal, name, email, role, created_at: at };
            store.create_member(caller.org, &member).await?;
            member
        }
    };
    app.keys.forget();
    Ok((StatusCode::CREATED, Json(show(member))))
}
