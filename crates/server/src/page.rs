//! Lists and items as clients see them.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) data: Vec<T>,
    /// How many there are in all.
    pub(crate) total: i64,
    /// How many were skipped.
    pub(crate) offset: i64,
    /// How many a page holds.
    pub(crate) limit: i64,
}

impl<T> Page<T> {
    /// A list that has but one page.
    pub(crate) fn whole(data: Vec<T>) -> Self {
        let total = data.len() as i64;
        Self { data, total, offset: 0, limit: total }
    }
}

/// An item with its addresses.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithUrls<T> {
    #[serde(flatten)]
    item: T,
    /// Its address in the API.
    self_url: String,
    /// Its address in the web UI, as a path.
    view_url: String,
    /// Its address in the web UI.
    ui_link: String,
}

impl<T> WithUrls<T> {
    /// `collection` is the word in the path, such as `agents`.
    pub(crate) fn new(item: T, collection: &str, id: &impl std::fmt::Display, public_url: &str) -> Self {
        Self {
            item,
            self_url: format!("/v1/{collection}/{id}"),
            view_url: format!("/{collection}/{id}"),
            ui_link: format!("{public_url}/{collection}/{id}"),
        }
    }
}
