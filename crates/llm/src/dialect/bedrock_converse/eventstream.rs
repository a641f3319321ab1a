//! Amazon's event stream, taken apart as its bytes come: frames of headers and a payload, each with two checksums.

use everruns_core::limits::PROVIDER_FRAME_BYTES_MAX;

use super::super::Decoder;
use crate::failure::{cut_off, unreadable};
use crate::{ModelError, Part};

/// Lengths of the whole and of the headers, and the checksum of the two.
const PRELUDE: usize = 12;
/// The checksum of all that stands before it.
const CHECKSUM: usize = 4;

/// A whole frame.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame<'a> {
    headers: Vec<(&'a str, &'a str)>,
    /// What it carries.
    pub(crate) payload: &'a [u8],
}

impl Frame<'_> {
    /// A header whose value is a text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// Reads an answer frame by frame.
pub(crate) trait Frames: Send {
    /// Takes the next frame.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Part>) -> Result<(), ModelError>;

    /// There are no more frames.
    fn end(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError>;
}

/// A decoder of frames.
#[derive(Default)]
pub(crate) struct Framed<F> {
    /// What is left of a frame that is not whole yet.
    rest: Vec<u8>,
    frames: F,
}

impl<F: Frames> Decoder for Framed<F> {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<Part>) -> Result<(), ModelError> {
        self.rest.extend_from_slice(bytes);
        let mut read = 0;
        while let Some(length) = length(&self.rest[read..])? {
            let Some(bytes) = self.rest.get(read..read + length) else { break };
            self.frames.frame(&frame(bytes)?, out)?;
            read += length;
        }
        self.rest.drain(..read);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<Part>) -> Result<(), ModelError> {
        if !self.rest.is_empty() {
            return Err(cut_off());
        }
        self.frames.end(out)
    }
}

/// Four bytes as a number.
fn word(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}

/// The length of the first frame, once its prelude is there.
fn length(bytes: &[u8]) -> Result<Option<usize>, ModelError> {
    let (Some(total), Some(headers), Some(checksum)) = (word(bytes, 0), word(bytes, 4), word(bytes, 8)) else {
        return Ok(None);
    };
    if crc32fast::hash(&bytes[..8]) != checksum {
        return Err(unreadable("a frame's head has a wrong checksum"));
    }
    let (total, headers) = (total as usize, headers as usize);
    if total > PROVIDER_FRAME_BYTES_MAX {
        return Err(unreadable(format!("a frame has more than {PROVIDER_FRAME_BYTES_MAX} bytes")));
    }
    if total < PRELUDE + headers + CHECKSUM {
        return Err(unreadable("a frame is shorter than its headers"));
    }
    Ok(Some(total))
}

/// A frame whose length was looked at.
fn frame(bytes: &[u8]) -> Result<Frame<'_>, ModelError> {
    let (bytes, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
    if word(checksum, 0) != Some(crc32fast::hash(bytes)) {
        return Err(unreadable("a frame has a wrong checksum"));
    }
    let headers = word(bytes, 4).unwrap_or(0) as usize;
    let (headers, payload) = bytes[PRELUDE..].split_at(headers);
    let headers = read_headers(headers).ok_or_else(|| unreadable("a frame's headers are broken"))?;
    Ok(Frame { headers, payload })
}

/// The headers that are texts.
fn read_headers(mut bytes: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut headers = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (kind, rest) = rest.split_first()?;
        let (length, rest) = match kind {
            0 | 1 => (0, rest),
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest),
            9 => (16, rest),
            6 | 7 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        if *kind == 7 {
            headers.push((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?));
        }
        bytes = rest;
    }
    Some(headers)
}

/// Writes a frame, for tests.
#[cfg(test)]
pub(crate) fn written(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).expect("a short name"));
        head.extend_from_slice(name.as_bytes());
        head.push(7);
        head.extend_from_slice(&u16::try_from(value.len()).expect("a short value").to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    sealed(&head, payload)
}

#[cfg(test)]
fn sealed(head: &[u8], payload: &[u8]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).expect("a short frame").to_be_bytes();
    let mut frame = Vec::new();
    frame.extend_from_slice(&number(PRELUDE + head.len() + payload.len() + CHECKSUM));
    frame.extend_from_slice(&number(head.len()));
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(head);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use everruns_core::ErrorCode;

    use super::*;

    /// A frame's kind of content, and the content.
    type Content = (Option<String>, Vec<u8>);

    /// Keeps what it is given.
    #[derive(Default)]
    struct Kept(Vec<Content>);

    impl Frames for Kept {
        fn frame(&mut self, frame: &Frame<'_>, _: &mut Vec<Part>) -> Result<(), ModelError> {
            self.0.push((frame.header("content-type").map(str::to_owned), frame.payload.to_vec()));
            Ok(())
        }

        fn end(&mut self, _: &mut Vec<Part>) -> Result<(), ModelError> {
            Ok(())
        }
    }

    fn read(bytes: &[u8]) -> Result<Vec<Content>, ModelError> {
        let mut framed = Framed::<Kept>::default();
        framed.push(bytes, &mut Vec::new())?;
        framed.finish(&mut Vec::new())?;
        Ok(framed.frames.0)
    }

    /// The published examples: nothing at all, a payload alone, and one header.
    #[test]
    fn the_published_examples_are_read() {
        let empty = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
        assert_eq!(read(&empty), Ok(vec![(None, Vec::new())]));
        assert_eq!(written(&[], b""), empty);
        let payload = b"{'foo':'bar'}";
        let mut alone = vec![0, 0, 0, 0x1d, 0, 0, 0, 0, 0xfd, 0x52, 0x8c, 0x5a];
        alone.extend_from_slice(payload);
        alone.extend_from_slice(&[0xc3, 0x65, 0x39, 0x36]);
        assert_eq!(read(&alone), Ok(vec![(None, payload.to_vec())]));
        let mut with_header = vec![0, 0, 0, 0x3d, 0, 0, 0, 0x20, 0x07, 0xfd, 0x83, 0x96, 12];
        with_header.extend_from_slice(b"content-type\x07\x00\x10application/json");
        with_header.extend_from_slice(payload);
        with_header.extend_from_slice(&[0x8d, 0x9c, 0x08, 0xb1]);
        let expected = vec![(Some("application/json".to_owned()), payload.to_vec())];
        assert_eq!(read(&with_header), Ok(expected.clone()));
        assert_eq!(written(&[("content-type", "application/json")], payload), with_header);
        // Other kinds of headers are passed over.
        let mut head = b"\x01a\x00\x01b\x02\x09\x01c\x03\x00\x01\x01d\x04\x00\x00\x00\x01".to_vec();
        head.extend_from_slice(b"\x01e\x05\x00\x00\x00\x00\x00\x00\x00\x01\x01f\x06\x00\x02hi");
        head.extend_from_slice(b"\x01g\x08\x00\x00\x00\x00\x00\x00\x00\x01\x01h\x09aaaaaaaaaaaaaaaa");
        head.extend_from_slice(b"\x0ccontent-type\x07\x00\x10application/json");
        assert_eq!(read(&sealed(&head, payload)), Ok(expected));
    }

    #[test]
    fn broken_frames_are_told() {
        #[track_caller]
        fn check(bytes: &[u8], code: ErrorCode, says: &str) {
            let error = read(bytes).unwrap_err();
            assert_eq!(error.code, code, "{error}");
            assert!(error.message.contains(says), "{error}");
        }
        let good = written(&[("a", "b")], b"payload");
        let changed = |place: usize| {
            let mut bytes = good.clone();
            bytes[place] ^= 1;
            bytes
        };
        check(&changed(0), ErrorCode::ProcessingError, "head has a wrong checksum");
        check(&changed(good.len() - 6), ErrorCode::ProcessingError, "a wrong checksum");
        check(&good[..good.len() - 1], ErrorCode::ProviderUnavailable, "ended");
        check(&good[..7], ErrorCode::ProviderUnavailable, "ended");
        let head = |total: u32, headers: u32| {
            let mut bytes = [total.to_be_bytes(), headers.to_be_bytes()].concat();
            bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
            bytes
        };
        check(&head(u32::MAX, 0), ErrorCode::ProcessingError, "more than");
        check(&head(20, 5), ErrorCode::ProcessingError, "shorter than");
        check(&sealed(b"\x05a", b""), ErrorCode::ProcessingError, "headers are broken");
    }
}
