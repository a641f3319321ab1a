//! `GET /users/me`.

use axum::Json;
use axum::extract::State;
use everruns_core::{KeyId, OrgId, PrincipalId, Role, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    id: PrincipalId,
    name: String,
    /// Empty if none is known.
    email: String,
    /// The role in the organization that the request acts for.
    roles: Vec<Role>,
    created_at: Timestamp,
    /// The organization that the request acts for.
    organization_id: OrgId,
    /// All that `X-Org-Id` can name.
    organizations: Vec<MyOrganization>,
    /// The key that was shown.
    key_id: Option<KeyId>,
}

/// One of the caller's organizations.
#[derive(Serialize, ToSchema)]
pub(crate) struct MyOrganization {
    id: OrgId,
    role: Role,
}

/// Who the caller is, and what it may do where.
#[utoipa::path(get, path = "/users/me", operation_id = "users_me", tag = "users",
    responses((status = 200, body = Me), (status = 404, body = ProblemBody)))]
pub(crate) async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Me>, Problem> {
    let principal = app.engine.store().principal(caller.principal).await?;
    let principal = principal.ok_or_else(|| Problem::missing("principal"))?;
    let memberships = caller.memberships(&app).await?;
    Ok(Json(Me {
        id: caller.principal,
        name: principal.name,
        email: principal.email.unwrap_or_default(),
        roles: vec![caller.role],
        created_at: principal.created_at,
        organization_id: caller.org_id,
        organizations: memberships.iter().map(|one| MyOrganization { id: one.org_id, role: one.role }).collect(),
        key_id: caller.key.map(|key| key.id),
    }))
}
