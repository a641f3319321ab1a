//! Showing: rows with what the API adds.

use axum::http::StatusCode;
use everruns_store::{OrgKey, Resource};

use super::Named;
use crate::change::Versioned;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

/// Rows of several, with what the API adds: one query for all counts.
pub(crate) async fn show_all<N: Named>(
    app: &App,
    org: OrgKey,
    resources: &[Resource],
) -> Result<Vec<WithUrls<N::Row>>, Problem> {
    let ids: Vec<&str> = resources.iter().map(|resource| resource.id.as_str()).collect();
    let counts = app.engine.store().session_counts(org, N::SESSIONS, &ids).await?;
    let show = |resource: &Resource| {
        let row = N::row(resource, counts.get(&resource.id).copied().unwrap_or(0))?;
        Ok(WithUrls::new(row, N::COLLECTION, &resource.id, &app.settings.public_url))
    };
    resources.iter().map(show).collect()
}

/// The row of one.
pub(crate) async fn show<N: Named>(app: &App, org: OrgKey, resource: &Resource) -> Result<WithUrls<N::Row>, Problem> {
    let mut rows = show_all::<N>(app, org, std::slice::from_ref(resource)).await?;
    rows.pop().ok_or_else(|| Problem::missing(N::KIND))
}

/// The row of one as an answer, with its version.
pub(crate) async fn versioned<N: Named>(
    app: &App,
    org: OrgKey,
    status: StatusCode,
    resource: &Resource,
) -> Result<Versioned<WithUrls<N::Row>>, Problem> {
    Ok(Versioned { status, version: resource.version, body: show::<N>(app, org, resource).await? })
}
