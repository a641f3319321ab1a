//! `POST /agents/import`: an agent from a file, or from one of the server's examples.

use axum::extract::State;
use everruns_core::AgentId;

use super::create::write;
use super::examples;
use super::{AgentRow, Agents};
use crate::agent_file::read;
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::{Fields, Text};
use crate::named::free_name;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Makes an agent of a file: Markdown with front matter, YAML, JSON, or plain text that becomes the prompt. A file with
/// the `id` or the `name` of an agent changes that one. `from-example` adopts an example under the first free name.
#[utoipa::path(post, path = "/agents/import", operation_id = "agents_import", tag = "agents",
    params(("from-example" = Option<String>, Query)), request_body(content = String, content_type = "text/plain"),
    responses((status = 201, body = WithUrls<AgentRow>), (status = 200, body = WithUrls<AgentRow>),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn import(
    State(app): State<App>,
    caller: Caller,
    changing: Changing,
    query: Query,
    Text(text): Text,
) -> Result<Versioned<WithUrls<AgentRow>>, Problem> {
    let members = match query.one("from-example") {
        Some(name) => {
            let mut members = examples::members(name)?;
            let name = free_name::<Agents>(&app, caller.org, name).await?;
            members.insert("name".to_owned(), name.into());
            members
        }
        None if text.trim().is_empty() => {
            return Err(Problem::invalid("body", "is empty; send the agent's file, or name one with `from-example`"));
        }
        None => {
            let drawn = AgentId(app.engine.source().uuid()).to_string();
            read(&text, &drawn).map_err(|reason| Problem::invalid("body", reason))?
        }
    };
    write(&app, caller, &changing, Fields::of(members)).await
}
