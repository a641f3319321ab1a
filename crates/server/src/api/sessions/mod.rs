//! Sessions: create, list, get, delete, cancel.

pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;

use everruns_core::DEFAULT_PRINCIPAL;
use everruns_core::session::Session;
use everruns_store::SessionRow;

use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

/// A session as the API shows it.
fn show(app: &App, caller: Caller, row: &SessionRow) -> Result<WithUrls<Session>, Problem> {
    let corrupt = |error: String| Problem::from(everruns_store::Error::Corrupt(error));
    let head = &row.head;
    let session = Session {
        id: head.id,
        organization_id: caller.org_id,
        harness_id: row.harness_id.parse().map_err(|error| corrupt(format!("{error}")))?,
        workspace_id: row.workspace_id.parse().map_err(|error| corrupt(format!("{error}")))?,
        owner_principal_id: DEFAULT_PRINCIPAL,
        spec: serde_json::from_str(&row.body).map_err(|error| corrupt(error.to_string()))?,
        status: head.status,
        features: Vec::new(),
        usage: Some(head.usage),
        is_pinned: Some(false),
        created_at: head.created_at,
        updated_at: head.updated_at,
        started_at: head.started_at,
        finished_at: head.finished_at,
    };
    Ok(WithUrls::new(session, "sessions", &head.id, &app.settings.public_url))
}
