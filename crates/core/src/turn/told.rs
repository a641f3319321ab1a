//! What is told of an error: as much as the configuration allows.

use serde_json::{Map, Value};

use super::Turn;
use crate::ErrorCode;
use crate::config::ErrorDisclosure;

/// An error as readers may see it.
pub(super) struct Told {
    pub(super) code: ErrorCode,
    pub(super) fields: Option<Map<String, Value>>,
    pub(super) disclosure: ErrorDisclosure,
    /// What the records of the model call say.
    pub(super) reason: String,
}

/// What is told of `code`; `words`: what the provider said.
pub(super) fn tell(turn: &Turn, code: ErrorCode, words: Option<&str>) -> Told {
    let disclosure = turn.config.manner.error_disclosure;
    let code = if disclosure == ErrorDisclosure::Generic { ErrorCode::ProcessingError } else { code };
    let words = words.filter(|_| disclosure == ErrorDisclosure::Detailed);
    let fields = words.map(|words| Map::from_iter([("detail".to_owned(), Value::from(words))]));
    Told { code, fields, disclosure, reason: words.unwrap_or(code.user_message()).to_owned() }
}
