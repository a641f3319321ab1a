//! The parameters of a simulated answer: from the model id, overridden by the newest user message.

use everruns_core::ErrorCode;
use everruns_core::message::{Message, Role, preview};
use everruns_core::prompt::Prompt;
use serde_json::{Map, Value};

use crate::ModelError;

/// Every key of every behaviour. One that is set and not read is no fault, for an override may change the behaviour;
/// one that nobody knows is a typing mistake.
const KEYS: &[&str] = &[
    "after",
    "arguments",
    "behaviour",
    "count",
    "first_token_ms",
    "kind",
    "latency",
    "name",
    "prefix",
    "rounds",
    "seed",
    "text",
    "token_ms",
    "tokens",
];

/// The settings by key.
#[derive(Debug)]
pub(super) struct Parameters(Map<String, Value>);

impl Parameters {
    /// What the model's name and the newest user message say.
    pub(super) fn of(model: &str, prompt: &Prompt) -> Result<Self, ModelError> {
        let mut values = from_model(model)?;
        let metadata = newest_user(prompt).and_then(|message| message.metadata.as_ref());
        match metadata.and_then(|metadata| metadata.get("llmsim")) {
            None => {}
            Some(Value::Object(overrides)) => values.extend(overrides.clone()),
            Some(_) => {
                return Err(misconfigured(
                    "`metadata.llmsim` must be a JSON object, such as `{\"behaviour\": \"echo\"}`",
                ));
            }
        }
        match values.keys().find(|key| !KEYS.contains(&key.as_str())) {
            None => Ok(Self(values)),
            Some(key) => Err(misconfigured(format!(
                "there is no parameter `{}`; use one of {}",
                preview(key, 40),
                KEYS.join(", ")
            ))),
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, ModelError> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(bad(key, "a text", other)),
        }
    }

    /// A whole number, as JSON or in digits.
    pub(super) fn number(&self, key: &str, max: u64) -> Result<Option<u64>, ModelError> {
        let Some(value) = self.0.get(key) else {
            return Ok(None);
        };
        let number = match value {
            Value::String(digits) => digits.parse().ok(),
            other => other.as_u64(),
        };
        match number.filter(|number| *number <= max) {
            Some(number) => Ok(Some(number)),
            None => Err(bad(key, &format!("a whole number from 0 to {max}"), value)),
        }
    }

    /// A JSON object, as such or as its text.
    pub(super) fn object(&self, key: &str) -> Result<Option<Value>, ModelError> {
        let Some(value) = self.0.get(key) else {
            return Ok(None);
        };
        let object = match value {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        };
        match object.filter(Value::is_object) {
            Some(object) => Ok(Some(object)),
            None => Err(bad(key, "a JSON object, such as `{}`", value)),
        }
    }

    /// The row of a table that a text names.
    pub(super) fn choice<T: Copy>(&self, key: &str, table: &[(&str, T)]) -> Result<Option<T>, ModelError> {
        let Some(name) = self.text(key)? else {
            return Ok(None);
        };
        match table.iter().find(|(row, _)| *row == name) {
            Some((_, chosen)) => Ok(Some(*chosen)),
            None => Err(bad(key, &one_of(table), &self.0[key])),
        }
    }
}

/// The newest thing a user said.
pub(super) fn newest_user(prompt: &Prompt) -> Option<&Message> {
    let mut newest_first = prompt.messages.iter().rev();
    newest_first.find(|message| message.role == Role::User).map(|message| &**message)
}

/// The names of a table, for a remedy.
pub(super) fn one_of<T>(table: &[(&str, T)]) -> String {
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    format!("one of {}", names.join(", "))
}

fn bad(key: &str, wanted: &str, got: &Value) -> ModelError {
    let got = match got {
        Value::String(text) => preview(text, 40),
        other => preview(&other.to_string(), 40),
    };
    misconfigured(format!("`{key}` must be {wanted}, not `{got}`"))
}

fn misconfigured(message: impl std::fmt::Display) -> ModelError {
    ModelError::permanent(ErrorCode::ModelUnavailable, format!("llmsim: {message}"))
}

fn from_model(model: &str) -> Result<Map<String, Value>, ModelError> {
    let name = model.split_once('/').map_or(model, |(_, name)| name);
    let (behaviour, query) = name.split_once('?').unwrap_or((name, ""));
    let mut values = Map::new();
    values.insert("behaviour".to_owned(), behaviour.into());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decoded(value).ok_or_else(|| {
            misconfigured(format!("`{}` has a broken percent escape; write a percent sign as `%25`", preview(key, 40)))
        })?;
        values.insert(key.to_owned(), value.into());
    }
    Ok(values)
}

/// `None`: an escape is not two hex digits, or the bytes are not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut chunks = text.split('%');
    let mut bytes = chunks.next().unwrap_or_default().as_bytes().to_vec();
    for chunk in chunks {
        let (digits, rest) = chunk.split_at_checked(2)?;
        // The parser alone would take a sign for a digit.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[track_caller]
    fn check(text: &str, decoded: Option<&str>) {
        assert_eq!(percent_decoded(text).as_deref(), decoded, "{text}");
    }

    #[test]
    fn escapes() {
        check("", Some(""));
        check("a+b", Some("a+b"));
        check("a%20b%26c", Some("a b&c"));
        check("%C3%A9t%c3%a9", Some("été"));
        check("100%25", Some("100%"));
        check("100%", None);
        check("%2", None);
        check("%+1", None);
        check("%é1", None);
        check("%FF", None);
    }
}
