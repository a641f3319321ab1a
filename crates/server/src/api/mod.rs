//! The routes of `/v1`. One endpoint is one file, named by its verb; the operation id is `resource_verb`.

pub(crate) mod agents;
pub(crate) mod capabilities;
pub(crate) mod circuit_breakers;
pub(crate) mod events;
pub(crate) mod harnesses;
pub(crate) mod health;
pub(crate) mod images;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod orgs;
pub(crate) mod providers;
pub(crate) mod revisions;
pub(crate) mod sessions;
pub(crate) mod storage;
pub(crate) mod tool_results;
pub(crate) mod turns;
pub(crate) mod users;
pub(crate) mod workspace_files;
pub(crate) mod workspaces;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(agents::list::list, agents::create::create))
        .routes(routes!(agents::get::get, agents::put::put, agents::update::update, agents::delete::delete))
        .routes(routes!(agents::check_name::check_name))
        .routes(routes!(agents::config::config))
        .routes(routes!(agents::import::import))
        .routes(routes!(agents::preview::preview))
        .routes(routes!(agents::analyze::analyze))
        .routes(routes!(agents::examples::examples))
        .routes(routes!(agents::export::export))
        .routes(routes!(agents::copy::copy))
        .routes(routes!(agents::stats::stats))
        .merge(revisions::of_agents::routes())
        .routes(routes!(agents::versions::list::list, agents::versions::create::create))
        .routes(routes!(agents::versions::set_default::set_default))
        .routes(routes!(agents::versions::diff::diff))
        .routes(routes!(agents::versions::fork::fork))
        .routes(routes!(agents::versions::rollback::rollback))
        .routes(routes!(harnesses::list::list, harnesses::create::create))
        .routes(routes!(harnesses::get::get, harnesses::update::update, harnesses::delete::delete))
        .routes(routes!(harnesses::check_name::check_name))
        .routes(routes!(harnesses::config::config))
        .routes(routes!(harnesses::import::import))
        .routes(routes!(harnesses::preview::preview))
        .routes(routes!(harnesses::examples::examples))
        .routes(routes!(harnesses::copy::copy))
        .routes(routes!(harnesses::stats::stats))
        .merge(revisions::of_harnesses::routes())
        .routes(routes!(capabilities::list::list))
        .routes(routes!(capabilities::get::get))
        .routes(routes!(models::list::list))
        .routes(routes!(models::config::config))
        .routes(routes!(models::get::get, models::update::update, models::delete::delete))
        .routes(routes!(models::list_of_provider::list_of_provider, models::create::create))
        .routes(routes!(providers::list::list, providers::create::create))
        .routes(routes!(providers::config::config))
        .routes(routes!(providers::get::get, providers::update::update, providers::delete::delete))
        .routes(routes!(providers::sync_models::sync_models))
        .routes(routes!(circuit_breakers::list::list))
        .routes(routes!(circuit_breakers::get::get, circuit_breakers::delete::delete))
        .routes(routes!(circuit_breakers::close::close))
        .routes(routes!(circuit_breakers::open::open))
        .routes(routes!(storage::secrets::secrets, storage::set_secrets::set_secrets))
        .routes(routes!(storage::keys::keys))
        .merge(old_names())
        .routes(routes!(sessions::list::list, sessions::create::create))
        .routes(routes!(sessions::stats::stats))
        .routes(routes!(sessions::get::get, sessions::update::update, sessions::delete::delete))
        .routes(routes!(sessions::pin::pin, sessions::pin::unpin))
        .routes(routes!(sessions::context_report::context_report))
        .routes(routes!(sessions::export::export))
        .routes(routes!(sessions::fork::fork))
        .routes(routes!(sessions::cancel::cancel))
        .routes(routes!(messages::list::list, messages::create::create))
        .routes(routes!(tool_results::create::create))
        .routes(routes!(events::list::list))
        .routes(routes!(events::summary::summary))
        .routes(routes!(events::stream::stream))
        .routes(routes!(keys::list::list, keys::create::create))
        .routes(routes!(keys::delete::delete))
        .routes(routes!(keys::rotate_master::rotate_master))
        .routes(routes!(orgs::list::list, orgs::create::create))
        .routes(routes!(orgs::get::get, orgs::update::update))
        .routes(routes!(members::list::list, members::create::create))
        .routes(routes!(members::update::update, members::delete::delete))
        .routes(routes!(turns::list::list))
        .routes(routes!(turns::stats::stats))
        .routes(routes!(users::me::me))
        .routes(routes!(users::sign_in::sign_in))
        .routes(routes!(users::sign_in::sign_out))
        .routes(routes!(workspaces::list::list, workspaces::create::create))
        .routes(routes!(workspaces::get::get, workspaces::update::update, workspaces::delete::delete))
        .merge(files())
        .routes(routes!(images::list::list, images::create::create))
        .routes(routes!(images::get::get, images::delete::delete))
        .routes(routes!(images::thumbnail::thumbnail))
}

/// The files of workspaces. Actions stand before paths.
fn files() -> OpenApiRouter<App> {
    use workspace_files::{copy, create, delete, download, grep, list, r#move, preview, read, stat, update};
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(r#move::rename))
        .routes(routes!(copy::copy))
        .routes(routes!(grep::grep))
        .routes(routes!(stat::stat))
        .routes(routes!(download::download))
        .routes(routes!(preview::preview))
        .routes(routes!(read::read, create::create, update::update, delete::delete))
        .merge(workspace_files::of_roots().into())
        .merge(workspace_files::of_session().into())
}

/// Whether a name is free.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct NameCheck {
    /// It is.
    available: bool,
}

/// Several words of the path, by name.
pub(crate) struct Words(Vec<(String, String)>);

impl Words {
    /// One of them, parsed.
    pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, Problem> {
        let word = self.0.iter().find(|(known, _)| known == name).map_or("", |(_, word)| word);
        word.parse().map_err(|error| Problem::invalid(name, format!("is {error}")))
    }

    /// One of them, a number.
    pub(crate) fn number(&self, name: &str) -> Result<i64, Problem> {
        self.parsed(name).map_err(|_| Problem::invalid(name, "must be a whole number"))
    }
}

impl FromRequestParts<App> for Words {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let words = axum::extract::RawPathParams::from_request_parts(parts, app).await;
        let words = words.map_err(|error| Problem::invalid("path", format!("is not valid: {error}")))?;
        Ok(Self(words.iter().map(|(name, word)| (name.to_owned(), word.to_owned())).collect()))
    }
}

/// Routes under the names they had before; the document does not tell of them.
fn old_names() -> OpenApiRouter<App> {
    let one = get(providers::get::get).patch(providers::update::update).delete(providers::delete::delete);
    let models = get(models::list_of_provider::list_of_provider).post(models::create::create);
    OpenApiRouter::new()
        .route("/llm-providers", get(providers::list::list).post(providers::create::create))
        .route("/llm-providers/config", get(providers::config::config))
        .route("/llm-providers/{provider_id}", one)
        .route("/llm-providers/{provider_id}/models", models)
        .route("/llm-providers/{provider_id}/sync-models", post(providers::sync_models::sync_models))
}

/// The id in the path.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: std::str::FromStr<Err: std::fmt::Display>> FromRequestParts<App> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, app).await;
        let text = path.map(|path| path.0).map_err(|error| Problem::invalid("id", error.body_text()))?;
        text.parse().map(Self).map_err(|error| Problem::invalid("id", format!("is {error}")))
    }
}
