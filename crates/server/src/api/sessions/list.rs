//! `GET /sessions`.

use axum::Json;
use axum::extract::State;
use everruns_core::session::{Session, SessionStatus};
use everruns_core::{AgentId, HarnessId, SessionId, WorkspaceId};
use everruns_store::SessionQuery;

use super::show_all;
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Sessions, newest first; with `pinned_first` those that the caller pinned come before them.
///
/// `status` may be given several times, any of them fits; of several `tag`s a session must bear all.
#[utoipa::path(get, path = "/sessions", operation_id = "sessions_list", tag = "sessions",
    params(("agent_id" = Option<AgentId>, Query), ("harness_id" = Option<HarnessId>, Query),
        ("workspace_id" = Option<WorkspaceId>, Query), ("forked_from_session_id" = Option<SessionId>, Query),
        ("status" = Option<Vec<String>>, Query), ("tag" = Option<Vec<String>>, Query),
        ("is_pinned" = Option<bool>, Query), ("pinned_first" = Option<bool>, Query),
        ("search" = Option<String>, Query), ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<WithUrls<Session>>), (status = 400, body = ProblemBody),
        (status = 413, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<Session>>>, Problem> {
    let (offset, limit) = query.page()?;
    let wanted = SessionQuery {
        agent_id: query.parsed("agent_id")?,
        harness_id: query.parsed("harness_id")?,
        workspace_id: query.parsed("workspace_id")?,
        forked_from: query.parsed("forked_from_session_id")?,
        statuses: query.texts("status")?.iter().map(|word| status(word)).collect::<Result<_, _>>()?,
        tags: query.texts("tag")?,
        search: query.search(),
        pins_of: Some(caller.principal),
        pinned: query.parsed("is_pinned")?,
        pinned_first: query.flag("pinned_first")?,
        offset,
        limit,
    };
    let (rows, total) = app.engine.store().list_sessions(caller.org, &wanted).await?;
    let data = show_all(&app, caller, &rows).await?;
    Ok(Json(Page { data, total, offset, limit }))
}

fn status(word: &str) -> Result<SessionStatus, Problem> {
    let known = SessionStatus::parse(&word.replace('_', ""));
    known.ok_or_else(|| Problem::invalid("status", "must be `started`, `active`, `idle` or `waitingfortoolresults`"))
}
