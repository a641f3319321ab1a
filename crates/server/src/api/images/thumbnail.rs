//! `GET /images/{id}/thumbnail`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use everruns_core::ImageId;

use super::found;
use crate::api::Id;
use crate::auth::Caller;
use crate::bytes::Known;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The image as a JPEG of at most 200 × 200 pixels. One that is broken, or too large to be unpacked, has none.
#[utoipa::path(get, path = "/images/{image_id}/thumbnail", operation_id = "images_thumbnail", tag = "images",
    params(("image_id" = ImageId, Path)),
    responses((status = 200, content_type = "image/jpeg", body = [u8]), (status = 304),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn thumbnail(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ImageId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let image = found(&app, &caller, id).await?;
    let content = Known { tag: format!("\"{}-thumbnail\"", image.hash), kind: HeaderValue::from_static("image/jpeg") };
    if content.is_with(&headers) {
        return Ok(content.not_modified());
    }
    Ok(content.answer(app.engine.thumbnail(caller.org, &image).await?.into()))
}
