//! `DELETE /workspaces/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::WorkspaceId;

use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes a workspace with its files. Sessions that use it go on, without files.
#[utoipa::path(delete, path = "/workspaces/{workspace_id}", operation_id = "workspaces_delete", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<WorkspaceId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    let deleted = app.engine.store().delete_workspace(caller.org, id, app.engine.source().now()).await?;
    app.engine.sweep_blobs();
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::missing("workspace")) }
}
