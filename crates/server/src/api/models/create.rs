//! `POST /providers/{id}/models`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::limits::MODELS_MAX;
use everruns_core::model::{Model, ProfileChange, Source};
use everruns_core::{ModelId, ProviderId};
use everruns_store::Store;
use utoipa::ToSchema;

use super::{ModelRow, capabilities, find, name, profile, show, taken};
use crate::api::{Id, providers};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is said of a new model.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct ModelSpec {
    /// What the provider calls it.
    model_id: String,
    /// For people.
    display_name: String,
    /// What it can do; absent: `chat`.
    capabilities: Option<Vec<String>>,
    /// Whether it can be chosen; absent: yes.
    enabled: Option<bool>,
    /// Whether people want it first in lists; absent: no.
    is_favorite: Option<bool>,
    /// What is to be shown in place of what is known of it.
    profile: Option<ProfileChange>,
}

/// Adds a model to a provider: `model_id`, which is what the provider calls it, `display_name`, and perhaps
/// `capabilities`, `enabled`, `is_favorite` and `profile`.
#[utoipa::path(post, path = "/providers/{provider_id}/models", operation_id = "models_create", tag = "models",
    params(("provider_id" = ProviderId, Path)), request_body = ModelSpec,
    responses((status = 201, body = WithUrls<ModelRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(provider_id): Id<ProviderId>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WithUrls<ModelRow>>), Problem> {
    let book = app.engine.book(caller.org).await?;
    providers::find_own(&book, provider_id)?;
    let at = app.engine.source().now();
    let model = Model {
        id: ModelId(app.engine.source().uuid()),
        provider_id,
        model_id: fields.required("model_id")?,
        display_name: fields.required("display_name")?,
        capabilities: fields.optional("capabilities")?.unwrap_or_else(|| vec!["chat".to_owned()]),
        enabled: fields.optional("enabled")?.unwrap_or(true),
        is_favorite: fields.optional("is_favorite")?.unwrap_or(false),
        source: Source::Manual,
        is_stale: false,
        overrides: profile(&mut fields, None)?.flatten(),
        created_at: at,
        updated_at: at,
    };
    name(&model.model_id)?;
    validate::some_title("display_name", &model.display_name)?;
    capabilities(&model.capabilities)?;
    let own = book.entries.iter().filter(|entry| entry.model.source != Source::Predefined).count();
    if own >= MODELS_MAX {
        return Err(Problem::conflict(format!("There are {MODELS_MAX} models already; delete one first.")));
    }
    let id = model.id;
    let create = move |store: Arc<Store>| async move { store.create_model(caller.org, &model).await };
    let there = app.engine.change_book(caller.org, create).await.map_err(taken)?;
    if !there {
        return Err(Problem::missing("provider"));
    }
    app.engine.elect_default_model(caller.org).await?;
    let book = app.engine.book(caller.org).await?;
    let (entry, provider) = find(&book, id)?;
    Ok((StatusCode::CREATED, Json(show(&app, &book, entry, provider))))
}
