//! Images that callers upload: looked at before they are kept, and made small for lists.

mod thumbnail;

use std::io::Cursor;

use everruns_core::ImageId;
use everruns_store::{Blob, Image, OrgKey};
use image::{ImageFormat, ImageReader};
use serde_json::{Map, Value};

use crate::Engine;

/// Why something cannot be done with an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is no image, or one of a kind that is not taken.
    #[error("must be a PNG, JPEG, GIF or WebP image")]
    Kind,
    /// It does not hold what its first bytes promise.
    #[error("is broken: {0}")]
    Broken(String),
    /// It takes too much memory once it is unpacked.
    #[error("has too many pixels for a thumbnail; scale it down and upload it again")]
    Pixels,
    /// It was deleted meanwhile.
    #[error("is not there any more")]
    Gone,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] everruns_store::Error),
}

/// The kinds that are taken, by what their first bytes say: what a caller says of them is not believed.
fn kind(bytes: &[u8]) -> Option<ImageFormat> {
    use ImageFormat::{Gif, Jpeg, Png, WebP};
    image::guess_format(bytes).ok().filter(|kind| matches!(kind, Gif | Jpeg | Png | WebP))
}

/// What an image is, if its head can be read.
fn look(bytes: &[u8]) -> Result<ImageFormat, ImageError> {
    let kind = kind(bytes).ok_or(ImageError::Kind)?;
    let head = ImageReader::with_format(Cursor::new(bytes), kind).into_dimensions();
    head.map(|_| kind).map_err(|error| ImageError::Broken(error.to_string()))
}

/// Runs what takes long away from the tasks that wait for sockets. Whatever a decoder of hostile bytes does, a panic
/// included, it is the image that is broken.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImageError> + Send + 'static,
) -> Result<T, ImageError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a decoder broke off");
        Err(ImageError::Broken("it cannot be decoded".to_owned()))
    })
}

impl Engine {
    /// Keeps an image. What it is is seen by its bytes; without a name it is called after that.
    pub async fn create_image(
        &self,
        org: OrgKey,
        filename: Option<String>,
        bytes: Vec<u8>,
        metadata: Map<String, Value>,
    ) -> Result<Image, ImageError> {
        let (kind, content) = apart(move || Ok((look(&bytes)?, Blob::new(bytes)))).await?;
        let ending = kind.extensions_str().first().copied().unwrap_or_default();
        let image = Image {
            id: ImageId(self.inner.source.uuid()),
            filename: filename.unwrap_or_else(|| format!("image.{ending}")),
            content_type: kind.to_mime_type().to_owned(),
            size: content.bytes().len() as i64,
            hash: content.hash(),
            metadata,
            created_at: self.inner.source.now(),
        };
        self.inner.store.create_image(org, &image, &content).await?;
        Ok(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_seen_by_their_bytes() {
        #[track_caller]
        fn check(bytes: &[u8], expected: Option<&str>) {
            assert_eq!(kind(bytes).map(|kind| kind.to_mime_type()), expected, "{bytes:?}");
        }
        check(b"\x89PNG\r\n\x1a\n", Some("image/png"));
        check(b"\xff\xd8\xff\xe0", Some("image/jpeg"));
        check(b"GIF89a", Some("image/gif"));
        check(b"GIF87a", Some("image/gif"));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp"));
        check(b"RIFF\x10\0\0\0WAVEfmt ", None);
        check(b"BM\0\0\0\0", None);
        check(b"II*\0", None);
        check(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None);
        check(b"%PDF-1.7", None);
        check(b"\x89PN", None);
        check(b"", None);
        assert!(matches!(look(b"\x89PNG\r\n\x1a\n"), Err(ImageError::Broken(_))));
        assert!(matches!(look(b"GIF89a"), Err(ImageError::Broken(_))));
        assert!(matches!(look(b"plain"), Err(ImageError::Kind)));
    }
}
