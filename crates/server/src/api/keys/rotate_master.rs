//! `POST /keys/rotate-master`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use everruns_engine::{RewrapError, Rewrapped};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Auth;
use crate::fields::Ignored;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What the server's master key took over.
#[derive(Serialize, ToSchema)]
pub(crate) struct RotateAnswer {
    /// Secrets that it wraps now and did not before.
    rewrapped: usize,
    /// Secrets that it wrapped already.
    current: usize,
    /// Secrets that were set or dropped meanwhile.
    skipped: usize,
    /// Secrets that no master key of the server opens; they stay as they are.
    locked: usize,
}

/// Wraps the data keys of all secrets of all organizations by the server's master key. Over the operator's socket alone:
/// `everruns keys rotate-master`.
#[utoipa::path(post, path = "/keys/rotate-master", operation_id = "keys_rotate_master", tag = "keys",
    responses((status = 200, body = RotateAnswer), (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub(crate) async fn rotate_master(State(app): State<App>, _: Ignored) -> Result<Json<RotateAnswer>, Problem> {
    if app.auth != Auth::Operator {
        let detail = "Only the operator can do this, over the operator's socket: `everruns keys rotate-master`.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    }
    let done = app.engine.rewrap_secrets().await.map_err(|error| match error {
        RewrapError::Seal(error) => Problem::from(error),
        RewrapError::Store(error) => Problem::from(error),
    })?;
    let Rewrapped { rewrapped, current, skipped, locked } = done;
    tracing::info!(rewrapped, current, skipped, locked, "the master key took secrets over");
    Ok(Json(RotateAnswer { rewrapped, current, skipped, locked }))
}
