//! `GET /workspaces/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::WorkspaceId;

use super::{Workspace, show};
use crate::api::Id;
use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A workspace, live or archived, also one that was made for a session.
#[utoipa::path(get, path = "/workspaces/{workspace_id}", operation_id = "workspaces_get", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path)),
    responses((status = 200, body = WithUrls<Workspace>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<WorkspaceId>,
) -> Result<Json<WithUrls<Workspace>>, Problem> {
    Ok(Json(show(&app, app.engine.files(caller.org, id).workspace().await?)))
}
