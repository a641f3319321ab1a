//! `GET /sessions`.

use axum::Json;
use axum::extract::State;
use everruns_core::AgentId;
use everruns_core::session::Session;
use everruns_store::SessionQuery;

use super::show;
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Sessions, newest first.
#[utoipa::path(get, path = "/sessions", operation_id = "sessions_list", tag = "sessions",
    params(("agent_id" = Option<AgentId>, Query), ("search" = Option<String>, Query),
        ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<WithUrls<Session>>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<Session>>>, Problem> {
    let (offset, limit) = query.page()?;
    let wanted = SessionQuery { agent_id: query.parsed("agent_id")?, search: query.search(), offset, limit };
    let (rows, total) = app.engine.store().list_sessions(caller.org, &wanted).await?;
    let data = rows.iter().map(|row| show(&app, caller, row)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, total, offset, limit }))
}
