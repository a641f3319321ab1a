//! Values, rows and statements that both databases understand.

use std::borrow::Cow;

use crate::Error;

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// How long it is, roughly.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Int(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

/// A row of a result, read column by column from the left.
#[derive(Debug)]
pub(crate) struct Row(pub(crate) std::vec::IntoIter<Value>);

/// A statement with `$1` placeholders and its parameters.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) parameters: Vec<Value>,
    /// If given, the statement has to return a row; else everything is undone and this is the error.
    pub(crate) refusal: Option<Error>,
}

impl Statement {
    pub(crate) fn new(sql: &'static str, parameters: Vec<Value>) -> Self {
        Self { sql: Cow::Borrowed(sql), parameters, refusal: None }
    }

    pub(crate) fn owned(sql: String, parameters: Vec<Value>) -> Self {
        Self { sql: Cow::Owned(sql), parameters, refusal: None }
    }

    /// Undoes all statements of the transaction, and fails as this, if it returns no row.
    pub(crate) fn or_refuse(self, refusal: Error) -> Self {
        Self { refusal: Some(refusal), ..self }
    }

    /// Its rows, if they are enough.
    pub(crate) fn accept(&self, rows: Vec<Row>) -> Result<Vec<Row>, Error> {
        match &self.refusal {
            Some(refusal) if rows.is_empty() => Err(refusal.clone()),
            _ => Ok(rows),
        }
    }
}

impl Row {
    /// How long what is left of it is, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_slice().iter().map(Value::bytes).sum()
    }

    pub(crate) fn value(&mut self) -> Result<Value, Error> {
        self.0.next().ok_or_else(|| Error::Corrupt("a row has too few columns".to_owned()))
    }

    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        match self.value()? {
            Value::Int(number) => Ok(number),
            other => Err(Error::Corrupt(format!("expected a number, found {other:?}"))),
        }
    }

    pub(crate) fn int_or_null(&mut self) -> Result<Option<i64>, Error> {
        match self.value()? {
            Value::Int(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            other => Err(Error::Corrupt(format!("expected a number, found {other:?}"))),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        self.text_or_null()?.ok_or_else(|| Error::Corrupt("expected a text, found null".to_owned()))
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, Error> {
        match self.value()? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            other => Err(Error::Corrupt(format!("expected a text, found {other:?}"))),
        }
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Error> {
        match self.value()? {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(Error::Corrupt(format!("expected bytes, found {} of them", other.bytes()))),
        }
    }

    pub(crate) fn bytes_or_null(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match self.value()? {
            Value::Blob(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            other => Err(Error::Corrupt(format!("expected bytes, found {other:?}"))),
        }
    }

    pub(crate) fn uuid_or_null(&mut self) -> Result<Option<uuid::Uuid>, Error> {
        let uuid = |bytes: Vec<u8>| uuid::Uuid::from_slice(&bytes).map_err(|error| Error::Corrupt(error.to_string()));
        self.bytes_or_null()?.map(uuid).transpose()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The one row of the first statement of a write.
pub(crate) fn first_row(results: Vec<Vec<Row>>) -> Result<Row, Error> {
    only_row(results.into_iter().take(1).collect())
}

/// The one row of a write of one statement.
pub(crate) fn only_row(mut results: Vec<Vec<Row>>) -> Result<Row, Error> {
    let row = results.pop().and_then(|rows| rows.into_iter().next());
    row.ok_or_else(|| Error::Corrupt("a statement returned no row".to_owned()))
}
