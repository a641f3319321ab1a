//! `POST /providers/{id}/sync-models`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::limits::MODELS_MAX;
use everruns_core::model::book::Entry;
use everruns_core::model::{Model, Source};
use everruns_core::{ModelId, ProviderId};
use everruns_engine::{NotTold, Told};
use everruns_store::{Store, Synced};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::api::Id;
use crate::api::models::name;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What became of the models.
#[derive(Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum SyncAnswer {
    /// The provider told its models.
    Success {
        /// Models that are new.
        created: i64,
        /// Models that were known.
        updated: i64,
        /// Models that the provider does not tell of any more.
        stale: i64,
    },
    /// The provider has no list of its models; add them one by one.
    NotSupported,
}

/// Asks a provider which models it serves, and takes them into the list.
#[utoipa::path(post, path = "/providers/{provider_id}/sync-models", operation_id = "providers_sync_models",
    tag = "providers", params(("provider_id" = ProviderId, Path)),
    responses((status = 200, body = SyncAnswer), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 502, body = ProblemBody)))]
pub(crate) async fn sync_models(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ProviderId>,
    _: Ignored,
) -> Result<Json<SyncAnswer>, Problem> {
    let book = app.engine.book(caller.org).await?;
    let provider = find(&book, id)?;
    let Some(told) = app.engine.served_models(caller.org, id).await.map_err(not_told)? else {
        return Ok(Json(SyncAnswer::NotSupported));
    };
    let Synced { created, updated, stale } = if provider.is_built_in {
        // What is built in stands in the list as the driver tells it.
        Synced { created: 0, updated: told.len() as i64, stale: 0 }
    } else {
        // A name that no model may have here is left out.
        let told: Vec<Told> = told.into_iter().filter(|told| name(&told.model_id).is_ok()).collect();
        let is_told = |entry: &Entry| {
            entry.model.provider_id == id && told.iter().any(|told| told.model_id == entry.model.model_id)
        };
        let own =
            book.entries.iter().filter(|entry| entry.model.source != Source::Predefined && !is_told(entry)).count();
        if own + told.len() > MODELS_MAX {
            return Err(Problem::conflict(format!(
                "The provider serves {} models; with {own} models there already that is more than {MODELS_MAX}; delete \
                 some first.",
                told.len()
            )));
        }
        let (source, at) = (app.engine.source(), app.engine.source().now());
        let told = told.into_iter().map(|told| Model {
            id: ModelId(source.uuid()),
            provider_id: id,
            model_id: told.model_id,
            display_name: told.display_name,
            capabilities: told.capabilities,
            enabled: true,
            is_favorite: false,
            source: Source::Discovered,
            is_stale: false,
            overrides: None,
            created_at: at,
            updated_at: at,
        });
        let told: Vec<Model> = told.collect();
        let sync = move |store: Arc<Store>| async move { store.sync_models(caller.org, id, &told, at).await };
        let synced = app.engine.change_book(caller.org, sync).await?;
        app.engine.elect_default_model(caller.org).await?;
        synced.ok_or_else(|| Problem::missing("provider"))?
    };
    Ok(Json(SyncAnswer::Success { created, updated, stale }))
}

fn not_told(error: NotTold) -> Problem {
    match error {
        NotTold::Engine(error) => error.into(),
        NotTold::Access(error) => Problem::conflict(format!("The provider cannot be asked: {error}.")),
        NotTold::Provider(error) => {
            let detail = format!("The provider did not tell its models: {error}");
            Problem::new(StatusCode::BAD_GATEWAY, error.code.as_str(), detail)
        }
    }
}
