//! Sessions: create, list, get, change, fork, export, pin, delete, cancel.

pub(crate) mod cancel;
pub(crate) mod context_report;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod fork;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod pin;
pub(crate) mod stats;
pub(crate) mod update;
mod workspace;

use everruns_core::session::Session;
use everruns_engine::Preview;
use everruns_store::{SessionKey, SessionRow};

use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

/// Sessions as the API shows them to the caller.
async fn show_all(app: &App, caller: Caller, rows: &[SessionRow]) -> Result<Vec<WithUrls<Session>>, Problem> {
    let keys: Vec<SessionKey> = rows.iter().map(|row| row.head.key).collect();
    let pinned = app.engine.store().pinned_among(caller.principal, &keys).await?;
    let previews = app.engine.previews(rows.iter().map(|row| &row.head)).await?;
    let show = |(row, preview): (&SessionRow, Preview)| show(app, caller, row, preview, pinned.contains(&row.head.key));
    rows.iter().zip(previews).map(show).collect()
}

/// A session as the API shows it to the caller.
async fn show_one(app: &App, caller: Caller, row: &SessionRow) -> Result<WithUrls<Session>, Problem> {
    let shown = show_all(app, caller, std::slice::from_ref(row)).await?;
    shown.into_iter().next().ok_or_else(|| Problem::missing("session"))
}

fn show(
    app: &App,
    caller: Caller,
    row: &SessionRow,
    preview: Preview,
    is_pinned: bool,
) -> Result<WithUrls<Session>, Problem> {
    let head = &row.head;
    let session = Session {
        id: head.id,
        organization_id: caller.org_id,
        harness_id: row.harness_id.parse().map_err(corrupt)?,
        workspace_id: row.workspace_id.parse().map_err(corrupt)?,
        owner_principal_id: row.owner,
        spec: serde_json::from_str(&row.body).map_err(corrupt)?,
        status: head.status,
        features: Vec::new(),
        usage: Some(head.usage),
        is_pinned: Some(is_pinned),
        preview: preview.input,
        output_preview: preview.output,
        forked_from_session_id: row.forked_from,
        forked_from_sequence: row.forked_sequence,
        created_at: head.created_at,
        updated_at: head.updated_at,
        started_at: head.started_at,
        finished_at: head.finished_at,
    };
    Ok(WithUrls::new(session, "sessions", &head.id, &app.settings.public_url))
}

fn corrupt(error: impl std::fmt::Display) -> Problem {
    everruns_store::Error::Corrupt(error.to_string()).into()
}
