//! `GET /turns`.

use axum::Json;
use axum::extract::State;
use everruns_core::Timestamp;
use everruns_core::limits::{PAGE_MAX, TURNS_PAGE_MAX};
use everruns_store::EndedQuery;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Outcome, Turn, window};
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Turns that ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Turns {
    data: Vec<Turn>,
    /// Whether older ones of the time asked for are left out.
    has_more: bool,
}

/// Turns that ended, newest first, of all sessions: the last 24 hours, or `from_ts` (inclusive) to `to_ts` (exclusive).
///
/// To go on where a page ends, ask with `to_ts` a millisecond after its last `ended_at`; those of that millisecond come
/// again.
#[utoipa::path(get, path = "/turns", operation_id = "turns_list", tag = "turns",
    params(("from_ts" = Option<Timestamp>, Query), ("to_ts" = Option<Timestamp>, Query),
        ("outcome" = Option<Outcome>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Turns), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Result<Json<Turns>, Problem> {
    let (from, to) = window(&app, &query)?;
    let limit = query.number("limit", 1, TURNS_PAGE_MAX)?.unwrap_or(PAGE_MAX);
    let type_name = query.one("outcome").map(Outcome::type_name).transpose()?.map(str::to_owned);
    let wanted = EndedQuery { from, to, type_name, after: None, limit: limit + 1 };
    let mut found = app.engine.store().ended_turns(caller.org, &wanted).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > shown;
    found.truncate(shown);
    let data = found.iter().map(Turn::of).collect::<Result<_, _>>()?;
    Ok(Json(Turns { data, has_more }))
}
