//! `POST /sessions`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::event::{EventData, NewEvent, SessionStarted};
use everruns_core::harness::{GENERIC, Harness, built_in};
use everruns_core::session::{Session, SessionSpec};
use everruns_core::{AgentId, HarnessId, SessionId, WorkspaceId};
use everruns_store::{NewSession, Resource, StoredEvent};

use super::show;
use crate::api::agents::Agents;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::named::Named as _;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Makes a session on a harness, with an agent or without.
#[utoipa::path(post, path = "/sessions", operation_id = "sessions_create", tag = "sessions", request_body = SessionSpec,
    responses((status = 201, body = WithUrls<Session>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WithUrls<Session>>), Problem> {
    let agent = agent(&app, caller, &mut fields).await?;
    let agent_id: Option<AgentId> = agent.as_ref().and_then(|agent| agent.id.parse().ok());
    let harness = harness_or(&mut fields, agent.as_ref())?;
    let workspace: Option<WorkspaceId> = fields.optional("workspace_id")?;
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
    validate::title("agent_identity_id", spec.agent_identity_id.as_deref())?;
    validate::system_prompt("system_prompt", spec.system_prompt.as_deref())?;

    let source = app.engine.source();
    let started = SessionStarted { harness_id: harness.id, agent_id, model_id: spec.model_id.clone() };
    let event = NewEvent { context: None, data: EventData::from(started) };
    let new = NewSession {
        id: SessionId(source.uuid()),
        org: caller.org,
        at: source.now(),
        agent_id,
        harness_id: harness.id.to_string(),
        workspace_id: workspace.unwrap_or_else(|| WorkspaceId(source.uuid())).to_string(),
        search: spec.title.clone().unwrap_or_default(),
        body: serde_json::to_string(&spec).expect("a session is plain JSON"),
        events: vec![StoredEvent::from(&event)],
    };
    let row = app.engine.store().create_session(&new).await?;
    Ok((StatusCode::CREATED, Json(show(&app, caller, &row)?)))
}

/// The live agent that the request names by id or by name.
async fn agent(app: &App, caller: Caller, fields: &mut Fields) -> Result<Option<Resource>, Problem> {
    let id: Option<AgentId> = fields.optional("agent_id")?;
    let name: Option<String> = fields.optional("agent_name")?;
    let store = app.engine.store();
    let found = match (id, name) {
        (Some(_), Some(_)) => return Err(Problem::invalid("agent_name", "must not be given together with `agent_id`")),
        (None, None) => return Ok(None),
        (Some(id), None) => store.resource_by_id(caller.org, Agents::KIND, &id.to_string()).await?,
        (None, Some(name)) => store.resource_by_name(caller.org, Agents::KIND, &name).await?,
    };
    found.filter(|agent| agent.status == "active").map(Some).ok_or_else(|| Problem::missing("agent"))
}

/// The harness that the request names, else the agent's, else the default.
fn harness_or(fields: &mut Fields, agent: Option<&Resource>) -> Result<Harness, Problem> {
    if let Some(named) = named_harness(fields)? {
        return Ok(named);
    }
    let document = agent.and_then(|agent| serde_json::from_str::<serde_json::Value>(&agent.body).ok());
    let id = document.and_then(|document| document["harness_id"].as_str()?.parse().ok());
    find(|harness| harness.id == id.unwrap_or(GENERIC))
}

/// The harness that the request names.
pub(crate) fn named_harness(fields: &mut Fields) -> Result<Option<Harness>, Problem> {
    let id: Option<HarnessId> = fields.optional("harness_id")?;
    let name: Option<String> = fields.optional("harness_name")?;
    match (id, name) {
        (Some(_), Some(_)) => Err(Problem::invalid("harness_name", "must not be given together with `harness_id`")),
        (None, None) => Ok(None),
        (Some(id), None) => find(|harness| harness.id == id).map(Some),
        (None, Some(name)) => find(|harness| harness.name == name).map(Some),
    }
}

pub(crate) fn find(wanted: impl Fn(&Harness) -> bool) -> Result<Harness, Problem> {
    built_in().into_iter().find(wanted).ok_or_else(|| Problem::missing("harness"))
}
