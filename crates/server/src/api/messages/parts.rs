//! The parts of a message: what may stand in them, and how much.

use everruns_core::ImageId;
use everruns_core::limits::{IMAGE_BYTES_MAX, MESSAGE_PARTS_MAX, MESSAGE_TEXT_BYTES_MAX, URL_CHARS_MAX};
use everruns_core::message::ContentPart;

use crate::problem::Problem;
use crate::validate;

/// What an inline image may be.
const MEDIA_TYPES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether there are parts, not too many and with not too much text.
pub(super) fn check_size(content: &[ContentPart]) -> Result<(), Problem> {
    if content.is_empty() {
        return Err(Problem::invalid("message.content", "must have at least one part"));
    }
    if content.len() > MESSAGE_PARTS_MAX {
        return Err(Problem::invalid("message.content", format!("may have at most {MESSAGE_PARTS_MAX} parts")));
    }
    let text: usize = content.iter().filter_map(ContentPart::as_text).map(str::len).sum();
    if text > MESSAGE_TEXT_BYTES_MAX {
        return Err(Problem::too_large("message.content", MESSAGE_TEXT_BYTES_MAX, "bytes of text"));
    }
    Ok(())
}

/// Whether each part is one that a user may send; the uploaded images that they name, with their places.
pub(super) fn check(content: &[ContentPart]) -> Result<Vec<(usize, ImageId)>, Problem> {
    let mut images = Vec::new();
    for (place, part) in content.iter().enumerate() {
        let field = |member: &str| format!("message.content[{place}]{member}");
        match part {
            ContentPart::Text { .. } => {}
            ContentPart::Image { url, base64, media_type } => {
                image(field, url.as_deref(), base64.as_deref(), media_type.as_deref())?;
            }
            ContentPart::ImageFile { image_id, filename } => {
                let remedy = "must be `img_` and 32 hex digits, as `POST /v1/images` answers";
                let id = image_id.parse().map_err(|_| Problem::invalid(&field(".image_id"), remedy))?;
                images.push((place, id));
                validate::title(&field(".filename"), filename.as_deref())?;
            }
            ContentPart::ToolCall(_) | ContentPart::ToolResult(_) => {
                return Err(Problem::invalid(&field(".type"), "must be `text`, `image` or `image_file`"));
            }
        }
    }
    Ok(images)
}

fn image(
    field: impl Fn(&str) -> String,
    url: Option<&str>,
    base64: Option<&str>,
    media_type: Option<&str>,
) -> Result<(), Problem> {
    if media_type.is_some_and(|given| !MEDIA_TYPES.contains(&given)) {
        let remedy = format!("must be one of {}", MEDIA_TYPES.join(", "));
        return Err(Problem::invalid(&field(".media_type"), remedy));
    }
    match (url, base64) {
        (Some(url), None) => {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            if !is_web || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
                return Err(Problem::invalid(&field(".url"), "must be an http or https address"));
            }
            if url.chars().nth(URL_CHARS_MAX).is_some() {
                return Err(Problem::invalid(&field(".url"), format!("must have at most {URL_CHARS_MAX} characters")));
            }
            Ok(())
        }
        (None, Some(_)) if media_type.is_none() => {
            Err(Problem::invalid(&field(".media_type"), "is required with `base64`"))
        }
        (None, Some(base64)) if base64.len() / 4 * 3 > IMAGE_BYTES_MAX => {
            Err(Problem::too_large(&field(".base64"), IMAGE_BYTES_MAX, "bytes of image"))
        }
        (None, Some(base64)) if !is_base64(base64) => {
            Err(Problem::invalid(&field(".base64"), "must be the image in base64, padded and without line breaks"))
        }
        (None, Some(_)) => Ok(()),
        _ => Err(Problem::invalid(&field(""), "must have either `url` or `base64`")),
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    !digits.is_empty() && text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(is_digit)
}
