//! The query of a request: keys may be repeated, unknown ones are ignored, errors name the key.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use everruns_core::event::TYPES;
use everruns_core::limits::{PAGE_DEFAULT, PAGE_MAX, QUERY_VALUES_MAX, SEARCH_TOKENS_MAX};

use crate::problem::Problem;
use crate::validate;

/// Keys and values in their order, decoded (`+` and `%20` are spaces).
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// The last value of a key; an empty one counts as absent.
    pub(crate) fn one(&self, key: &str) -> Option<&str> {
        let values = self.0.iter().rev();
        values.filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).find(|value| !value.is_empty())
    }

    /// The last value of a key, parsed.
    pub(crate) fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, key: &str) -> Result<Option<T>, Problem> {
        let parse =
            |value: &str| value.parse().map_err(|error| Problem::invalid(key, format!("is not valid: {error}")));
        self.one(key).map(parse).transpose()
    }

    /// A number that is not below `min`; beyond `max` it is clamped.
    pub(crate) fn number(&self, key: &str, min: i64, max: i64) -> Result<Option<i64>, Problem> {
        match self.parsed::<i64>(key)? {
            Some(number) if number < min => Err(Problem::invalid(key, format!("must be at least {min}"))),
            number => Ok(number.map(|number| number.min(max))),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, Problem> {
        Ok(self.parsed::<bool>(key)?.unwrap_or(false))
    }

    /// All values of a key, in their order.
    fn all(&self, key: &str) -> Result<Vec<String>, Problem> {
        let values: Vec<String> =
            self.0.iter().filter(|(name, _)| name == key).map(|(_, value)| value.clone()).collect();
        if values.len() > QUERY_VALUES_MAX {
            return Err(Problem::invalid(key, format!("may be given at most {QUERY_VALUES_MAX} times")));
        }
        Ok(values)
    }

    /// All values of a key that name event types.
    pub(crate) fn event_types(&self, key: &str) -> Result<Vec<String>, Problem> {
        let values = self.all(key)?;
        match values.iter().find(|value| !TYPES.contains(&value.as_str())) {
            Some(unknown) => Err(Problem::invalid(key, format!("names the unknown event type {unknown:?}"))),
            None => Ok(values),
        }
    }

    /// A short text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, Problem> {
        validate::title(key, self.one(key))?;
        Ok(self.one(key).map(str::to_owned))
    }

    /// All values of a key, short texts.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<String>, Problem> {
        let values = self.all(key)?;
        values.iter().try_for_each(|value| validate::title(key, Some(value)))?;
        Ok(values)
    }

    /// The words of a text that is looked for, in lower case.
    pub(crate) fn words(&self, key: &str) -> Result<Vec<String>, Problem> {
        let text = self.text(key)?.unwrap_or_default();
        Ok(text.split_whitespace().take(SEARCH_TOKENS_MAX).map(str::to_lowercase).collect())
    }

    /// The words of `search`.
    pub(crate) fn search(&self) -> Vec<String> {
        let text = self.one("search").unwrap_or_default();
        text.split_whitespace().take(SEARCH_TOKENS_MAX).map(str::to_lowercase).collect()
    }

    /// `offset` and `limit` of a page.
    pub(crate) fn page(&self) -> Result<(i64, i64), Problem> {
        self.page_of(PAGE_DEFAULT, PAGE_MAX)
    }

    /// The same for a list with its own limits.
    pub(crate) fn page_of(&self, default: i64, max: i64) -> Result<(i64, i64), Problem> {
        let offset = self.number("offset", 0, i64::from(i32::MAX))?.unwrap_or(0);
        Ok((offset, self.number("limit", 1, max)?.unwrap_or(default)))
    }
}

/// Whether every word of a search occurs in one of the texts. For lists that do not come from the database.
pub(crate) fn occurs(words: &[String], texts: &[&str]) -> bool {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}
