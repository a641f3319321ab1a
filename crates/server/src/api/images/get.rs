//! `GET /images/{id}`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use everruns_core::ImageId;

use super::found;
use crate::api::Id;
use crate::auth::Caller;
use crate::bytes;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The image itself, as it was uploaded.
#[utoipa::path(get, path = "/images/{image_id}", operation_id = "images_get", tag = "images",
    params(("image_id" = ImageId, Path)),
    responses((status = 200, content_type = "image/*", body = [u8]), (status = 304),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ImageId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let image = found(&app, &caller, id).await?;
    let kind = HeaderValue::from_str(&image.content_type).map_err(|_| Problem::internal())?;
    Ok(bytes::answer(&headers, app.engine.contents(caller.org), image.hash, image.size, kind))
}
