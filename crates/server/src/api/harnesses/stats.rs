//! `GET /harnesses/{id}/stats`.

use axum::Json;
use axum::extract::State;
use everruns_core::HarnessId;

use super::Harnesses;
use crate::api::Id;
use crate::auth::Caller;
use crate::named::{ResourceStats, Wanted, stats as stats_of};
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What the sessions of a harness add up to.
#[utoipa::path(get, path = "/harnesses/{harness_id}/stats", operation_id = "harnesses_stats", tag = "harnesses",
    params(("harness_id" = String, Path, description = "Id or name")),
    responses((status = 200, body = ResourceStats), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn stats(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<HarnessId>>,
) -> Result<Json<ResourceStats>, Problem> {
    stats_of::<Harnesses>(&app, caller, &wanted).await.map(Json)
}
