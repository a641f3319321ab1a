//! `POST /agents`: a new agent, or the new settings of the one with this id or name.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use everruns_core::agent::AgentSpec;
use everruns_core::{AgentId, Timestamp};
use everruns_store::Resource;

use super::{AgentRow, Document, KIND, show};
use crate::api::sessions::create::harness;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Makes an agent. One with the same `id`, or without an `id` the live one with the same `name`, gets the new settings.
#[utoipa::path(post, path = "/agents", operation_id = "agents_create", tag = "agents", request_body = AgentSpec,
    responses((status = 201, body = WithUrls<AgentRow>), (status = 200, body = WithUrls<AgentRow>),
        (status = 400, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let id: Option<AgentId> = fields.optional("id")?;
    let harness = harness(&mut fields)?;
    let spec = AgentSpec {
        name: fields.required("name")?,
        display_name: fields.optional("display_name")?,
        description: fields.optional("description")?,
        system_prompt: fields.required("system_prompt")?,
        default_model_id: fields.either("default_model_id", "model")?,
        layer: validate::layer(&app, &mut fields)?,
    };
    validate::name("name", &spec.name)?;
    validate::title("display_name", spec.display_name.as_deref())?;
    validate::description("description", spec.description.as_deref())?;
    validate::system_prompt("system_prompt", Some(&spec.system_prompt))?;
    validate::title("default_model_id", spec.default_model_id.as_deref())?;

    let at = app.engine.source().now();
    let new_id = id.unwrap_or_else(|| AgentId(app.engine.source().uuid()));
    let agent = resource(new_id, spec, harness.id, at);
    let upserted = app.engine.store().upsert_resource(caller.org, KIND, &agent, id.is_none());
    let upserted = upserted.await.map_err(|error| match error {
        everruns_store::Error::Conflict(_) => Problem::conflict("Another agent has this `name`; choose another."),
        error => error.into(),
    })?;
    app.engine.definitions_changed();
    let status = if upserted.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(show(&app, caller.org, &upserted.resource).await?)))
}

fn resource(id: AgentId, spec: AgentSpec, harness_id: everruns_core::HarnessId, at: Timestamp) -> Resource {
    let texts = [Some(&spec.name), spec.display_name.as_ref(), spec.description.as_ref()];
    let search = texts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let name = spec.name.clone();
    let body = serde_json::to_string(&Document { harness_id, spec }).expect("an agent is plain JSON");
    Resource {
        id: id.to_string(),
        name,
        status: "active".to_owned(),
        version: 1,
        search,
        body,
        created_at: at,
        updated_at: at,
        retired_at: None,
    }
}
