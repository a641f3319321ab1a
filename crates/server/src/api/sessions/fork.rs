//! `POST /sessions/{id}/fork`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::limits::{FORK_LOGS_MAX, TITLE_CHARS_MAX};
use everruns_core::session::{Session, SessionSpec};
use everruns_core::{AgentId, EventId, SessionId, WorkspaceId};
use everruns_store::{Base, NewSession, SessionFiles};
use utoipa::ToSchema;

use super::create::agent;
use super::{corrupt, show_one};
use crate::api::Id;
use crate::api::events::sequence_of;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::room;
use crate::state::App;
use crate::validate;

/// Where a fork begins, and what is different in it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct ForkSpec {
    /// The last event that the fork takes over; absent, as `event_id`: the parent's last one.
    #[schema(minimum = 1)]
    at_sequence: Option<i64>,
    /// The same event by its id; not together with `at_sequence`.
    event_id: Option<EventId>,
    /// For people; absent: the parent's with ` (fork)`.
    title: Option<String>,
    /// Labels in place of the parent's.
    tags: Option<Vec<String>>,
    /// Language, BCP 47.
    locale: Option<String>,
    /// The model.
    model_id: Option<String>,
    /// Instructions that come before the agent's.
    system_prompt: Option<String>,
    /// The agent that goes on.
    agent_id: Option<AgentId>,
    /// The same agent by its name; not together with `agent_id`.
    agent_name: Option<String>,
}

/// Makes a new session that goes on from this one, as it is or as it was at an event (`at_sequence` or `event_id`).
///
/// Nothing of the log is copied, and what happens to either session later does not touch the other. The fork has the files
/// of this session as they are now, in a workspace of its own. A turn that is open at
/// that event is cancelled in the fork. What is absent is as in the parent; `tags` take the place of its tags.
/// The fork is the caller's.
#[utoipa::path(post, path = "/sessions/{session_id}/fork", operation_id = "sessions_fork", tag = "sessions",
    params(("session_id" = SessionId, Path)), request_body = ForkSpec,
    responses((status = 201, body = WithUrls<Session>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn fork(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WithUrls<Session>>), Problem> {
    let row = app.engine.store().session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let mut spec: SessionSpec = serde_json::from_str(&row.body).map_err(corrupt)?;
    let title: Option<String> = fields.optional("title")?;
    spec.title = title.or_else(|| spec.title.as_deref().map(fork_title));
    spec.locale = fields.optional("locale")?.or(spec.locale);
    validate::model(&app, caller.org, "model_id", fields.text("model_id")).await.map_err(Problem::into_missing)?;
    spec.model_id = fields.optional("model_id")?.or(spec.model_id);
    spec.system_prompt = fields.optional("system_prompt")?.or(spec.system_prompt);
    spec.layer.tags = fields.optional("tags")?.unwrap_or(spec.layer.tags);
    validate::title("title", spec.title.as_deref())?;
    validate::title("locale", spec.locale.as_deref())?;
    validate::title("model_id", spec.model_id.as_deref())?;
    validate::system_prompt("system_prompt", spec.system_prompt.as_deref())?;
    validate::tags("tags", &spec.layer.tags)?;
    if let Some(agent) = agent(&app, caller, &mut fields).await? {
        spec.agent_id = Some(agent.id.parse().map_err(corrupt)?);
    }
    let at_sequence: Option<i64> = fields.optional("at_sequence")?;
    let event_id: Option<EventId> = fields.optional("event_id")?;
    let last = row.head.last_sequence;
    let sequence = match (at_sequence, event_id) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("event_id", "must not be given together with `at_sequence`"));
        }
        (Some(sequence), None) if !(1..=last).contains(&sequence) => {
            return Err(Problem::invalid("at_sequence", format!("must be from 1 to {last}, the session's last event")));
        }
        (Some(sequence), None) => sequence,
        (None, Some(event)) => {
            let session = app.engine.session(caller.org, id).await?;
            let known = sequence_of(&app, &session, event).await?.filter(|sequence| *sequence <= last);
            known.ok_or_else(|| Problem::invalid("event_id", "names no event of this session"))?
        }
        (None, None) => last,
    };
    if Base::of_fork(&row.head, sequence).segments().len() > FORK_LOGS_MAX {
        let detail = format!("A fork is put together from at most {FORK_LOGS_MAX} logs; fork an earlier session.");
        return Err(Problem::conflict(detail));
    }
    room::for_session(&app, caller.org).await?;
    let source = app.engine.source();
    let fork_id = SessionId(source.uuid());
    let new = NewSession {
        id: fork_id,
        org: caller.org,
        owner: caller.principal,
        at: source.now(),
        agent_id: spec.agent_id,
        harness_id: row.harness_id.clone(),
        workspace_id: WorkspaceId::of_session(fork_id).to_string(),
        search: spec.title.clone().unwrap_or_default(),
        tags: spec.layer.tags.clone(),
        body: serde_json::to_string(&spec).expect("a session is plain JSON"),
        events: Vec::new(),
        files: SessionFiles::CopyOf(row.workspace_id.parse().map_err(corrupt)?),
    };
    let fork = app.engine.fork_session(&row.head, sequence, new).await?;
    let fork = fork.ok_or_else(|| Problem::missing("session"))?;
    Ok((StatusCode::CREATED, Json(show_one(&app, caller, &fork).await?)))
}

/// The title of a fork whose caller names none.
fn fork_title(title: &str) -> String {
    const MARK: &str = " (fork)";
    let kept: String = title.chars().take(TITLE_CHARS_MAX - MARK.len()).collect();
    kept + MARK
}
