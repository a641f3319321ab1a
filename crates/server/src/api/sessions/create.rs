//! `POST /sessions`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::event::{EventData, NewEvent, SessionStarted};
use everruns_core::harness::GENERIC;
use everruns_core::session::{Session, SessionSpec};
use everruns_core::{AgentId, HarnessId, SessionId, WorkspaceId};
use everruns_store::{NewSession, Resource, StoredEvent};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{show_one, workspace};
use crate::api::agents::Agents;
use crate::api::harnesses::resolve::{self, NamedHarness};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::named::{Wanted, find_live};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::room;
use crate::state::App;
use crate::validate;

/// What is said of a new session; without a harness it is on the agent's, else on `generic`.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSession)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct SessionInput {
    /// The agent by its name; not together with `agent_id`.
    agent_name: Option<String>,
    /// A workspace that is there; absent: a new one.
    workspace_id: Option<WorkspaceId>,
    /// The harness to start from.
    #[serde(flatten)]
    harness: NamedHarness,
    /// The rest.
    #[serde(flatten)]
    spec: SessionSpec,
}

/// Makes a session on a harness, with an agent or without.
#[utoipa::path(post, path = "/sessions", operation_id = "sessions_create", tag = "sessions", request_body = SessionInput,
    responses((status = 201, body = WithUrls<Session>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WithUrls<Session>>), Problem> {
    let agent = agent(&app, caller, &mut fields).await?;
    let agent_id: Option<AgentId> = agent.as_ref().and_then(|agent| agent.id.parse().ok());
    let harness_id = harness_or(&app, caller, &mut fields, agent.as_ref()).await?;
    let wanted: Option<WorkspaceId> = fields.optional("workspace_id")?;
    let spec = SessionSpec {
        agent_id,
        title: fields.optional("title")?,
        locale: fields.optional("locale")?,
        model_id: fields.optional("model_id")?,
        system_prompt: fields.optional("system_prompt")?,
        agent_identity_id: fields.optional("agent_identity_id")?,
        hints: fields.optional("hints")?.unwrap_or_default(),
        layer: validate::layer(&app, &mut fields)?,
    };
    validate::title("title", spec.title.as_deref())?;
    validate::title("locale", spec.locale.as_deref())?;
    validate::title("model_id", spec.model_id.as_deref())?;
    validate::model(&app, caller.org, "model_id", spec.model_id.as_deref()).await.map_err(Problem::into_missing)?;
    validate::title("agent_identity_id", spec.agent_identity_id.as_deref())?;
    validate::system_prompt("system_prompt", spec.system_prompt.as_deref())?;

    validate::small("hints", &spec.hints)?;
    room::for_session(&app, caller.org).await?;

    let source = app.engine.source();
    let started = SessionStarted { harness_id, agent_id, model_id: spec.model_id.clone() };
    let event = NewEvent { context: None, data: EventData::from(started) };
    let (id, at) = (SessionId(source.uuid()), source.now());
    let own = &spec.layer.initial_files;
    let coming = workspace::Coming { id, at, harness: harness_id, agent: agent.as_ref(), own };
    let (workspace_id, files) = workspace::of(&app, caller, wanted, coming).await?;
    let new = NewSession {
        id,
        org: caller.org,
        owner: caller.principal,
        at,
        agent_id,
        harness_id: harness_id.to_string(),
        workspace_id: workspace_id.to_string(),
        search: spec.title.clone().unwrap_or_default(),
        tags: spec.layer.tags.clone(),
        body: serde_json::to_string(&spec).expect("a session is plain JSON"),
        events: vec![StoredEvent::from(&event)],
        files,
    };
    let row = app.engine.store().create_session(&new).await.map_err(|error| match error {
        // The workspace was archived or deleted a moment ago.
        everruns_store::Error::Stale => workspace::missing(),
        error => error.into(),
    })?;
    Ok((StatusCode::CREATED, Json(show_one(&app, caller, &row).await?)))
}

/// The live agent that the request names by id or by name.
pub(super) async fn agent(app: &App, caller: Caller, fields: &mut Fields) -> Result<Option<Resource>, Problem> {
    let id: Option<AgentId> = fields.optional("agent_id")?;
    let name: Option<String> = fields.optional("agent_name")?;
    let wanted = match (id, name) {
        (Some(_), Some(_)) => return Err(Problem::invalid("agent_name", "must not be given together with `agent_id`")),
        (None, None) => return Ok(None),
        (Some(id), None) => Wanted::Id(id),
        (None, Some(name)) => Wanted::Name(name),
    };
    find_live::<Agents>(app, caller.org, &wanted).await.map(Some)
}

/// The harness that the request names, else the agent's, else the default.
async fn harness_or(
    app: &App,
    caller: Caller,
    fields: &mut Fields,
    agent: Option<&Resource>,
) -> Result<HarnessId, Problem> {
    if let Some(named) = resolve::named(app, caller.org, fields).await? {
        return Ok(named);
    }
    match agent {
        Some(agent) => {
            let document = app.engine.agent_document(caller.org, agent).await?;
            resolve::live(app, caller.org, &Wanted::Id(document.harness_id)).await
        }
        None => Ok(GENERIC),
    }
}
