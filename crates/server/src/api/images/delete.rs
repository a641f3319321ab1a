//! `DELETE /images/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::ImageId;

use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes an image. Messages that name it stay as they are.
#[utoipa::path(delete, path = "/images/{image_id}", operation_id = "images_delete", tag = "images",
    params(("image_id" = ImageId, Path)),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ImageId>,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    let deleted = app.engine.store().delete_image(caller.org, id).await?;
    app.engine.sweep_blobs();
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::missing("image")) }
}
