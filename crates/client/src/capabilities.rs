//! `/v1/capabilities`: what agents can switch on.

use serde::Deserialize;

use crate::page::{self, Items};
use crate::{Client, Error, Page, Seen};

/// The capabilities that the server has.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities<'a>(pub(crate) &'a Client);

/// A capability as the catalogue describes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Capability {
    /// Constant id, such as `current_time`.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it gives an agent.
    pub description: String,
    /// `available`, or why it is not.
    pub status: String,
    /// The drawer it lies in.
    pub category: Option<String>,
}

/// Which capabilities to list. The default is the first page of all.
#[derive(Clone, Debug, Default)]
pub struct ListCapabilities {
    /// Words that must all occur in the capability's texts.
    pub search: Option<String>,
    /// Items to skip.
    pub offset: Option<u32>,
    /// Items per page, at most 100.
    pub limit: Option<u32>,
}

impl Capabilities<'_> {
    /// One page of capabilities.
    pub async fn list(&self, options: &ListCapabilities) -> Result<Page<Seen<Capability>>, Error> {
        let call = self.0.get(&["capabilities"]).query("search", options.search.as_ref());
        call.query("offset", options.offset).query("limit", options.limit).answer().await
    }

    /// All capabilities, page by page, from `offset` on; `limit` does not count.
    pub fn all(&self, options: ListCapabilities) -> Items<Seen<Capability>> {
        page::all(self.0.clone(), options.offset.unwrap_or(0), move |client| {
            client.get(&["capabilities"]).query("search", options.search.as_ref())
        })
    }

    /// The capability with this id.
    pub async fn get(&self, id: &str) -> Result<Seen<Capability>, Error> {
        self.0.get(&["capabilities", id]).answer().await
    }
}
