//! `GET /capabilities/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::capability::find;

use super::{CapabilityInfo, show};
use crate::api::Id;
use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// A capability, by its id or another word for it. Ids may contain colons.
#[utoipa::path(get, path = "/capabilities/{capability_id}", operation_id = "capabilities_get", tag = "capabilities",
    params(("capability_id" = String, Path)),
    responses((status = 200, body = WithUrls<CapabilityInfo>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<String>,
) -> Result<Json<WithUrls<CapabilityInfo>>, Problem> {
    let missing = || Problem::missing("capability; `GET /v1/capabilities` lists them");
    let capability = find(app.engine.tools().capabilities(), &id).ok_or_else(missing)?;
    show(&app, caller, &[capability]).await?.pop().map(Json).ok_or_else(missing)
}
