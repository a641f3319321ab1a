//! A page of a list, and lists that come whole.

use serde::Deserialize;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// How many items there are on all pages.
    pub total: u64,
    /// How many items come before this page.
    pub offset: u64,
    /// How many items a page has at most.
    pub limit: u64,
}

/// A list that is not paged.
#[derive(Deserialize)]
pub(crate) struct Whole<T> {
    pub(crate) data: Vec<T>,
}

/// Adds a parameter to a query, if it is set.
pub(crate) fn push_some(query: &mut Vec<(&'static str, String)>, name: &'static str, value: Option<impl ToString>) {
    if let Some(value) = value {
        query.push((name, value.to_string()));
    }
}
