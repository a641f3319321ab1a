//! What the revision endpoints of every kind answer.

use axum::http::StatusCode;
use everruns_core::Timestamp;
use everruns_core::diff::{Difference, differences};
use everruns_store::{Resource, Revision};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::named::{Named, Wanted, change, corrupt, find, read, resource, versioned};
use crate::page::{Page, WithUrls};
use crate::problem::Problem;
use crate::query::Query;
use crate::state::App;

/// A revision in lists.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionRow {
    /// Counts the changes, from 1.
    version: i64,
    /// The name then.
    name: String,
    /// `active`, `archived` or `deleted`.
    status: String,
    /// Who made it; null for what is older than the history.
    principal_id: Option<String>,
    /// Why, in the caller's words.
    change_reason: Option<String>,
    /// Since when.
    created_at: Timestamp,
}

/// A revision with everything.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeRevision {
    #[serde(flatten)]
    row: RevisionRow,
    /// What its owner decided.
    document: Value,
}

/// What differs between two revisions.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionDiff {
    /// The version that counts as the old one.
    from: i64,
    /// The version that counts as the new one.
    to: i64,
    /// One entry per value.
    differences: Vec<Difference>,
}

impl From<Revision> for RevisionRow {
    fn from(revision: Revision) -> Self {
        let Revision { version, actor, reason, name, status, created_at } = revision;
        Self { version, name, status, principal_id: actor, change_reason: reason, created_at }
    }
}

pub(crate) async fn list<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    query: &Query,
) -> Result<Page<RevisionRow>, Problem> {
    let (offset, limit) = query.page()?;
    let stands = find::<N>(app, caller.org, wanted).await?;
    let store = app.engine.store();
    let (revisions, total) = store.list_revisions(caller.org, N::KIND, &stands.id, offset, limit).await?;
    Ok(Page { data: revisions.into_iter().map(RevisionRow::from).collect(), total, offset, limit })
}

pub(crate) async fn get<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    version: i64,
) -> Result<WholeRevision, Problem> {
    let (_, revision, body) = at::<N>(app, caller, wanted, version).await?;
    Ok(WholeRevision { row: revision.into(), document: read(&body)? })
}

pub(crate) async fn diff<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    from: i64,
    to: i64,
) -> Result<RevisionDiff, Problem> {
    let (_, _, old) = at::<N>(app, caller, wanted, from).await?;
    let (_, _, new) = at::<N>(app, caller, wanted, to).await?;
    Ok(RevisionDiff { from, to, differences: differences(&read(&old)?, &read(&new)?) })
}

pub(crate) async fn restore<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    version: i64,
    changing: &Changing,
) -> Result<Versioned<WithUrls<N::Row>>, Problem> {
    let (stands, _, body) = at::<N>(app, caller, wanted, version).await?;
    let id = stands.id.parse().map_err(|error: <N::Id as std::str::FromStr>::Err| corrupt(error))?;
    let old = resource::<N>(id, body)?;
    let written = change::<N>(app, caller, &Wanted::Id(id), changing, |_| Ok(old.clone())).await?;
    versioned::<N>(app, caller.org, StatusCode::OK, &written).await
}

async fn at<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    version: i64,
) -> Result<(Resource, Revision, String), Problem> {
    let stands = find::<N>(app, caller.org, wanted).await?;
    let found = app.engine.store().revision(caller.org, N::KIND, &stands.id, version).await?;
    let (revision, body) = found.ok_or_else(|| Problem::missing("revision"))?;
    Ok((stands, revision, body))
}
