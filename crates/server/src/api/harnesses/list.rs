//! `GET /harnesses`.

use axum::Json;
use axum::extract::State;
use everruns_core::limits::HARNESSES_LISTED_MAX;
use everruns_store::ResourceQuery;

use super::{HarnessRow, Harnesses};
use crate::auth::Caller;
use crate::named::list as list_named;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Harnesses, newest first, the built-in ones last. All of them, unless the caller names a limit.
#[utoipa::path(get, path = "/harnesses", operation_id = "harnesses_list", tag = "harnesses",
    params(("search" = Option<String>, Query), ("include_archived" = Option<bool>, Query),
        ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<WithUrls<HarnessRow>>), (status = 400, body = ProblemBody),
        (status = 413, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<HarnessRow>>>, Problem> {
    let limit = query.number("limit", 1, HARNESSES_LISTED_MAX)?.unwrap_or(HARNESSES_LISTED_MAX);
    let wanted = ResourceQuery {
        search: query.search(),
        include_archived: query.flag("include_archived")?,
        offset: query.number("offset", 0, i64::from(i32::MAX))?.unwrap_or(0),
        limit,
    };
    list_named::<Harnesses>(&app, caller.org, &wanted).await.map(Json)
}
