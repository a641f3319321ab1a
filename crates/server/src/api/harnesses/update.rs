//! `PATCH /harnesses/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::HarnessId;
use everruns_core::harness::HarnessSpec;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{HarnessRow, Harnesses, spec};
use crate::api::Id;
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{Wanted, WantedStatus, change, status_after, versioned};
use crate::page::WithUrls;
use crate::partial::Partial;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

type Settings = Partial<HarnessSpec>;

/// What is different from now on: what is absent stays, null clears.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct HarnessChange {
    /// `archived` hides it from lists, `active` takes it up again.
    status: Option<WantedStatus>,
    #[serde(flatten)]
    #[schema(inline)]
    settings: Settings,
}

/// Changes some settings of a harness: what is absent stays, null clears. `status` archives it or takes it up again.
#[utoipa::path(patch, path = "/harnesses/{harness_id}", operation_id = "harnesses_update", tag = "harnesses",
    params(("harness_id" = String, Path, description = "Id or name"),
        ("If-Match" = Option<String>, Header, description = "The version that was read, as `ETag` has it")),
    request_body = HarnessChange,
    responses((status = 200, body = WithUrls<HarnessRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(wanted): Id<Wanted<HarnessId>>,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<HarnessRow>>, Problem> {
    let status = fields.optional("status")?;
    spec::rename(&app, caller.org, &mut fields).await?;
    let edit = |stands: &_| {
        let new = spec::changed(&app, stands, &fields)?;
        status_after::<Harnesses>(stands, status, new)
    };
    let written = change::<Harnesses>(&app, caller, &wanted, &changing, edit).await?;
    versioned::<Harnesses>(&app, caller.org, StatusCode::OK, &written).await
}
