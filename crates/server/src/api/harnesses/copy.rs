//! `POST /harnesses/{id}/copy`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::HarnessId;

use super::{HarnessRow, Harnesses};
use crate::api::Id;
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Ignored;
use crate::named::{Wanted, copied, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Makes a harness with the same settings, named `<name>-copy`, `<name>-copy-2` and so on.
#[utoipa::path(post, path = "/harnesses/{harness_id}/copy", operation_id = "harnesses_copy", tag = "harnesses",
    params(("harness_id" = String, Path, description = "Id or name")),
    responses((status = 201, body = WithUrls<HarnessRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn copy(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<HarnessId>>,
    changing: Changing,
    _: Ignored,
) -> Result<Versioned<WithUrls<HarnessRow>>, Problem> {
    let id = HarnessId(app.engine.source().uuid());
    let copy = copied::<Harnesses>(&app, caller, &wanted, id, &changing).await?;
    versioned::<Harnesses>(&app, caller.org, StatusCode::CREATED, &copy).await
}
