//! An upload: a form of several parts, of which one is the image. It is read as it comes, so that nothing beyond the
//! limit is ever held.

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, StatusCode, header};
use everruns_core::limits::{BODY_BYTES_IGNORED_MAX, IMAGE_FORM_BYTES_MAX, IMAGE_UPLOAD_BYTES_MAX};
use futures::StreamExt as _;
use multer::{Constraints, Multipart, SizeLimit};

use crate::problem::Problem;
use crate::validate;

/// The name of the part that is the image.
const PART: &str = "file";

/// What was uploaded.
pub(super) struct Upload {
    pub(super) filename: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// Reads the form. What is left of one that is refused is read for a while and thrown away: a client that is still
/// sending would not see the answer.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Upload, Problem> {
    let mut pieces = body.into_data_stream();
    let upload = match boundary(headers) {
        Ok(boundary) => parts(&mut pieces, boundary).await,
        Err(problem) => Err(problem),
    };
    if upload.is_err() {
        let mut ignored = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            ignored += piece.len();
            if ignored > BODY_BYTES_IGNORED_MAX {
                break;
            }
        }
    }
    upload
}

fn boundary(headers: &HeaderMap) -> Result<String, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    multer::parse_boundary(kind.unwrap_or_default()).map_err(|_| {
        let detail = format!("The body must be `multipart/form-data` with the image as its part `{PART}`.");
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    })
}

async fn parts(pieces: &mut BodyDataStream, boundary: String) -> Result<Upload, Problem> {
    let limit = SizeLimit::new().whole_stream((IMAGE_UPLOAD_BYTES_MAX + IMAGE_FORM_BYTES_MAX) as u64);
    let mut form = Multipart::with_constraints(pieces, boundary, Constraints::new().size_limit(limit));
    let mut upload: Option<Upload> = None;
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        if part.name() != Some(PART) {
            continue;
        }
        if upload.is_some() {
            return Err(Problem::invalid(PART, "must be there once; upload each image on its own"));
        }
        let filename = part.file_name().filter(|name| !name.is_empty()).map(str::to_owned);
        if let Some(filename) = &filename {
            validate::label("filename", filename)?;
        }
        let mut bytes = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > IMAGE_UPLOAD_BYTES_MAX {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        upload = Some(Upload { filename, bytes });
    }
    upload.ok_or_else(|| Problem::invalid(PART, "is required: the part of the form that is the image"))
}

fn too_large() -> Problem {
    let detail = format!("`{PART}` is larger than {IMAGE_UPLOAD_BYTES_MAX} bytes; scale the image down.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
}

fn broken(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { .. } => too_large(),
        error => Problem::new(StatusCode::BAD_REQUEST, "invalid_body", format!("The form is not whole: {error}.")),
    }
}
