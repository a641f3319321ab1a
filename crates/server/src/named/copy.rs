//! Copies, and the names they get.

use everruns_core::limits::{COPIES_MAX, TITLE_CHARS_MAX};
use everruns_core::name::{check_name, copy_name};
use everruns_store::{OrgKey, Resource};
use serde_json::Value;

use super::reserved::check_reachable;
use super::{Named, Wanted, corrupt, document, find, resource, upsert};
use crate::auth::Caller;
use crate::change::Changing;
use crate::problem::Problem;
use crate::state::App;

/// Makes a copy of the one that is wanted, under the new id `id` and the first free name.
pub(crate) async fn copied<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    id: N::Id,
    changing: &Changing,
) -> Result<Resource, Problem> {
    let original = find::<N>(app, caller.org, wanted).await?;
    let display_name = document(&original.body)?.get("display_name").and_then(Value::as_str).map(str::to_owned);
    let display_name = display_name.map(|name| format!("{name} (copy)")).filter(|name| name.len() <= TITLE_CHARS_MAX);
    let name = free_name_like::<N>(app, caller.org, &original.name).await?;
    let copy = renamed::<N>(id, &original.body, &name, display_name.as_deref())?;
    upsert::<N>(app, caller, copy, false, changing).await.map(|(copy, _)| copy)
}

/// The name itself if it is free, else the first free one of `name-copy`, `name-copy-2`, …
pub(crate) async fn free_name<N: Named>(app: &App, org: OrgKey, name: &str) -> Result<String, Problem> {
    match is_available::<N>(app, org, name, None).await? {
        true => Ok(name.to_owned()),
        false => free_name_like::<N>(app, org, name).await,
    }
}

/// The first free name of `name-copy`, `name-copy-2`, …
async fn free_name_like<N: Named>(app: &App, org: OrgKey, original: &str) -> Result<String, Problem> {
    let mut taken: Vec<String> = Vec::new();
    while let Some(name) = copy_name(original, COPIES_MAX, |name| taken.iter().any(|known| known == name)) {
        if is_available::<N>(app, org, &name, None).await? {
            return Ok(name);
        }
        taken.push(name);
    }
    Err(Problem::conflict(format!("There are {COPIES_MAX} copies of it; rename or delete some.")))
}

/// The document `body` under a new id and name. A display name in it gives way to `display_name`.
pub(crate) fn renamed<N: Named>(
    id: N::Id,
    body: &str,
    name: &str,
    display_name: Option<&str>,
) -> Result<Resource, Problem> {
    let mut document = document(body)?;
    document.insert("name".to_owned(), name.into());
    if let Some(display_name) = display_name {
        document.insert("display_name".to_owned(), display_name.into());
    }
    resource::<N>(id, serde_json::to_string(&document).map_err(corrupt)?)
}

/// Whether a new one could have this name, or the one with the id `but` could go on having it.
pub(crate) async fn is_available<N: Named>(
    app: &App,
    org: OrgKey,
    name: &str,
    but: Option<N::Id>,
) -> Result<bool, Problem> {
    check_name(name).map_err(|error| Problem::invalid("name", error))?;
    let is_own = |found: &Resource| but.is_some_and(|but| but.to_string() == found.id);
    check_reachable::<N>(app, org, name, is_own).await?;
    if N::built_in(app).iter().any(|known| known.name == name) {
        return Ok(false);
    }
    let found = app.engine.store().resource_by_name(org, N::KIND, name).await?;
    Ok(found.as_ref().is_none_or(is_own))
}
