//! Images that messages refer to.

pub(crate) mod create;
pub(crate) mod delete;
mod form;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod thumbnail;

use axum::http::StatusCode;
use everruns_core::{ImageId, Timestamp};
use everruns_engine::images::ImageError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// An uploaded image, without its bytes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Image {
    id: ImageId,
    filename: String,
    /// What the bytes are: `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    content_type: String,
    size_bytes: i64,
    created_at: Timestamp,
}

/// The same on a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedImage {
    #[serde(flatten)]
    image: Image,
    /// The `session_id` that was named with the upload, if one was.
    metadata: Map<String, Value>,
}

fn show(image: everruns_store::Image) -> Image {
    let everruns_store::Image { id, filename, content_type, size, created_at, .. } = image;
    Image { id, filename, content_type, size_bytes: size, created_at }
}

async fn found(app: &App, caller: &Caller, id: ImageId) -> Result<everruns_store::Image, Problem> {
    app.engine.store().image(caller.org, id).await?.ok_or_else(|| Problem::missing("image"))
}

/// That the images which a message names, with the places of the parts, are of the caller's organization.
pub(crate) async fn check_known(app: &App, caller: &Caller, named: &[(usize, ImageId)]) -> Result<(), Problem> {
    if named.is_empty() {
        return Ok(());
    }
    let ids: Vec<ImageId> = named.iter().map(|(_, id)| *id).collect();
    let known = app.engine.store().known_images(caller.org, &ids).await?;
    match named.iter().find(|(_, id)| !known.contains(id)) {
        Some((place, _)) => {
            let field = format!("message.content[{place}].image_id");
            Err(Problem::invalid(&field, "names no image; upload it with `POST /v1/images`"))
        }
        None => Ok(()),
    }
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Kind => {
                let detail = format!("`file` {error}");
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
            }
            ImageError::Broken(_) | ImageError::Pixels => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_image", format!("The image {error}."))
            }
            ImageError::Gone => Self::missing("image"),
            ImageError::Store(error) => error.into(),
        }
    }
}
