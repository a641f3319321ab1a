//! `PATCH /orgs/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::OrgId;

use super::{OrgRow, show};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Changes an organization's name.
#[utoipa::path(patch, path = "/orgs/{org_id}", operation_id = "orgs_update", tag = "orgs",
    params(("org_id" = OrgId, Path)), request_body = super::create::OrgSpec,
    responses((status = 200, body = OrgRow), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<Json<OrgRow>, Problem> {
    let name: Option<String> = fields.optional("name")?;
    let store = app.engine.store();
    let found = match name {
        Some(name) => {
            validate::label("name", &name)?;
            store.rename_organization(caller.org, &name, app.engine.source().now()).await?
        }
        None => store.organization(caller.org).await?,
    };
    found.map(show).map(Json).ok_or_else(|| Problem::missing("organization"))
}
