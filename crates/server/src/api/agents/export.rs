//! `GET /agents/{id}/export`.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use everruns_core::{AgentId, HarnessId};
use serde_json::Value;

use super::Agents;
use crate::agent_file::write;
use crate::api::Id;
use crate::api::harnesses::Harnesses;
use crate::auth::Caller;
use crate::named::{Wanted, corrupt, document, find, find_live};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// An agent as Markdown with front matter, which an import reads back as the same agent.
#[utoipa::path(get, path = "/agents/{agent_id}/export", operation_id = "agents_export", tag = "agents",
    params(("agent_id" = String, Path, description = "Id or name")),
    responses((status = 200, body = String, content_type = "text/markdown"), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<AgentId>>,
) -> Result<impl IntoResponse, Problem> {
    let agent = find::<Agents>(&app, caller.org, &wanted).await?;
    let mut members = document(&agent.body)?;
    members.insert("id".to_owned(), agent.id.clone().into());
    // By name, which means the same on another server; an archived one has only its id.
    let harness = members.get("harness_id").and_then(Value::as_str).and_then(|id| id.parse::<HarnessId>().ok());
    if let Some(id) = harness
        && let Ok(harness) = find_live::<Harnesses>(&app, caller.org, &Wanted::Id(id)).await
    {
        members.remove("harness_id");
        members.insert("harness_name".to_owned(), harness.name.into());
    }
    let file = write(&members).map_err(corrupt)?;
    let attachment = format!("attachment; filename=\"{}.md\"", agent.name);
    Ok((
        [(header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, attachment)],
        file,
    ))
}
