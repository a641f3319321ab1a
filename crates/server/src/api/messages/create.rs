//! `POST /sessions/{id}/messages`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::limits::{MESSAGE_PARTS_MAX, MESSAGE_TEXT_BYTES_MAX, METADATA_BYTES_MAX};
use everruns_core::message::{ContentPart, Message, Role, ToolResult};
use everruns_core::{MessageId, SessionId};
use everruns_engine::NewMessage;
use serde::Serialize;

use crate::api::{Id, tool_results};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Says something to the agent. Answers as soon as the message is durable; the turn runs on its own. A message during
/// a turn steers it.
#[utoipa::path(post, path = "/sessions/{session_id}/messages", operation_id = "messages_create", tag = "messages",
    params(("session_id" = SessionId, Path)), request_body = serde_json::Value,
    responses((status = 201, body = Message), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 413, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let mut message = fields.within("message", "message.")?;
    let role: Option<Role> = message.optional("role")?;
    let content: Vec<ContentPart> = message.required("content")?;
    check_size(&content)?;
    match role.unwrap_or(Role::User) {
        Role::User => {}
        Role::ToolResult => return submit_results(&app, caller, id, content).await,
        Role::System | Role::Agent => return Err(Problem::invalid("message.role", "must be `user`")),
    }
    let new = NewMessage {
        content,
        controls: fields.optional("controls")?,
        metadata: fields.optional("metadata")?,
        tags: fields.optional("tags")?.unwrap_or_default(),
        external_actor: fields.either("external_actor", "externalActor")?,
    };
    let allowed = |part: &ContentPart| !matches!(part, ContentPart::ToolCall(_) | ContentPart::ToolResult(_));
    if let Some(place) = new.content.iter().position(|part| !allowed(part)) {
        let field = format!("message.content[{place}].type");
        return Err(Problem::invalid(&field, "must be `text`, `image` or `image_file`"));
    }
    validate::tags("tags", &new.tags)?;
    small("controls", &new.controls)?;
    small("metadata", &new.metadata)?;
    small("external_actor", &new.external_actor)?;
    let model = new.controls.as_ref().and_then(|controls| controls.model_id.as_deref());
    validate::title("controls.model_id", model)?;
    caller.may_start_turn(&app, id).await?;
    let message = app.engine.post_message(caller.org, id, new).await?;
    Ok((StatusCode::CREATED, Json(message)))
}

fn check_size(content: &[ContentPart]) -> Result<(), Problem> {
    if content.is_empty() {
        return Err(Problem::invalid("message.content", "must have at least one part"));
    }
    if content.len() > MESSAGE_PARTS_MAX {
        return Err(Problem::invalid("message.content", format!("may have at most {MESSAGE_PARTS_MAX} parts")));
    }
    let text: usize = content.iter().filter_map(ContentPart::as_text).map(str::len).sum();
    if text > MESSAGE_TEXT_BYTES_MAX {
        return Err(Problem::too_large("message.content", MESSAGE_TEXT_BYTES_MAX, "bytes of text"));
    }
    Ok(())
}

fn small<T: Serialize>(field: &str, value: &Option<T>) -> Result<(), Problem> {
    let bytes = value.as_ref().map_or(0, |value| serde_json::to_string(value).map_or(0, |text| text.len()));
    if bytes > METADATA_BYTES_MAX {
        return Err(Problem::too_large(field, METADATA_BYTES_MAX, "bytes of JSON"));
    }
    Ok(())
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
    let messages = app.engine.messages(&session).await?;
    let message = messages.into_iter().find(|message| message.id == id).ok_or_else(|| Problem::missing("message"))?;
    Ok(serde_json::to_string(&message).expect("a message is plain JSON"))
}
