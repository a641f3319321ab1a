//! Models: list, get, update, delete, config, and those of one provider.

pub(crate) mod config;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_of_provider;
pub(crate) mod update;

use everruns_core::ModelId;
use everruns_core::limits::{MODEL_CAPABILITIES_MAX, TAG_CHARS_MAX};
use everruns_core::model::book::{Book, Entry};
use everruns_core::model::{Model, Profile, ProfileChange, Provider, Vendor};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;
use crate::validate;

/// A model with its provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelRow {
    #[serde(flatten)]
    model: Model,
    /// Who serves it, for people.
    provider_name: String,
    /// How to speak with who serves it.
    provider_type: String,
    /// Whether this server can ask it: it has a driver, and the provider is used and has a key or needs none.
    healthy: bool,
    /// Who made it, if clients know them.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_vendor: Option<Vendor>,
    /// What is known about it: all of it or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
}

/// A model as the API shows it.
fn show(app: &App, book: &Book, entry: &Entry, provider: &Provider) -> WithUrls<ModelRow> {
    let row = ModelRow {
        model: entry.model.clone(),
        provider_name: provider.name.clone(),
        provider_type: provider.provider_type.clone(),
        healthy: book.is_ready(provider) && app.engine.speaks(&provider.provider_type),
        model_vendor: Vendor::of(&provider.provider_type, &entry.model.model_id),
        profile: entry.profile.clone(),
    };
    WithUrls::new(row, "models", &entry.model.id, &app.settings.public_url)
}

/// The model with this id, and its provider.
fn find(book: &Book, id: ModelId) -> Result<(&Entry, &Provider), Problem> {
    let found = book.entry(id).and_then(|entry| Some((entry, book.provider(entry.model.provider_id)?)));
    found.ok_or_else(|| Problem::missing("model"))
}

/// What a request says over what is known of a model, together with what was said before: see [`update::ModelUpdate`].
/// `None`: it says nothing.
fn profile(fields: &mut Fields, before: Option<&ProfileChange>) -> Result<Option<Option<ProfileChange>>, Problem> {
    if fields.is_null("profile") {
        return Ok(Some(None));
    }
    let Some(said) = fields.object::<Map<String, Value>>("profile")? else { return Ok(None) };
    let before = match before.map(|before| json!(before)) {
        Some(Value::Object(before)) => before,
        _ => Map::new(),
    };
    let whole = Fields::of(said).laid_over(&before).into_members();
    let mut whole = Fields::of(Map::from_iter([("profile".to_owned(), Value::Object(whole))]));
    let change: ProfileChange = whole.object("profile")?.unwrap_or_default();
    match change.fault() {
        Some((member, must)) => Err(Problem::invalid(&format!("profile.{member}"), must)),
        None => Ok(Some(Some(change).filter(|change| !change.is_empty()))),
    }
}

/// What a provider calls a model. A bar stands between the models of a chain, so it cannot stand in the name of one.
pub(crate) fn name(text: &str) -> Result<(), Problem> {
    validate::some_title("model_id", text)?;
    if text.contains('|') { Err(Problem::invalid("model_id", "must not contain `|`")) } else { Ok(()) }
}

/// What a model is good for.
fn capabilities(words: &[String]) -> Result<(), Problem> {
    validate::count("capabilities", words.len(), MODEL_CAPABILITIES_MAX)?;
    match words.iter().find(|word| word.is_empty() || word.chars().count() > TAG_CHARS_MAX || word.contains('\0')) {
        Some(_) => Err(Problem::invalid("capabilities", format!("must be words of 1 to {TAG_CHARS_MAX} characters"))),
        None => Ok(()),
    }
}

/// A write that the database refused.
fn taken(error: everruns_store::Error) -> Problem {
    match error {
        everruns_store::Error::Conflict(_) => {
            Problem::conflict("The provider has a model with this `model_id` already; change that one.")
        }
        error => error.into(),
    }
}
