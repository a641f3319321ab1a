//! What a tool is told.

use everruns_core::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Names the call's effect: a call that is run again after a crash carries the same key.
    pub key: String,
    /// Which tool.
    pub name: String,
    /// The model's arguments: a JSON object.
    pub arguments: Value,
    /// When the call was started; tools have no clock of their own.
    pub now: Timestamp,
}

impl Request {
    /// The arguments in a tool's own shape. The error names the argument that does not fit.
    pub(crate) fn arguments<T: DeserializeOwned>(&self) -> Result<T, String> {
        if !self.arguments.is_object() {
            return Err("The arguments must be a JSON object.".to_owned());
        }
        serde_path_to_error::deserialize(&self.arguments).map_err(|error| {
            let path = error.path().to_string();
            match path.as_str() {
                // The root: the message itself names what is missing.
                "." => format!("The arguments do not fit: {}.", error.inner()),
                path => format!("The argument `{path}` does not fit: {}.", error.inner()),
            }
        })
    }
}
