//! `PATCH /models/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use everruns_core::model::ProfileChange;
use everruns_core::{ModelId, ProviderId};
use everruns_store::{ModelChange, Store};
use utoipa::ToSchema;

use super::{ModelRow, capabilities, find, name, profile, show, taken};
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is different from now on; what is absent or null stays.
#[derive(ToSchema)]
#[schema(as = ModelChange)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct ModelUpdate {
    /// What the provider calls it.
    model_id: Option<String>,
    /// For people.
    display_name: Option<String>,
    /// What it can do.
    capabilities: Option<Vec<String>>,
    /// Whether it can be chosen.
    enabled: Option<bool>,
    /// Whether people want it first in lists.
    is_favorite: Option<bool>,
    /// What is to be shown in place of what is known of it. What is absent stays as it is, a member that is null is shown
    /// as it is known, and null for all of it drops everything that was said.
    profile: Option<ProfileChange>,
    /// The provider that it has: it cannot be changed.
    provider_id: Option<ProviderId>,
}

/// Changes the fields that are sent. Of a built-in model `enabled`, `is_favorite` and `profile` can be changed.
#[utoipa::path(patch, path = "/models/{model_id}", operation_id = "models_update", tag = "models",
    params(("model_id" = ModelId, Path)), request_body = ModelUpdate,
    responses((status = 200, body = WithUrls<ModelRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ModelId>,
    mut fields: Fields,
) -> Result<Json<WithUrls<ModelRow>>, Problem> {
    let book = app.engine.book(caller.org).await?;
    let (entry, provider) = find(&book, id)?;
    let change = ModelChange {
        model_id: fields.optional("model_id")?,
        display_name: fields.optional("display_name")?,
        capabilities: fields.optional("capabilities")?,
        enabled: fields.optional("enabled")?,
        is_favorite: fields.optional("is_favorite")?,
        overrides: profile(&mut fields, entry.model.overrides.as_ref())?,
    };
    change.model_id.as_deref().map_or(Ok(()), name)?;
    for (field, text) in [("model_id", &change.model_id), ("display_name", &change.display_name)] {
        text.as_deref().map_or(Ok(()), |text| validate::some_title(field, text))?;
    }
    change.capabilities.as_deref().map_or(Ok(()), capabilities)?;
    let provider_id: Option<ProviderId> = fields.optional("provider_id")?;
    if provider_id.is_some_and(|wanted| wanted != provider.id) {
        return Err(Problem::invalid("provider_id", "cannot be changed; add the model to the other provider"));
    }
    let fixed = change.model_id.is_some() || change.display_name.is_some() || change.capabilities.is_some();
    if provider.is_built_in && fixed {
        return Err(Problem::conflict(
            "The model is built in; only `enabled`, `is_favorite` and `profile` can be changed.",
        ));
    }
    let built_in = provider.is_built_in.then(|| entry.model.clone());
    let at = app.engine.source().now();
    let update = move |store: Arc<Store>| async move {
        store.update_model(caller.org, id, &change, built_in.as_ref(), at).await
    };
    let there = app.engine.change_book(caller.org, update).await.map_err(taken)?;
    if !there {
        return Err(Problem::missing("model"));
    }
    let book = app.engine.book(caller.org).await?;
    let (entry, provider) = find(&book, id)?;
    Ok(Json(show(&app, &book, entry, provider)))
}
