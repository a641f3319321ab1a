//! `GET /agents`.

use axum::Json;
use axum::extract::State;
use everruns_store::ResourceQuery;

use super::{AgentRow, Agents};
use crate::auth::Caller;
use crate::named::list as list_named;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Agents, newest first.
#[utoipa::path(get, path = "/agents", operation_id = "agents_list", tag = "agents",
    params(("search" = Option<String>, Query), ("include_archived" = Option<bool>, Query),
        ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<WithUrls<AgentRow>>), (status = 400, body = ProblemBody),
        (status = 413, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<AgentRow>>>, Problem> {
    let (offset, limit) = query.page()?;
    let include_archived = query.flag("include_archived")?;
    let wanted = ResourceQuery { search: query.search(), include_archived, offset, limit };
    list_named::<Agents>(&app, caller.org, &wanted).await.map(Json)
}
