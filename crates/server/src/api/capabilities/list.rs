//! `GET /capabilities`.

use axum::Json;
use axum::extract::State;

use super::{CapabilityInfo, show};
use crate::auth::Caller;
use crate::page::{Page, WithUrls};
use crate::problem::{Problem, ProblemBody};
use crate::query::{Query, occurs};
use crate::state::App;

/// What agents can switch on. Words of `search` may stand in the id, the name, the description or the category.
#[utoipa::path(get, path = "/capabilities", operation_id = "capabilities_list", tag = "capabilities",
    params(("search" = Option<String>, Query), ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<WithUrls<CapabilityInfo>>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Page<WithUrls<CapabilityInfo>>>, Problem> {
    let (offset, limit) = query.page()?;
    let words = query.search();
    let all = app.engine.tools().capabilities().iter();
    let found = all.filter(|capability| {
        let own = [capability.id, capability.name, capability.description, capability.category.unwrap_or_default()];
        occurs(&words, &[&own, capability.aliases].concat())
    });
    let found: Vec<_> = found.collect();
    let page = found.iter().copied().skip(usize::try_from(offset).unwrap_or(0));
    let page: Vec<_> = page.take(usize::try_from(limit).unwrap_or(0)).collect();
    let data = show(&app, caller, &page).await?;
    Ok(Json(Page { data, total: found.len() as i64, offset, limit }))
}
