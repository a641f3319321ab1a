//! `GET /sessions/{id}/messages`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use everruns_core::SessionId;
use everruns_core::message::Message;
use everruns_core::prompt::MESSAGE_TYPES;
use everruns_engine::{Error, Listing, Wanted};

use crate::api::Id;
use crate::auth::Caller;
use crate::page::Page;
use crate::pieces::Pieces;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The messages of a session, oldest first.
#[utoipa::path(get, path = "/sessions/{session_id}/messages", operation_id = "messages_list", tag = "messages",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Page<Message>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Id(id): Id<SessionId>) -> Result<Response, Problem> {
    let session = app.engine.session(caller.org, id).await?;
    let row = app.engine.store().session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let types = MESSAGE_TYPES.iter().map(|&name| name.to_owned()).collect();
    let wanted = Wanted { types, ..Wanted::default() };
    let listing = app.engine.list_events(&session, row.head.last_sequence, wanted).await?;
    let body = Messages { listing, count: None, is_whole: false }.into_body().await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

struct Messages {
    listing: Listing,
    /// How many are in the body; nothing is before the first piece.
    count: Option<usize>,
    is_whole: bool,
}

impl Pieces for Messages {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        if self.is_whole {
            return Ok(None);
        }
        let mut out = if self.count.is_none() { String::from(r#"{"data":["#) } else { String::new() };
        let count = self.count.get_or_insert(0);
        match self.listing.next_messages().await? {
            Some(messages) => {
                for message in messages {
                    if *count > 0 {
                        out.push(',');
                    }
                    *count += 1;
                    out.push_str(&serde_json::to_string(&message).expect("a message is plain JSON"));
                }
            }
            None => {
                self.is_whole = true;
                out.push_str(&format!(r#"],"total":{count},"offset":0,"limit":{count}}}"#));
            }
        }
        Ok(Some(out))
    }
}
