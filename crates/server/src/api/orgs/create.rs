//! `POST /orgs`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::OrgId;
use everruns_core::limits::ORGS_PER_PRINCIPAL_MAX;
use utoipa::ToSchema;

use super::{OrgRow, show};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is said of an organization.
#[derive(ToSchema)]
#[schema(as = OrganizationSpec)]
#[expect(dead_code, reason = "for the OpenAPI document; fields are taken one by one")]
pub(crate) struct OrgSpec {
    /// What people call it.
    name: String,
}

/// Makes an organization, of which the caller is the owner.
#[utoipa::path(post, path = "/orgs", operation_id = "orgs_create", tag = "orgs", request_body = OrgSpec,
    responses((status = 201, body = OrgRow), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<(StatusCode, Json<OrgRow>), Problem> {
    let name: String = fields.required("name")?;
    validate::label("name", &name)?;
    if caller.key.is_some_and(|key| key.is_bound) {
        let detail = "This key is for one organization alone; use one that is for all of its principal's.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    }
    let store = app.engine.store();
    if store.memberships(caller.principal).await?.len() >= ORGS_PER_PRINCIPAL_MAX {
        let detail = format!("The caller belongs to {ORGS_PER_PRINCIPAL_MAX} organizations already.");
        return Err(Problem::conflict(detail));
    }
    let (id, at) = (OrgId(app.engine.source().uuid()), app.engine.source().now());
    let key = store.found_organization(id, &name, caller.principal, at).await?;
    app.keys.forget();
    let made = store.organization(key).await?.ok_or_else(|| Problem::missing("organization"))?;
    Ok((StatusCode::CREATED, Json(show(&app, made).await?)))
}
