//! `GET /harnesses/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::HarnessId;

use super::{HarnessRow, Harnesses};
use crate::api::Id;
use crate::auth::Caller;
use crate::change::Versioned;
use crate::named::{Wanted, find, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A harness by id, live or archived, or a live one by name.
#[utoipa::path(get, path = "/harnesses/{harness_id}", operation_id = "harnesses_get", tag = "harnesses",
    params(("harness_id" = String, Path, description = "Id or name")),
    responses((status = 200, body = WithUrls<HarnessRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<HarnessId>>,
) -> Result<Versioned<WithUrls<HarnessRow>>, Problem> {
    let found = find::<Harnesses>(&app, caller.org, &wanted).await?;
    versioned::<Harnesses>(&app, caller.org, StatusCode::OK, &found).await
}
