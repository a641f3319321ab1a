//! `GET /sessions/{id}/export`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use everruns_core::SessionId;
use everruns_engine::{Error, Listing, Wanted};

use crate::api::Id;
use crate::auth::Caller;
use crate::pieces::Pieces;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// The messages of users and of the agent, oldest first, one JSON object on each line. A session that is deleted meanwhile
/// breaks the export off.
#[utoipa::path(get, path = "/sessions/{session_id}/export", operation_id = "sessions_export", tag = "sessions",
    params(("session_id" = SessionId, Path), ("format" = Option<String>, Query, description = "`jsonl`")),
    responses((status = 200, content_type = "application/x-ndjson", body = String),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    query: Query,
) -> Result<Response, Problem> {
    if query.one("format").is_some_and(|format| format != "jsonl") {
        return Err(Problem::invalid("format", "must be `jsonl`; this server writes no other"));
    }
    let session = app.engine.session(caller.org, id).await?;
    let row = app.engine.store().session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let types = ["input.message", "output.message.completed"].map(str::to_owned).into();
    let wanted = Wanted { types, ..Wanted::default() };
    let listing = app.engine.list_events(&session, row.head.last_sequence, wanted).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.jsonl\"")),
    ];
    Ok((headers, Lines(listing).into_body().await?).into_response())
}

struct Lines(Listing);

impl Pieces for Lines {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        let Some(messages) = self.0.next_messages().await? else { return Ok(None) };
        let mut out = String::new();
        for message in messages {
            out.push_str(&serde_json::to_string(&message).expect("a message is plain JSON"));
            out.push('\n');
        }
        Ok(Some(out))
    }
}
