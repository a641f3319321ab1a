//! `POST /images`.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use everruns_core::limits::{IMAGE_UPLOAD_SECONDS_MAX, IMAGE_WAIT_SECONDS_MAX};
use everruns_core::{ImageId, SessionId};
use serde_json::Map;
use utoipa::ToSchema;

use super::{Image, form, found, show};
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// An image as a part of a form.
#[derive(ToSchema)]
#[schema(as = ImageForm)]
#[expect(dead_code, reason = "it describes the body, which is read as it comes")]
pub(crate) struct Form {
    /// The bytes of a PNG, JPEG, GIF or WebP image; the part's file name is kept.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Uploads a PNG, JPEG, GIF or WebP image of at most 20 MiB, 10 MiB with `Idempotency-Key`. Messages name it in parts
/// of the type `image_file`.
#[utoipa::path(post, path = "/images", operation_id = "images_create", tag = "images",
    params(("session_id" = Option<SessionId>, Query)),
    request_body(content = Form, content_type = "multipart/form-data"),
    responses((status = 201, body = Image), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 408, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Image>), Problem> {
    let mut metadata = Map::new();
    if let Some(session) = query.parsed::<SessionId>("session_id")? {
        app.engine.session(caller.org, session).await?;
        metadata.insert("session_id".to_owned(), session.to_string().into());
    }
    // Held until the image is written: so long it is in memory.
    let permit = tokio::time::timeout(Duration::from_secs(IMAGE_WAIT_SECONDS_MAX), app.uploads.acquire()).await;
    let _permit = permit
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| Problem::unavailable("Too many images are uploaded at the same time; try again.", 5))?;
    let upload = tokio::time::timeout(Duration::from_secs(IMAGE_UPLOAD_SECONDS_MAX), form::read(&headers, body))
        .await
        .map_err(|_| slow())??;
    let image = app.engine.create_image(caller.org, upload.filename, upload.bytes, metadata).await?;
    Ok((StatusCode::CREATED, Json(show(image))))
}

fn slow() -> Problem {
    let detail =
        format!("The upload took longer than {IMAGE_UPLOAD_SECONDS_MAX} seconds; scale the image down or try again.");
    Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail)
}

/// The answer to an earlier upload, as JSON.
pub(crate) async fn stored(app: &App, caller: &Caller, id: ImageId) -> Result<String, Problem> {
    let image = show(found(app, caller, id).await?);
    Ok(serde_json::to_string(&image).expect("an image is plain JSON"))
}
