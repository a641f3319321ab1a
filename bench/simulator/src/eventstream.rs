//! Amazon's event stream: binary frames with headers, a payload and two checksums.
//!
//! A frame is its length and the length of its headers (big-endian, four bytes each), the CRC-32 of these eight bytes,
//! the headers, the payload, and the CRC-32 of all before it. A header is a name, a type (7 stands for a text) and a
//! value, both texts with their lengths before them.

use bytes::{BufMut as _, Bytes, BytesMut};

const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
const TEXT: u8 = 7;

/// Writes a frame at the end of a buffer.
pub(crate) fn put(buffer: &mut BytesMut, headers: &[(&str, &str)], payload: impl FnOnce(&mut BytesMut)) {
    let start = buffer.len();
    buffer.put_bytes(0, PRELUDE);
    for (name, value) in headers {
        buffer.put_u8(u8::try_from(name.len()).expect("header names are short"));
        buffer.put_slice(name.as_bytes());
        buffer.put_u8(TEXT);
        buffer.put_u16(u16::try_from(value.len()).expect("header values are short"));
        buffer.put_slice(value.as_bytes());
    }
    let headers_length = length(buffer.len() - start - PRELUDE);
    payload(buffer);
    let total = length(buffer.len() - start + CHECKSUM);
    buffer[start..start + 4].copy_from_slice(&total.to_be_bytes());
    buffer[start + 4..start + 8].copy_from_slice(&headers_length.to_be_bytes());
    let prelude = crc32(&buffer[start..start + 8]);
    buffer[start + 8..start + PRELUDE].copy_from_slice(&prelude.to_be_bytes());
    let whole = crc32(&buffer[start..]);
    buffer.put_u32(whole);
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("frames are below four gigabytes")
}

/// A frame, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub payload: Bytes,
}

impl Frame {
    /// Takes the first frame off the bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with them: too few, a wrong checksum, or a header that is no text.
    pub fn take(bytes: &mut Bytes) -> Result<Self, &'static str> {
        let word = |at: usize| -> Result<u32, &'static str> {
            let four = bytes.get(at..at + 4).ok_or("the bytes end within a frame")?;
            four.try_into().map(u32::from_be_bytes).map_err(|_| "the bytes end within a frame")
        };
        let (total, headers_length) = (word(0)? as usize, word(4)? as usize);
        if word(8)? != crc32(&bytes[..8]) {
            return Err("the checksum of a prelude is wrong");
        }
        if total < PRELUDE + headers_length + CHECKSUM || bytes.len() < total {
            return Err("the bytes end within a frame");
        }
        if word(total - CHECKSUM)? != crc32(&bytes[..total - CHECKSUM]) {
            return Err("the checksum of a frame is wrong");
        }
        let mut frame = bytes.split_to(total);
        frame.truncate(total - CHECKSUM);
        let payload = frame.split_off(PRELUDE + headers_length);
        Ok(Self { headers: read_headers(&frame[PRELUDE..]).ok_or("a header is no text")?, payload })
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn read_headers(mut bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (kind, rest) = rest.split_first()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if *kind != TEXT {
            return None;
        }
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        headers.push((text(name)?, text(value)?));
        bytes = rest;
    }
    Some(headers)
}

/// The CRC-32 that zip and Ethernet use, too.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |crc, byte| TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8))
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut crc, mut bit) = (index as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn checksums() {
        #[track_caller]
        fn check(bytes: &[u8], expected: u32) {
            assert_eq!(crc32(bytes), expected, "{bytes:?}");
        }
        check(b"", 0);
        check(b"123456789", 0xcbf4_3926);
        check(b"The quick brown fox jumps over the lazy dog", 0x414f_a339);
    }

    /// The empty message of the format's own test vectors.
    #[test]
    fn a_frame_of_nothing() {
        let mut buffer = BytesMut::new();
        put(&mut buffer, &[], |_| {});
        assert_eq!(buffer[..], [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff]);
    }

    proptest! {
        #[test]
        fn what_is_put_is_taken(headers in prop::collection::vec(("[a-z:-]{1,20}", "\\PC{0,40}"), 0..5), payload: Vec<u8>) {
            let mut buffer = BytesMut::from(&b"before"[..]);
            let texts: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            put(&mut buffer, &texts, |buffer| buffer.put_slice(&payload));
            let mut bytes = buffer.freeze().slice(6..);
            let frame = Frame::take(&mut bytes).unwrap();
            prop_assert!(bytes.is_empty());
            prop_assert_eq!(frame.headers, headers);
            prop_assert_eq!(frame.payload, payload);
        }

        #[test]
        fn a_wrong_bit_is_noticed(payload in prop::collection::vec(any::<u8>(), 1..50), at: prop::sample::Index, bit in 0..8_u32) {
            let mut buffer = BytesMut::new();
            put(&mut buffer, &[("a", "b")], |buffer| buffer.put_slice(&payload));
            let at = at.index(buffer.len());
            buffer[at] ^= 1_u8 << bit;
            prop_assert!(Frame::take(&mut buffer.freeze()).is_err());
        }
    }
}
