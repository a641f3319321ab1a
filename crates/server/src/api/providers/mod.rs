//! Providers: who serves models. Create, list, get, update, delete, config, and asking for their models.

pub(crate) mod config;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod sync_models;
pub(crate) mod update;

use axum::http::Uri;
use everruns_core::limits::URL_CHARS_MAX;
use everruns_core::model::book::Book;
use everruns_core::model::{Model, Offered, PROVIDER_TYPES, Provider, Source};
use everruns_core::{ModelId, ProviderId};
use everruns_store::{PROVIDER_SECRETS, Sealed};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::api::storage::seal;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

/// A provider as the API shows it.
fn show(app: &App, provider: &Provider) -> WithUrls<Provider> {
    WithUrls::new(provider.clone(), "providers", &provider.id, &app.settings.public_url)
}

/// The provider with this id.
pub(crate) fn find(book: &Book, id: ProviderId) -> Result<&Provider, Problem> {
    book.provider(id).ok_or_else(|| Problem::missing("provider"))
}

/// The same, if it can be changed.
pub(crate) fn find_own(book: &Book, id: ProviderId) -> Result<&Provider, Problem> {
    let provider = find(book, id)?;
    if provider.is_built_in {
        let detail = "The provider is built in and cannot be changed; make one of your own with `POST /v1/providers`.";
        return Err(Problem::conflict(detail));
    }
    Ok(provider)
}

/// An address for requests: HTTP, a host, and nothing that is secret or would be put behind a path.
fn base_url(app: &App, text: &str) -> Result<(), Problem> {
    form_of_base_url(text)?;
    match app.engine.refuses_address(text) {
        Some(why) => Err(Problem::invalid("base_url", format!("cannot be used: {why}"))),
        None => Ok(()),
    }
}

fn form_of_base_url(text: &str) -> Result<(), Problem> {
    let invalid = |remedy: &str| Err(Problem::invalid("base_url", remedy));
    if text.len() > URL_CHARS_MAX {
        return Err(Problem::invalid("base_url", format!("must have at most {URL_CHARS_MAX} characters")));
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return invalid("is not an address; write one such as `https://api.example.com/v1`");
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return invalid("must begin with `http://` or `https://` and a host");
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return invalid("must not contain a user or a password; send the key as `api_key`");
    }
    if text.contains(['?', '#']) {
        return invalid("must not have a query or a fragment");
    }
    Ok(())
}

/// How to speak with a provider, for the OpenAPI document.
fn provider_type() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(PROVIDER_TYPES.iter().copied()))
        .description(Some("How to speak with it."))
        .build()
}

/// The models that a provider of its type starts with.
fn starting_models(app: &App, provider: &Provider) -> Vec<Model> {
    let (source, at) = (app.engine.source(), app.engine.source().now());
    let model = |offered: Offered| Model {
        id: ModelId(source.uuid()),
        provider_id: provider.id,
        model_id: offered.model_id,
        display_name: offered.profile.name,
        capabilities: offered.capabilities,
        enabled: true,
        is_favorite: false,
        source: Source::Predefined,
        is_stale: false,
        overrides: None,
        created_at: at,
        updated_at: at,
    };
    app.engine.shortlist(&provider.provider_type).into_iter().map(model).collect()
}

/// The keys of a request: `credentials` by name, else one `api_key`.
fn keys(app: &App, caller: Caller, id: ProviderId, fields: &mut Fields) -> Result<Option<Vec<Sealed>>, Problem> {
    let api_key = fields.secret("api_key")?.map(|key| vec![("api_key".to_owned(), key)]);
    let (field, keys) = match fields.secrets("credentials")? {
        Some(credentials) => ("credentials", Some(credentials)),
        None => ("api_key", api_key),
    };
    let seal = |keys: Vec<_>| seal(app, caller, PROVIDER_SECRETS, &id.to_string(), field, &keys);
    keys.map(seal).transpose()
}

#[cfg(test)]
mod tests {
    use super::form_of_base_url;

    #[test]
    fn addresses() {
        #[track_caller]
        fn check(text: &str, valid: bool) {
            assert_eq!(form_of_base_url(text).is_ok(), valid, "{text}");
        }
        check("https://api.openai.com/v1", true);
        check("http://localhost:11434", true);
        check("http://[::1]:8080/v1/", true);
        check("", false);
        check("api.openai.com/v1", false);
        check("/v1", false);
        check("ftp://example.com", false);
        check("file:///etc/passwd", false);
        check("https://", false);
        check("https:///v1", false);
        check("https://user:secret@example.com", false);
        check("https://key@example.com/v1", false);
        check("https://example.com/v1?key=secret", false);
        check("https://example.com/#v1", false);
        check("https://exa mple.com", false);
        check("https://example.com/\0", false);
        check(&format!("https://example.com/{}", "a".repeat(super::URL_CHARS_MAX)), false);
    }
}
