//! Listing: the built-in ones and those of the organization.

use everruns_store::{OrgKey, ResourceQuery};

use super::{Named, show_all};
use crate::page::{Page, WithUrls};
use crate::problem::Problem;
use crate::state::App;

/// A page of a kind: those of the organization, newest first, and behind them the built-in ones.
pub(crate) async fn list<N: Named>(
    app: &App,
    org: OrgKey,
    query: &ResourceQuery,
) -> Result<Page<WithUrls<N::Row>>, Problem> {
    let (mut page, own) = app.engine.store().list_resources(org, N::KIND, query).await?;
    let is_found = |search: &str| query.search.iter().all(|word| search.contains(word.as_str()));
    let built_in: Vec<_> = N::built_in(app).into_iter().filter(|it| is_found(&it.search.to_lowercase())).collect();
    let total = own + built_in.len() as i64;
    let (skipped, room) = ((query.offset - own).max(0), query.limit - page.len() as i64);
    let counts = [skipped, room].map(|count| usize::try_from(count).unwrap_or(0));
    page.extend(built_in.into_iter().skip(counts[0]).take(counts[1]));
    let data = show_all::<N>(app, org, &page).await?;
    Ok(Page { data, total, offset: query.offset, limit: query.limit })
}
