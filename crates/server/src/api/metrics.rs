//! `GET /metrics`: numbers for Prometheus, for whoever runs the server.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use everruns_core::Role;
use everruns_store::DEFAULT_ORG_KEY;

use crate::auth::Caller;
use crate::metrics::{Process, text};
use crate::problem::Problem;
use crate::state::App;

/// The numbers. They are about the whole process, so they are for admins of the default organization.
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Result<impl IntoResponse, Problem> {
    let (parts, _) = request.into_parts();
    let caller = Caller::of(&app, &parts).await?;
    caller.must_be(Role::Admin, "read the metrics")?;
    if caller.org != DEFAULT_ORG_KEY {
        let detail = "The metrics are for the organization that runs the server.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    }
    let process = tokio::task::spawn_blocking(Process::read).await.unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(&app, process)))
}
