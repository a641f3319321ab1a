//! `GET /models`.

use axum::Json;
use axum::extract::State;
use everruns_core::model::Source;

use super::{ModelRow, show};
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::{Query, occurs};
use crate::state::App;

/// The models of all providers, in the order of these.
#[utoipa::path(get, path = "/models", operation_id = "models_list", tag = "models",
    params(("source" = Option<Source>, Query), ("include_stale" = Option<bool>, Query, description = "`true` if absent"),
        ("favorites_only" = Option<bool>, Query), ("search" = Option<String>, Query)),
    responses((status = 200, body = Page<WithUrls<ModelRow>>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<ModelRow>>>, Problem> {
    let source = query.one("source").map(|word| {
        Source::parse(word).ok_or_else(|| Problem::invalid("source", "must be manual, discovered or predefined"))
    });
    let source = source.transpose()?;
    let include_stale = query.parsed::<bool>("include_stale")?.unwrap_or(true);
    let favorites_only = query.flag("favorites_only")?;
    let words = query.search();
    let book = app.engine.book(caller.org).await?;
    let shown = book.entries.iter().filter_map(|entry| {
        let provider = book.provider(entry.model.provider_id)?;
        let model = &entry.model;
        let wanted = source.is_none_or(|source| model.source == source)
            && (include_stale || !model.is_stale)
            && (!favorites_only || model.is_favorite)
            && occurs(&words, &[&model.model_id, &model.display_name, &provider.name, &provider.provider_type]);
        wanted.then(|| show(&app, &book, entry, provider))
    });
    Ok(Json(Page::whole(shown.collect())))
}
