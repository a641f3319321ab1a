//! `DELETE /harnesses/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::HarnessId;

use super::Harnesses;
use crate::api::Id;
use crate::auth::Caller;
use crate::change::Changing;
use crate::fields::Ignored;
use crate::named::{Wanted, delete as delete_named};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Deletes a harness: it is gone for every later request and frees its name. Its sessions stay, but no new turn
/// starts in them. `PATCH` with the status `archived` only hides it.
#[utoipa::path(delete, path = "/harnesses/{harness_id}", operation_id = "harnesses_delete", tag = "harnesses",
    params(("harness_id" = String, Path, description = "Id or name"),
        ("If-Match" = Option<String>, Header, description = "The version that was read, as `ETag` has it")),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<HarnessId>>,
    changing: Changing,
    _: Ignored,
) -> Result<StatusCode, Problem> {
    delete_named::<Harnesses>(&app, caller, &wanted, &changing).await
}
