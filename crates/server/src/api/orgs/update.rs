//! `PATCH /orgs/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use everruns_core::OrgId;
use everruns_store::Store;
use utoipa::ToSchema;

use super::{OrgRow, show};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is different from now on; what is absent stays.
#[derive(ToSchema)]
#[schema(as = OrganizationChange)]
#[expect(dead_code, reason = "for the OpenAPI document; fields are taken one by one")]
pub(crate) struct OrgUpdate {
    /// What people call it.
    name: Option<String>,
    /// The model of sessions that name none: an id, `provider/model` or a name; null: the server's default.
    default_model_id: Option<String>,
}

/// Changes an organization's name or its default model.
#[utoipa::path(patch, path = "/orgs/{org_id}", operation_id = "orgs_update", tag = "orgs",
    params(("org_id" = OrgId, Path)), request_body = OrgUpdate,
    responses((status = 200, body = OrgRow), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<Json<OrgRow>, Problem> {
    let name: Option<String> = fields.optional("name")?;
    name.as_deref().map_or(Ok(()), |name| validate::label("name", name))?;
    let no_model = fields.is_null("default_model_id");
    let model: Option<String> = fields.optional("default_model_id")?;
    let model = match model {
        Some(text) => {
            let chosen = app.engine.book(caller.org).await?.choose(&text);
            Some(chosen.map_err(|error| Problem::invalid("default_model_id", error))?.served_by.model_id)
        }
        None => None,
    };
    let (store, at) = (app.engine.store(), app.engine.source().now());
    if let Some(name) = name {
        store.rename_organization(caller.org, &name, at).await?;
    }
    if model.is_some() || no_model {
        let set = move |store: Arc<Store>| async move { store.set_default_model(caller.org, model, None, at).await };
        app.engine.change_book(caller.org, set).await?;
    }
    let found = store.organization(caller.org).await?.ok_or_else(|| Problem::missing("organization"))?;
    show(&app, found).await.map(Json)
}
