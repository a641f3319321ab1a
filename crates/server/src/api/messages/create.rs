//! `POST /sessions/{id}/messages`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::message::{ContentPart, Message, Role, ToolResult};
use everruns_core::{MessageId, SessionId};
use everruns_engine::NewMessage;

use super::shape::MessageSpec;
use super::{beside, parts};
use crate::api::{Id, images, tool_results};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Says something to the agent. Answers as soon as the message is durable; the turn runs on its own. What the message
/// does to a turn that runs already is the caller's choice, `delivery`: `steer` it, `queue` for a turn of its own,
/// `interrupt` it, `rollback` it, or `reject` the message. With `expected_sequence` it is only written if the session's
/// last event is that one.
#[utoipa::path(post, path = "/sessions/{session_id}/messages", operation_id = "messages_create", tag = "messages",
    params(("session_id" = SessionId, Path)), request_body = MessageSpec,
    responses((status = 201, body = Message), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 413, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let mut message = fields.within("message", "message.")?;
    let role: Option<Role> = message.optional("role")?;
    let content: Vec<ContentPart> = message.required("content")?;
    parts::check_size(&content)?;
    match role.unwrap_or(Role::User) {
        Role::User => {}
        Role::ToolResult => return submit_results(&app, caller, id, content).await,
        Role::System | Role::Agent => return Err(Problem::invalid("message.role", "must be `user`")),
    }
    let images_named = parts::check(&content)?;
    let new = NewMessage {
        content,
        controls: beside::controls(&mut fields)?,
        metadata: fields.optional("metadata")?,
        tags: fields.optional("tags")?.unwrap_or_default(),
        external_actor: beside::external_actor(&mut fields)?,
        delivery: fields.optional("delivery")?.unwrap_or_default(),
        expected_sequence: beside::expected_sequence(&mut fields)?,
    };
    beside::addressee(&mut fields)?;
    validate::tags("tags", &new.tags)?;
    validate::small("metadata", &new.metadata)?;
    images::check_known(&app, &caller, &images_named).await?;
    let model = new.controls.as_ref().and_then(|controls| controls.model_id.as_deref());
    validate::model(&app, caller.org, "controls.model_id", model).await?;
    caller.may_start_turn(&app, id).await?;
    let message = app.engine.post_message(caller.org, id, new).await?;
    Ok((StatusCode::CREATED, Json(message)))
}

/// Older clients send tool results as a message.
async fn submit_results(
    app: &App,
    caller: Caller,
    id: SessionId,
    content: Vec<ContentPart>,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let result = |(place, part): (usize, &ContentPart)| match part {
        ContentPart::ToolResult(result) => Ok(result.clone()),
        _ => {
            Err(Problem::invalid(&format!("message.content[{place}].type"), "must be `tool_result` in such a message"))
        }
    };
    let results: Vec<ToolResult> = content.iter().enumerate().map(result).collect::<Result<_, _>>()?;
    tool_results::create::check(&results, "message.content")?;
    let first = results.first().map(|result| result.tool_call_id.clone()).unwrap_or_default();
    app.engine.submit_results(caller.org, id, results).await?;

    // Each result is a message of its own; the answer bears the name of the first.
    let session = app.engine.session(caller.org, id).await?;
    let answers = |part: &ContentPart| matches!(part, ContentPart::ToolResult(result) if result.tool_call_id == first);
    let messages = app.engine.messages(&session).await?;
    let stored = messages.into_iter().rfind(|message| message.content.iter().any(answers));
    let message = stored.ok_or_else(|| Problem::missing("message"))?;
    Ok((StatusCode::CREATED, Json(Message { content, ..message })))
}

/// The answer to an earlier post to `path`, as JSON.
pub(crate) async fn stored(app: &App, caller: Caller, path: &str, id: MessageId) -> Result<String, Problem> {
    let session = path.split('/').find_map(|piece| piece.parse().ok()).ok_or_else(|| Problem::missing("session"))?;
    let session = app.engine.session(caller.org, session).await?;
    let message = app.engine.message(&session, id).await?.ok_or_else(|| Problem::missing("message"))?;
    Ok(serde_json::to_string(&message).expect("a message is plain JSON"))
}
