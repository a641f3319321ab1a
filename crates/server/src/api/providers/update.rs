//! `PATCH /providers/{id}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use everruns_core::ProviderId;
use everruns_core::model::{Provider, ProviderStatus};
use everruns_store::{ProviderChange, Store};
use utoipa::ToSchema;

use super::{base_url, find, find_own, keys, show, starting_models};
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is different from now on; what is absent or null stays.
#[derive(ToSchema)]
#[schema(as = ProviderChange)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct ProviderUpdate {
    /// For people, and for `name/model`.
    name: Option<String>,
    /// The type that it has: it cannot be changed.
    provider_type: Option<String>,
    /// Where it answers; empty: where providers of its type usually do.
    base_url: Option<String>,
    /// Whether it is used.
    status: Option<ProviderStatus>,
    /// The key, for a provider that takes one.
    #[schema(write_only)]
    api_key: Option<String>,
    /// The keys by name, for one that takes several; then `api_key` is not read.
    #[schema(write_only)]
    credentials: Option<BTreeMap<String, String>>,
}

/// Changes the fields that are sent. An empty `base_url` is as good as none; new keys take the place of all old ones.
#[utoipa::path(patch, path = "/providers/{provider_id}", operation_id = "providers_update", tag = "providers",
    params(("provider_id" = ProviderId, Path)), request_body = ProviderUpdate,
    responses((status = 200, body = WithUrls<Provider>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ProviderId>,
    mut fields: Fields,
) -> Result<Json<WithUrls<Provider>>, Problem> {
    let book = app.engine.book(caller.org).await?;
    let provider = find_own(&book, id)?;
    let url: Option<String> = fields.optional("base_url")?;
    let change = ProviderChange {
        name: fields.optional("name")?,
        base_url: url.map(|url| Some(url).filter(|url| !url.is_empty())),
        status: fields.optional("status")?,
        secrets: None,
    };
    change.name.as_deref().map_or(Ok(()), |name| validate::some_title("name", name))?;
    change.base_url.as_ref().and_then(Option::as_deref).map_or(Ok(()), |url| base_url(&app, url))?;
    let provider_type: Option<String> = fields.optional("provider_type")?;
    if provider_type.is_some_and(|wanted| wanted != provider.provider_type) {
        return Err(Problem::invalid("provider_type", "cannot be changed; make another provider"));
    }
    let change = ProviderChange { secrets: keys(&app, caller, id, &mut fields)?, ..change };
    let moved =
        change.base_url.as_ref().is_some_and(|url| !is_same_place(url.as_deref(), provider.base_url.as_deref()));
    if moved && provider.api_key_set && change.secrets.is_none() {
        // A key is not sent where its owner did not send it: who changes the address need not know the key.
        let remedy = "moves the provider to another host; send its `api_key` or `credentials` again with it";
        return Err(Problem::invalid("base_url", remedy));
    }
    let has_key = change.secrets.as_ref().is_some_and(|keys| !keys.is_empty());
    let at = app.engine.source().now();
    let update = move |store: Arc<Store>| async move { store.update_provider(caller.org, id, &change, at).await };
    if !app.engine.change_book(caller.org, update).await? {
        return Err(Problem::missing("provider"));
    }
    if has_key {
        if !book.entries.iter().any(|entry| entry.model.provider_id == id) {
            let models = starting_models(&app, provider);
            let add = move |store: Arc<Store>| async move { store.add_models(caller.org, &models).await };
            app.engine.change_book(caller.org, add).await?;
        }
        app.engine.elect_default_model(caller.org).await?;
    }
    let book = app.engine.book(caller.org).await?;
    Ok(Json(show(&app, find(&book, id)?)))
}

/// Whether two addresses lead to the same host and port by the same scheme.
fn is_same_place(one: Option<&str>, other: Option<&str>) -> bool {
    let place = |url: Option<&str>| {
        let uri: Uri = url?.parse().ok()?;
        Some((uri.scheme_str()?.to_lowercase(), uri.authority()?.as_str().to_lowercase()))
    };
    place(one) == place(other)
}
