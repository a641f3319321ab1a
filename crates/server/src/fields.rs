//! The body of a request, taken field by field, so that an error names the field that is wrong.
//!
//! Clients send JSON with any content type, `null`, `{}` or nothing; unknown fields are ignored.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use everruns_core::limits::{BODY_BYTES_IGNORED_MAX, BODY_BYTES_MAX};
use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::json;
use crate::problem::Problem;

/// The members of a JSON object.
#[derive(Debug)]
pub(crate) struct Fields {
    /// Stands before the names in errors, such as `message.`.
    prefix: &'static str,
    members: Map<String, Value>,
}

impl Fields {
    /// The fields of an object that came some other way than as a JSON body.
    pub(crate) fn of(members: Map<String, Value>) -> Self {
        Self { prefix: "", members }
    }

    /// All of them.
    pub(crate) fn into_members(self) -> Map<String, Value> {
        self.members
    }

    /// Names what stands before the fields in errors, such as `message.`.
    pub(crate) fn called(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// Says a field that the caller left to the path.
    pub(crate) fn or_insert(&mut self, name: &str, value: &str) {
        self.members.entry(name).or_insert_with(|| value.into());
    }

    /// Calls a field by the name that counts, if the caller used another one.
    pub(crate) fn rename(&mut self, alias: &str, name: &str) {
        if let Some(value) = self.members.remove(alias) {
            self.members.entry(name).or_insert(value);
        }
    }

    /// These fields laid over those of `document`: null takes one away, what is not said stays.
    pub(crate) fn laid_over(&self, document: &Map<String, Value>) -> Self {
        let mut members = document.clone();
        members.extend(self.members.clone());
        Self::of(members)
    }

    /// Whether a field is there and null.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(Value::is_null)
    }

    /// A field that may be absent or null.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        match self.members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_path_to_error::deserialize(value).map(Some).map_err(|error| {
                let inner = error.path().to_string();
                let path = match inner.as_str() {
                    "." => format!("{}{name}", self.prefix),
                    inner if inner.starts_with('[') => format!("{}{name}{inner}", self.prefix),
                    inner => format!("{}{name}.{inner}", self.prefix),
                };
                Problem::invalid(&path, format!("is not valid: {}", error.into_inner()))
            }),
        }
    }

    /// Such a field that is an object; an array of what would be its members is none.
    pub(crate) fn object<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        if self.members.get(name).is_some_and(|value| !value.is_object() && !value.is_null()) {
            return Err(Problem::invalid(&format!("{}{name}", self.prefix), "must be an object"));
        }
        self.optional(name)
    }

    /// A field under one of two names; clients disagree.
    pub(crate) fn either<T: DeserializeOwned>(&mut self, name: &str, alias: &str) -> Result<Option<T>, Problem> {
        let value = self.optional(name)?;
        let other = self.optional(alias)?;
        Ok(value.or(other))
    }

    /// A field that must be there.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Problem> {
        self.optional(name)?.ok_or_else(|| Problem::invalid(&format!("{}{name}", self.prefix), "is required"))
    }

    /// A text that is looked at and stays.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// A text that nobody shall see: an error does not repeat what was sent.
    pub(crate) fn secret(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::invalid(&format!("{}{name}", self.prefix), "must be a text")),
        }
    }

    /// Such texts by name.
    pub(crate) fn secrets(&mut self, name: &str) -> Result<Option<Vec<(String, String)>>, Problem> {
        let must = |what| Problem::invalid(&format!("{}{name}", self.prefix), what);
        match self.members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(members)) => {
                let text = |(name, value)| match value {
                    Value::String(text) => Ok((name, text)),
                    _ => Err(must("must have texts as its values")),
                };
                members.into_iter().map(text).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(must("must be an object of texts by name")),
        }
    }

    /// An object within the body.
    pub(crate) fn within(&mut self, name: &str, prefix: &'static str) -> Result<Self, Problem> {
        Ok(Self { prefix, members: self.required(name)? })
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let body = read(request.into_body()).await?;
        let invalid = |reason: String| Problem::new(StatusCode::BAD_REQUEST, "invalid_body", reason);
        if body.trim_ascii().is_empty() {
            return Ok(Self { prefix: "", members: Map::new() });
        }
        match json::parse(&body) {
            Ok(Value::Object(members)) => Ok(Self { prefix: "", members }),
            Ok(Value::Null) => Ok(Self { prefix: "", members: Map::new() }),
            Ok(_) => Err(invalid("The body must be a JSON object.".to_owned())),
            Err(error) => Err(invalid(error)),
        }
    }
}

/// The bytes of a body. One that is too large is read on for a while and thrown away: a client that is still sending
/// would not see the answer, only that its connection broke.
pub(crate) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let mut pieces = body.into_data_stream();
    let (mut body, mut bytes) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let broken =
            |error| Problem::new(StatusCode::BAD_REQUEST, "invalid_body", format!("The body broke off: {error}."));
        let piece = piece.map_err(broken)?;
        bytes += piece.len();
        if bytes <= BODY_BYTES_MAX {
            body.extend_from_slice(&piece);
        } else if bytes > BODY_BYTES_MAX + BODY_BYTES_IGNORED_MAX {
            break;
        }
    }
    if bytes > BODY_BYTES_MAX { Err(Problem::too_large("body", BODY_BYTES_MAX, "bytes")) } else { Ok(body) }
}

/// A body that is text, whatever its content type says.
pub(crate) struct Text(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let body = read(request.into_body()).await?;
        String::from_utf8(body).map(Self).map_err(|_| Problem::invalid("body", "must be UTF-8 text"))
    }
}

/// What a delete, a cancel or a get brings along: nothing that matters.
pub(crate) struct Ignored;

impl<S: Send + Sync> FromRequest<S> for Ignored {
    type Rejection = Problem;

    async fn from_request(_request: Request, _state: &S) -> Result<Self, Problem> {
        Ok(Self)
    }
}
