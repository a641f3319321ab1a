//! `GET /images`.

use axum::Json;
use axum::extract::State;
use everruns_core::limits::{IMAGES_PAGE_DEFAULT, PAGE_MAX};

use super::{ListedImage, show};
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Uploaded images, newest first; the list has no count.
#[utoipa::path(get, path = "/images", operation_id = "images_list", tag = "images",
    params(("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Vec<ListedImage>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Vec<ListedImage>>, Problem> {
    let (offset, limit) = query.page_of(IMAGES_PAGE_DEFAULT, PAGE_MAX)?;
    let mut images = Vec::new();
    for mut image in app.engine.store().list_images(caller.org, offset, limit).await? {
        let metadata = std::mem::take(&mut image.metadata);
        images.push(ListedImage { image: show(image), metadata });
    }
    Ok(Json(images))
}
