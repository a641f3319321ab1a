//! Uploaded images of a conversation, loaded for one call.

use std::collections::HashMap;

/// The contents of uploaded images by their id. One that is not here was deleted, or there were too many.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// By id.
    pub by_id: HashMap<String, Image>,
}

/// An image as providers take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Such as `image/png`.
    pub media_type: String,
    /// Its bytes, base64.
    pub base64: String,
}
