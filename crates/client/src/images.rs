//! `/v1/images`: images that messages refer to.

use everruns_core::Timestamp;
use serde::Deserialize;

use crate::{Client, Error, Seen};

/// The images of the caller's organization.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a>(pub(crate) &'a Client);

/// An image, without its bytes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Image {
    /// Its id, `img_…`.
    pub id: String,
    /// What it was called.
    pub filename: String,
    /// Such as `image/png`.
    pub content_type: String,
    /// Bytes.
    pub size_bytes: u64,
    /// When it came.
    pub created_at: Timestamp,
}

/// What stands between the parts of an upload, unless it stands in the image too.
const BOUNDARY: &str = "everruns-image";

impl Images<'_> {
    /// Uploads an image; `content_type` is such as `image/png`.
    pub async fn create(&self, filename: &str, content_type: &str, bytes: &[u8]) -> Result<Seen<Image>, Error> {
        let is_plain = |text: &str| !text.chars().any(|c| c.is_control() || c == '"');
        if !is_plain(filename) || !is_plain(content_type) {
            return Err(Error::request("a file name or type with quotes or control characters cannot be sent"));
        }
        let boundary = boundary(bytes);
        let mut body = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
             content-type: {content_type}\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        self.0.post(&["images"]).body(content_type, body).answer().await
    }

    /// Uploaded images, the newest first; the list has no count.
    pub async fn list(&self, offset: u32, limit: u32) -> Result<Vec<Seen<Image>>, Error> {
        let call = self.0.get(&["images"]).query("offset", Some(offset));
        call.query("limit", Some(limit)).answer().await
    }

    /// The image's bytes.
    pub async fn get(&self, id: &str) -> Result<Vec<u8>, Error> {
        self.0.get(&["images", id]).bytes().await
    }

    /// A small version of the image.
    pub async fn thumbnail(&self, id: &str) -> Result<Vec<u8>, Error> {
        self.0.get(&["images", id, "thumbnail"]).bytes().await
    }

    /// Deletes the image.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        self.0.delete(&["images", id]).done().await
    }
}

/// A boundary that does not stand in the bytes.
fn boundary(bytes: &[u8]) -> String {
    let mut number = 0_u32;
    loop {
        let boundary = format!("{BOUNDARY}-{number}");
        if !bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_stands_nowhere_in_the_image() {
        assert_eq!(boundary(b"plain"), "everruns-image-0");
        assert_eq!(boundary(b"..everruns-image-0..everruns-image-1"), "everruns-image-2");
    }
}
