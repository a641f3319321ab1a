//! `POST /workspaces`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::WorkspaceId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Workspace, check_name, name_taken, show};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What a new workspace is called.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct NewWorkspace {
    name: String,
    description: Option<String>,
}

/// Makes a workspace. Sessions can share it: name it as `workspace_id` when they are made.
#[utoipa::path(post, path = "/workspaces", operation_id = "workspaces_create", tag = "workspaces",
    request_body = NewWorkspace,
    responses((status = 201, body = WithUrls<Workspace>), (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WithUrls<Workspace>>), Problem> {
    let name: String = fields.required("name")?;
    let description: Option<String> = fields.optional("description")?;
    check_name(&name)?;
    validate::description("description", description.as_deref())?;
    let (id, at) = (WorkspaceId(app.engine.source().uuid()), app.engine.source().now());
    let made = app.engine.store().create_workspace(caller.org, id, &name, description.as_deref(), at).await;
    Ok((StatusCode::CREATED, Json(show(&app, made.map_err(name_taken)?))))
}
