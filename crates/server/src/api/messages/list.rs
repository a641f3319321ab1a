//! `GET /sessions/{id}/messages`.

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_core::message::Message;

use crate::api::Id;
use crate::auth::Caller;
use crate::page::Page;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The messages of a session, oldest first.
#[utoipa::path(get, path = "/sessions/{session_id}/messages", operation_id = "messages_list", tag = "messages",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Page<Message>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<Json<Page<Message>>, Problem> {
    let session = app.engine.session(caller.org, id).await?;
    let data = app.engine.messages(&session).await?;
    let total = data.len() as i64;
    Ok(Json(Page { data, total, offset: 0, limit: total }))
}
