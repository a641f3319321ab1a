//! A small version of an image, as a JPEG. It is made when it is asked for, a few at the same time; what unpacks to
//! more than its limit is refused before it is unpacked.

use std::io::Cursor;

use everruns_core::limits::{IMAGE_SIDE_PIXELS_MAX, IMAGE_UNPACKED_BYTES_MAX, THUMBNAIL_PIXELS};
use everruns_store::{Image, OrgKey};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, Rgb, RgbImage};

use super::{ImageError, apart, kind};
use crate::Engine;

/// How well it looks: 1 to 100.
const QUALITY: u8 = 80;

impl Engine {
    /// A JPEG of an image, at most [`THUMBNAIL_PIXELS`] wide and high, upright, on white.
    pub async fn thumbnail(&self, org: OrgKey, image: &Image) -> Result<Vec<u8>, ImageError> {
        // Before the content is read, so that those who wait take no memory.
        let permit = self.inner.thumbnails.clone().acquire_owned().await.map_err(|_| ImageError::Gone)?;
        let bytes = self.contents(org).whole(image.hash).await?.ok_or(ImageError::Gone)?;
        apart(move || {
            // Held by the work itself: it goes on when its caller has left.
            let _permit = permit;
            shrink(&bytes)
        })
        .await
    }
}

/// The work itself.
fn shrink(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
    let (mut image, orientation) = unpack(bytes)?;
    if image.width().max(image.height()) > THUMBNAIL_PIXELS {
        image = image.thumbnail(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS);
    }
    // The small one is turned, which takes no memory worth to speak of.
    image.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&on_white(&image));
    encoded.map(|()| jpeg).map_err(broken)
}

/// The first picture of an image, and how it is to be turned.
fn unpack(bytes: &[u8]) -> Result<(DynamicImage, Orientation), ImageError> {
    let kind = kind(bytes).ok_or(ImageError::Kind)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(IMAGE_SIDE_PIXELS_MAX);
    limits.max_image_height = Some(IMAGE_SIDE_PIXELS_MAX);
    limits.max_alloc = Some(IMAGE_UNPACKED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    // Not every decoder asks before it takes.
    limits.reserve(decoder.total_bytes()).map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    decoder.set_limits(limits).map_err(broken)?;
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok((image, orientation))
}

/// What shines through is white: a JPEG has no transparency.
fn on_white(image: &DynamicImage) -> RgbImage {
    let image = image.to_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(u32::from);
        Rgb([red, green, blue].map(|part| ((part * alpha + 255 * (255 - alpha)) / 255) as u8))
    })
}

fn broken(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::Pixels,
        error => ImageError::Broken(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn encoded(width: u32, height: u32, kind: ImageFormat) -> Vec<u8> {
        let image = RgbaImage::from_fn(width, height, |x, _| Rgba([255, 0, 0, if x < width / 2 { 255 } else { 0 }]));
        let image = DynamicImage::ImageRgba8(image);
        let image = if kind == ImageFormat::Jpeg { image.to_rgb8().into() } else { image };
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, kind).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_kind_becomes_a_small_jpeg() {
        #[track_caller]
        fn check(width: u32, height: u32, kind: ImageFormat, expected: (u32, u32)) {
            let jpeg = shrink(&encoded(width, height, kind)).unwrap();
            let small = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap();
            assert_eq!((small.width(), small.height()), expected);
        }
        for kind in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            check(400, 200, kind, (200, 100));
            check(20, 10, kind, (20, 10));
        }
        check(2, 3_000, ImageFormat::Png, (1, 200));
        check(1, 1, ImageFormat::Png, (1, 1));
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let jpeg = shrink(&encoded(100, 50, ImageFormat::Png)).unwrap();
        let small = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap().to_rgb8();
        let near = |x: u32, wanted: [u8; 3]| {
            let found = small.get_pixel(x, 25).0;
            assert!(found.iter().zip(wanted).all(|(one, other)| one.abs_diff(other) < 16), "{found:?} at {x}");
        };
        near(10, [255, 0, 0]);
        near(90, [255, 255, 255]);
    }

    #[test]
    fn half_an_image_is_broken() {
        for kind in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = encoded(400, 200, kind);
            let cut = shrink(&whole[..whole.len() / 2]);
            assert!(matches!(cut, Err(ImageError::Broken(_))), "{kind:?} {cut:?}");
        }
    }
}
