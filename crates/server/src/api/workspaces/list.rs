//! `GET /workspaces`.

use axum::Json;
use axum::extract::State;

use super::{Workspace, show};
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Workspaces that somebody named, newest first. Those made for a session are found by their id.
#[utoipa::path(get, path = "/workspaces", operation_id = "workspaces_list", tag = "workspaces",
    params(("search" = Option<String>, Query), ("include_archived" = Option<bool>, Query)),
    responses((status = 200, body = Page<WithUrls<Workspace>>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<Workspace>>>, Problem> {
    let (search, include_archived) = (query.search(), query.flag("include_archived")?);
    let found = app.engine.store().list_workspaces(caller.org, &search, include_archived).await?;
    Ok(Json(Page::whole(found.into_iter().map(|workspace| show(&app, workspace)).collect())))
}
