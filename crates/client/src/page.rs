//! A page of a list, lists over all their pages, and lists that come whole.

use std::collections::VecDeque;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::{Client, Error};

/// Items of one page when all are read; more are not given.
const PAGE_ITEMS: u32 = 100;

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

/// The items of a list over all its pages; a page is asked for when the one before it is used up. It ends after an
/// error.
pub type Items<T> = BoxStream<'static, Result<T, Error>>;

/// A list that is not paged.
#[derive(Deserialize)]
pub(crate) struct Whole<T> {
    pub(crate) data: Vec<T>,
}

impl Call<'_> {
    /// Calls, and reads the items of a list that is not paged.
    pub(crate) async fn items<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        self.answer().await.map(|whole: Whole<T>| whole.data)
    }
}

/// All items of the list that `call` asks for, from `offset` on.
pub(crate) fn all<T: DeserializeOwned + Send + 'static>(
    client: Client,
    offset: u32,
    call: impl Fn(&Client) -> Call<'_> + Send + 'static,
) -> Items<T> {
    struct State<T> {
        offset: u32,
        items: VecDeque<T>,
        is_last: bool,
    }
    let state = State { offset, items: VecDeque::new(), is_last: false };
    stream::try_unfold((client, call, state), async |(client, call, mut state)| {
        while state.items.is_empty() && !state.is_last {
            let page = call(&client).query("offset", Some(state.offset)).query("limit", Some(PAGE_ITEMS));
            let page: Page<T> = page.answer().await?;
            state.offset += u32::try_from(page.data.len()).map_err(Error::decode)?;
            state.is_last = page.data.is_empty() || u64::from(state.offset) >= page.total;
            state.items = page.data.into();
        }
        Ok(state.items.pop_front().map(|item| (item, (client, call, state))))
    })
    .boxed()
}
