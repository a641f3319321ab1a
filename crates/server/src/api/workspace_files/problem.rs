//! What goes wrong with files, as clients see it.

use axum::http::StatusCode;
use everruns_core::limits::FILE_BYTES_MAX;
use everruns_engine::files::{FileError, InvalidContent};

use crate::problem::Problem;

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let text = error.to_string();
        let detail = format!("{}{}.", text[..1].to_uppercase(), &text[1..]);
        match error {
            FileError::NoWorkspace => Self::missing("workspace"),
            FileError::Missing(path) => Self::missing(&format!("file or directory: {path}")),
            FileError::Archived
            | FileError::Exists(_)
            | FileError::IsFile(_)
            | FileError::IsDirectory(_)
            | FileError::NotEmpty(_)
            | FileError::IntoItself(_) => Self::conflict(detail),
            FileError::ReadOnly(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            FileError::Bytes | FileError::Entries => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
            }
            FileError::Contended => Self::unavailable(detail, 1),
            FileError::Path(error) => Self::invalid("dst_path", error),
            FileError::Store(error) => error.into(),
        }
    }
}

/// A content that was refused; `content` and `encoding` are the names of the two fields.
pub(crate) fn of_content(error: InvalidContent, content: &str, encoding: &str) -> Problem {
    match error {
        InvalidContent::Encoding => Problem::invalid(encoding, error),
        InvalidContent::Base64 => Problem::invalid(content, error),
        InvalidContent::Large => Problem::too_large(content, FILE_BYTES_MAX, "bytes"),
    }
}
