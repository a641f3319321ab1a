//! Contents of files as texts in JSON: plain, or base64 for what is no text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use everruns_core::limits::FILE_BYTES_MAX;

/// How a content is written as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is, UTF-8.
    Text,
    /// Base64 with padding.
    Base64,
}

impl Encoding {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Base64 => "base64",
        }
    }

    /// The encoding that a word stands for; none is `text`.
    pub fn parse(word: Option<&str>) -> Option<Self> {
        match word {
            None | Some("text") => Some(Self::Text),
            Some("base64") => Some(Self::Base64),
            Some(_) => None,
        }
    }
}

/// Why a content was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContent {
    /// The encoding is unknown.
    #[error("must be `text` or `base64`")]
    Encoding,
    /// It is not base64.
    #[error("is not valid base64")]
    Base64,
    /// It is larger than [`FILE_BYTES_MAX`].
    #[error("is larger than {FILE_BYTES_MAX} bytes")]
    Large,
}

/// The bytes that a text in this encoding stands for.
pub fn decode(content: String, encoding: Option<&str>) -> Result<Vec<u8>, InvalidContent> {
    let bytes = match Encoding::parse(encoding).ok_or(InvalidContent::Encoding)? {
        Encoding::Text => content.into_bytes(),
        Encoding::Base64 => STANDARD.decode(content.trim()).map_err(|_| InvalidContent::Base64)?,
    };
    if bytes.len() > FILE_BYTES_MAX { Err(InvalidContent::Large) } else { Ok(bytes) }
}

/// Where a NUL gives away that something is no text.
const SNIFFED_BYTES: usize = 8 * 1024;

/// The text that stands for these bytes, plain if they are a text.
pub fn encode(bytes: Vec<u8>) -> (String, Encoding) {
    if bytes.iter().take(SNIFFED_BYTES).any(|byte| *byte == 0) {
        return (STANDARD.encode(bytes), Encoding::Base64);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, Encoding::Text),
        Err(error) => (STANDARD.encode(error.into_bytes()), Encoding::Base64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        #[track_caller]
        fn check(bytes: &[u8], text: &str, encoding: Encoding) {
            assert_eq!(encode(bytes.to_vec()), (text.to_owned(), encoding));
            assert_eq!(decode(text.to_owned(), Some(encoding.as_str())).unwrap(), bytes);
        }
        check(b"", "", Encoding::Text);
        check("ä\r\n\u{feff}".as_bytes(), "ä\r\n\u{feff}", Encoding::Text);
        check(b"a\0b", "YQBi", Encoding::Base64);
        check(b"\xff\xfe", "//4=", Encoding::Base64);
        assert_eq!(decode("YQ".to_owned(), Some("base64")), Err(InvalidContent::Base64));
        assert_eq!(decode("Y Q=".to_owned(), Some("base64")), Err(InvalidContent::Base64));
        assert_eq!(decode("a".to_owned(), Some("utf-16")), Err(InvalidContent::Encoding));
        assert_eq!(decode("a".repeat(FILE_BYTES_MAX + 1), None), Err(InvalidContent::Large));
    }
}
