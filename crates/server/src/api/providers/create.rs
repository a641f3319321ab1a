//! `POST /providers`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::ProviderId;
use everruns_core::limits::PROVIDERS_MAX;
use everruns_core::model::{PROVIDER_TYPES, Provider, ProviderStatus};
use everruns_store::Store;
use utoipa::ToSchema;

use super::{base_url, find, keys, provider_type, show, starting_models};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is said of a new provider.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct ProviderSpec {
    /// For people, and for `name/model`.
    name: String,
    #[schema(schema_with = provider_type)]
    provider_type: String,
    /// Where it answers; absent: where providers of this type usually do.
    base_url: Option<String>,
    /// The key, for a provider that takes one.
    #[schema(write_only)]
    api_key: Option<String>,
    /// The keys by name, for one that takes several; then `api_key` is not read.
    #[schema(write_only)]
    credentials: Option<BTreeMap<String, String>>,
}

/// Makes a provider: `name`, `provider_type`, and what it needs of `base_url`, `api_key` and `credentials`. Keys are
/// sealed, and never shown. With a key it starts with a few models of its type, and an organization without a default
/// model gets one.
#[utoipa::path(post, path = "/providers", operation_id = "providers_create", tag = "providers",
    request_body = ProviderSpec,
    responses((status = 201, body = WithUrls<Provider>), (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WithUrls<Provider>>), Problem> {
    let (id, at) = (ProviderId(app.engine.source().uuid()), app.engine.source().now());
    let provider = Provider {
        id,
        name: fields.required("name")?,
        provider_type: fields.required("provider_type")?,
        base_url: fields.optional("base_url")?,
        api_key_set: false,
        status: ProviderStatus::Active,
        is_built_in: false,
        last_synced_at: None,
        created_at: at,
        updated_at: at,
    };
    validate::some_title("name", &provider.name)?;
    if !PROVIDER_TYPES.contains(&provider.provider_type.as_str()) {
        return Err(Problem::invalid("provider_type", format!("must be one of {}", PROVIDER_TYPES.join(", "))));
    }
    provider.base_url.as_deref().map_or(Ok(()), |url| base_url(&app, url))?;
    let own = app.engine.book(caller.org).await?.providers.iter().filter(|one| !one.is_built_in).count();
    if own >= PROVIDERS_MAX {
        return Err(Problem::conflict(format!("There are {PROVIDERS_MAX} providers already; delete one first.")));
    }
    let keys = keys(&app, caller, id, &mut fields)?.unwrap_or_default();
    let models = if keys.is_empty() { Vec::new() } else { starting_models(&app, &provider) };
    let create =
        move |store: Arc<Store>| async move { store.create_provider(caller.org, &provider, &keys, &models).await };
    app.engine.change_book(caller.org, create).await?;
    app.engine.elect_default_model(caller.org).await?;
    let book = app.engine.book(caller.org).await?;
    Ok((StatusCode::CREATED, Json(show(&app, find(&book, id)?))))
}
