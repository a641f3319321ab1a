//! Writing: over what is there, by version, never what is built in.

use axum::http::StatusCode;
use everruns_core::agent::Status;
use everruns_core::limits::CHANGE_TRIES_MAX;
use everruns_store::Resource;
use serde::Deserialize;
use utoipa::ToSchema;

use super::reserved::check_reachable;
use super::{Named, Wanted, find};
use crate::auth::Caller;
use crate::change::Changing;
use crate::problem::Problem;
use crate::room;
use crate::state::App;

/// Whether it is one of those that nobody changes.
pub(crate) fn is_built_in<N: Named>(app: &App, id: &str) -> bool {
    N::built_in(app).iter().any(|known| known.id == id)
}

/// 409 if a built-in one has this name; the database knows only of the others.
fn check_built_in<N: Named>(app: &App, new: &Resource) -> Result<(), Problem> {
    match N::built_in(app).iter().any(|known| known.name == new.name) {
        true => Err(name_taken(N::KIND, new, "")),
        false => Ok(()),
    }
}

/// 409: the name is another's. `remedy` is what helps beside choosing another name.
fn name_taken(kind: &str, new: &Resource, remedy: &str) -> Problem {
    let name = &new.name;
    Problem::conflict(match &new.name_text {
        None => format!("Another {kind} has this `name`; choose another."),
        Some(text) => {
            format!("`name` {text:?} comes to `{name}`, the name of another {kind}; choose another{remedy}.")
        }
    })
}

fn refused<N: Named>(error: everruns_store::Error, new: &Resource, by_name: bool) -> Problem {
    let remedy = if by_name { format!(", or send `{}` to change that one", new.name) } else { String::new() };
    match error {
        everruns_store::Error::Conflict(_) => name_taken(N::KIND, new, &remedy),
        error => error.into(),
    }
}

/// Writes `new` over the one with its id or, if `by_name`, over the live one with its name, else as a new one. The
/// second value says whether it is new.
pub(crate) async fn upsert<N: Named>(
    app: &App,
    caller: Caller,
    new: Resource,
    by_name: bool,
    changing: &Changing,
) -> Result<(Resource, bool), Problem> {
    if is_built_in::<N>(app, &new.id) {
        return Err(read_only::<N>());
    }
    check_reachable::<N>(app, caller.org, &new.name, |holder| by_name || holder.id == new.id).await?;
    check_built_in::<N>(app, &new)?;
    N::check(app, caller.org, &new).await?;
    room::for_named::<N>(app, caller.org, &new, by_name).await?;
    let upserted = app.engine.store().upsert_resource(caller.org, N::KIND, &new, by_name, &changing.change).await;
    let upserted = upserted.map_err(|error| refused::<N>(error, &new, by_name))?;
    app.engine.definitions_changed();
    Ok((upserted.resource, upserted.created))
}

fn read_only<N: Named>() -> Problem {
    let detail = format!("This {} is built in and cannot be changed; copy it and change the copy.", N::KIND);
    Problem::new(StatusCode::FORBIDDEN, "built_in", detail)
}

/// Changes the one that is wanted as `edit` says, which is asked again if another change came first. What `edit` leaves
/// as it was is not written.
pub(crate) async fn change<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    changing: &Changing,
    edit: impl Fn(&Resource) -> Result<Resource, Problem> + Send + Sync,
) -> Result<Resource, Problem> {
    for _ in 0..CHANGE_TRIES_MAX {
        let stands = find::<N>(app, caller.org, wanted).await?;
        changing.check(stands.version)?;
        if is_built_in::<N>(app, &stands.id) {
            return Err(read_only::<N>());
        }
        let edited = edit(&stands)?;
        let new = Resource {
            id: stands.id.clone(),
            version: stands.version,
            created_at: stands.created_at,
            updated_at: stands.updated_at,
            ..edited
        };
        let is_of_old_lineage = new.lineage.is_none() || new.lineage == stands.lineage;
        if (&new.body, &new.status) == (&stands.body, &stands.status) && is_of_old_lineage {
            return Ok(stands);
        }
        if new.status == "active" {
            check_built_in::<N>(app, &new)?;
        }
        // An archived one keeps its name too.
        if new.name != stands.name {
            check_reachable::<N>(app, caller.org, &new.name, |_| false).await?;
        }
        if new.base_id != stands.base_id {
            N::check(app, caller.org, &new).await?;
        }
        let written = app.engine.store().update_resource(caller.org, N::KIND, &new, &changing.change).await;
        if let Some(written) = written.map_err(|error| refused::<N>(error, &new, false))? {
            app.engine.definitions_changed();
            return Ok(written);
        }
        let uppers = app.engine.store().list_based_on(caller.org, N::KIND, &stands.id).await?;
        if new.status != "active" && !uppers.is_empty() {
            let detail = format!("Other ones inherit from it: {}; change or delete them first.", uppers.join(", "));
            return Err(Problem::conflict(detail));
        }
    }
    Err(Problem::conflict("Others change it all the time; try again."))
}

/// Deletes the one that is wanted.
pub(crate) async fn delete<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    changing: &Changing,
) -> Result<StatusCode, Problem> {
    let deleted = |stands: &Resource| Ok(Resource { status: "deleted".to_owned(), ..stands.clone() });
    change::<N>(app, caller, wanted, changing, deleted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a request may ask for as a status.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WantedStatus {
    /// In use.
    Active,
    /// Hidden from lists, kept for reference.
    Archived,
}

/// `new` with the status that a request asks for. What is archived is not changed otherwise before it is active again.
pub(crate) fn status_after<N: Named>(
    stands: &Resource,
    wanted: Option<Status>,
    new: Resource,
) -> Result<Resource, Problem> {
    let status = match wanted {
        Some(Status::Deleted) => {
            return Err(Problem::invalid("status", "must be `active` or `archived`; or use DELETE"));
        }
        Some(status) => status.as_str().to_owned(),
        None => stands.status.clone(),
    };
    if stands.status != "active" && status != "active" && new.body != stands.body {
        let detail = format!("This {} is archived; set its `status` to `active` first.", N::KIND);
        return Err(Problem::conflict(detail));
    }
    Ok(Resource { status, ..new })
}
