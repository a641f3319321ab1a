//! `PATCH /workspaces/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::WorkspaceId;
use everruns_core::agent::Status;
use everruns_store::WorkspacePatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Workspace, check_name, name_taken, show};
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What becomes of a workspace; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct WorkspaceChange {
    name: Option<String>,
    description: Option<String>,
    /// `active` or `archived`: the files of an archived one can be read and not changed.
    status: Option<String>,
}

/// Changes what a workspace is called, archives it, or makes it active again. One that was made for a session and gets
/// a name is listed from then on, and stays when the session is deleted.
#[utoipa::path(patch, path = "/workspaces/{workspace_id}", operation_id = "workspaces_update", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path)), request_body = WorkspaceChange,
    responses((status = 200, body = WithUrls<Workspace>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<WorkspaceId>,
    mut fields: Fields,
) -> Result<Json<WithUrls<Workspace>>, Problem> {
    let (name, description) = (fields.optional::<String>("name")?, fields.optional("description")?);
    name.as_deref().map_or(Ok(()), check_name)?;
    validate::description("description", description.as_deref())?;
    let status = match fields.optional::<String>("status")?.as_deref() {
        None => None,
        Some("active") => Some(Status::Active),
        Some("archived") => Some(Status::Archived),
        Some(_) => return Err(Problem::invalid("status", "must be `active` or `archived`")),
    };
    let (patch, at) = (WorkspacePatch { name, description, status }, app.engine.source().now());
    let changed = app.engine.store().update_workspace(caller.org, id, &patch, at).await.map_err(name_taken)?;
    Ok(Json(show(&app, changed.ok_or_else(|| Problem::missing("workspace"))?)))
}
